import test from 'ava';
import fc from 'fast-check';
import { parseRecordOption } from '../../../src/mode-records/list.js';
import { parseXapiOption, withXapiSettings } from '../../../src/mode-records/xapi-option.js';

const placeOf = (where: string) => {
  const option = parseXapiOption(where);
  if (option.kind === 'invalid') throw new Error(option.message);
  return option.place;
};

test('a host, with a user and a port; root otherwise', (t) => {
  const short = placeOf('https://xs1.example.org#web1');
  t.deepEqual(short.pool, { host: 'xs1.example.org', user: 'root', allowUnauthorized: false });
  t.is(short.option, 'xapi:https://xs1.example.org#web1');
  const long = placeOf('https://an%40other@[::1]:8443/#it#s a name');
  t.like(long, { vm: 'it#s a name', pool: { host: '[::1]:8443', user: 'an@other' } });
  t.is(long.option, 'xapi:https://an%40other@[::1]:8443#it#s a name');
  t.deepEqual(placeOf(long.option.slice('xapi:'.length)), long);
});

const wrong: readonly [string, RegExp][] = [
  ['https://h', /no pool or no virtual machine/],
  ['https://h#', /no pool or no virtual machine/],
  ['#web1', /no pool or no virtual machine/],
  ['h#web1', /something that is no URL/],
  ['http://h#web1', /does not begin with https/],
  ['https://h/path#web1', /more in it than a host/],
  ['https://h?x=y#web1', /more in it than a host/],
  ['https://me:hush@h#web1', /has a password in it/],
  ['http://me:hush@h#web1', /has a password in it/],
  ['{"url":"https://me:hush@h","vm":"x","settings":{}}', /has a password in it/],
  ['{"url":"hush"', /not what a journal keeps/],
];

for (const [where, message] of wrong) {
  test(`refused: xapi:${where}`, (t) => {
    const option = parseRecordOption(`xapi:${where}`);
    if (option.kind !== 'invalid') return t.fail(option.kind);
    t.regex(option.message, message);
    t.notRegex(JSON.stringify(option), /hush/);
  });
}

test("a site's settings become part of the option, which says them again", (t) => {
  const given = { 'password-file': '/etc/pw', ca: '/etc/ca.pem', 'pv-args': 'quiet' };
  const option = withXapiSettings('xapi:https://me@h#a#b', given);
  const place = placeOf(option.slice('xapi:'.length));
  t.is(place.option, option);
  t.is(place.vm, 'a#b');
  const pool = {
    host: 'h',
    user: 'me',
    passwordFile: '/etc/pw',
    ca: '/etc/ca.pem',
    allowUnauthorized: false,
  };
  t.deepEqual(place.pool, pool);
  t.like(place.settings, { 'pv-args': 'quiet', 'domain-type': 'pv' });
  t.is(withXapiSettings(option, { 'pv-args': 'other' }), option, 'a journal keeps its own');
  t.is(withXapiSettings('xl:/etc/xen/web.cfg', given), 'xl:/etc/xen/web.cfg');
  t.is(withXapiSettings('xapi:https://h#web1', undefined), 'xapi:https://h#web1');
});

for (const settings of [
  { password: 'hush' },
  { 'password-file': 'relative' },
  { 'pv-args': 'two\nlines' },
  { 'domain-type': 'hvm' },
  'text',
]) {
  test(`wrong settings: ${JSON.stringify(settings)}`, (t) => {
    const error = t.throws(() => withXapiSettings('auto', settings), { message: /section xapi/ });
    t.notRegex(error?.message ?? '', /hush/);
  });
}

test('any name of a VM survives the journal', (t) => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.boolean(), (vm, isLong) => {
      const option = withXapiSettings(`xapi:https://h#${vm}`, isLong ? { 'pv-args': 'x' } : {});
      return placeOf(option.slice('xapi:'.length)).vm === vm;
    }),
  );
  t.pass();
});
