import test from 'ava';
import fc from 'fast-check';
import {
  headerWords,
  ifaceHeader,
  optionLines,
  optionValue,
  parseInterfaces,
  printInterfaces,
} from '../../../src/network/ifupdown.js';
import { interfacesText } from './interfaces-text.js';

const keywords = (text: string) =>
  parseInterfaces(text)
    .slice(1)
    .map(({ keyword }) => keyword);

test('every keyword of interfaces(5) starts a stanza', (t) => {
  const text =
    'auto a\nallow-hotplug a\nallow-auto b\nno-auto-down a\nno-scripts a\nrename a=b\nsource x\nsource-directory y\nmapping z\n script s\niface a inet dhcp\n mtu 9\n';
  t.deepEqual(keywords(text), [
    'auto',
    'allow',
    'allow',
    'no-auto-down',
    'no-scripts',
    'rename',
    'source',
    'source-directory',
    'mapping',
    'iface',
  ]);
});

test('keywords are case-sensitive and whole words', (t) => {
  t.deepEqual(keywords('IFACE a inet dhcp\nautomatic\nallow-\nifaces x\n'), []);
});

test('the header of an iface stanza', (t) => {
  const headers = (text: string) => parseInterfaces(text).flatMap((stanza) => ifaceHeader(stanza) ?? []);
  t.deepEqual(headers('iface eth0 inet dhcp # extra words are ignored'), [
    { name: 'eth0', family: 'inet', method: 'dhcp', inherits: [] },
  ]);
  t.deepEqual(headers('\tiface  eth0\tinet \\\n  static inherits lan wan\n'), [
    { name: 'eth0', family: 'inet', method: 'static', inherits: ['lan', 'wan'] },
  ]);
  t.deepEqual(headers('iface eth0 inherits lan'), [
    { name: 'eth0', family: '', method: '', inherits: ['lan'] },
  ]);
  t.deepEqual(headers('iface'), [{ name: '', family: '', method: '', inherits: [] }]);
});

// Each of these was tried with ifquery 0.8.41.
test('a comment is not continued by its backslash, other lines are', (t) => {
  const [, stanza] = parseInterfaces(
    'iface e inet dhcp\n  # old \\\n  hostname x\n  up a \\\n   # b\n  metric 3',
  );
  t.deepEqual(stanza && optionLines(stanza), [
    ['hostname', 'x'],
    ['up', 'a', '#', 'b'],
    ['metric', '3'],
  ]);
});

test('a backslash before a carriage return or a blank continues nothing', (t) => {
  t.deepEqual(keywords('auto a\\\r\nauto b\\ \nauto c'), ['auto', 'auto', 'auto']);
});

test('a backslash joins what touches it', (t) => {
  const [, stanza] = parseInterfaces('auto et\\\nh0 eth1\\\n eth2\n');
  t.deepEqual(stanza && headerWords(stanza), ['auto', 'eth0', 'eth1', 'eth2']);
});

test('blank lines and comments belong to the stanza before them', (t) => {
  t.deepEqual(keywords('auto a\n\n# c\niface a inet manual\n\n mtu 9\n'), ['auto', 'iface']);
});

test('the first value of an option, with single spaces', (t) => {
  const [, stanza] = parseInterfaces(
    'iface e inet static\n\taddress\t10.0.0.1/8 \n dns-nameservers  a   b\n',
  );
  t.is(stanza && optionValue(stanza, 'address'), '10.0.0.1/8');
  t.is(stanza && optionValue(stanza, 'dns-nameservers'), 'a b');
  t.is(stanza && optionValue(stanza, 'gateway'), undefined);
});

test('bytes of UTF-8 characters are no blanks', (t) => {
  const [, stanza] = parseInterfaces('iface e inet dhcp\n hostname \xc3\xa0\x85\xc2\xa0z\n');
  t.is(stanza && optionValue(stanza, 'hostname'), '\xc3\xa0\x85\xc2\xa0z');
});

test('what is printed is what was read, for interfaces files', (t) => {
  fc.assert(fc.property(interfacesText, (text) => printInterfaces(parseInterfaces(text)) === text));
  t.pass();
});

test('what is printed is what was read, for any bytes', (t) => {
  const bytes = fc.string({
    unit: fc.constantFrom('\\', '\n', '\r', ' ', '\t', '#', 'a', 'iface', 'auto', '\xff'),
  });
  fc.assert(fc.property(bytes, (text) => printInterfaces(parseInterfaces(text)) === text));
  t.pass();
});
