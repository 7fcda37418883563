import test from 'ava';
import fc from 'fast-check';
import { readAsPygrub } from '../../../src/boot-loaders/pygrub.js';
import { parseInteger, splitAt, splitAtSpaces, strip } from '../../../src/boot-loaders/python-text.js';

// Whether it answers as the real pygrub does is asked in test/system/pygrub.test.ts.

const entry = (title: string, body: string) => `menuentry '${title}' --class os {\n${body}\n}\n`;
const menu = entry('One', 'linux /vmlinuz-1 a b\ninitrd /initrd-1') + entry('Two', 'linux /vmlinuz-2');

test('an answer says everything', (t) => {
  t.deepEqual(readAsPygrub(`set timeout=7\n${menu}`), {
    kind: 'boots',
    kernel: '/vmlinuz-1',
    initramfs: '/initrd-1',
    commandLine: 'a b',
    title: 'One',
    index: 0,
    timeout: 7,
  });
});

test('no initramfs, no arguments, no timeout', (t) => {
  t.deepEqual(readAsPygrub(`set default=1\n${menu}`), {
    kind: 'boots',
    kernel: '/vmlinuz-2',
    commandLine: '',
    title: 'Two',
    index: 1,
    timeout: -1,
  });
});

test('the last timeout counts; one that is no number is undefined', (t) => {
  for (const [text, timeout] of [
    ['set timeout=5\nset timeout="3"', 3],
    ['set timeout=5\nset timeout=0.1', undefined],
    ['function f {\nset timeout=9\n}', -1],
  ] as const) {
    t.like(readAsPygrub(`${text}\n${menu}`), { timeout });
  }
});

test('bytes come back as they are', (t) => {
  t.like(readAsPygrub(entry('\xc3\xa9', 'linux /vmlinuz a=\xc3\xa9')), {
    title: '\xc3\xa9',
    commandLine: 'a=\xc3\xa9',
  });
});

const refusals: readonly (readonly [config: string, reason: RegExp])[] = [
  ['', /no menu entry/],
  [entry('\xe9', 'linux /vmlinuz'), /UTF-8/],
  [entry('x', 'fwsetup'), /"x" names no kernel/],
  [entry('x', "set root='lvm/a-b'\nlinux /vmlinuz"), /device in "set root='lvm\/a-b'" \(line 2\)/],
  [`${menu}}`, /closing brace/],
  [`menuentry 'a' {\n${menu}}`, /inside the entry "a"/],
  ["menuentry 'a' {\n", /isn't closed/],
  [`set default=-1\n${menu}`, /negative/],
  [`set default="a=b"\n${menu}`, /can't read "set default="a=b"" \(line 1\)/],
  [entry('x', 'linux /vmlinuz a\0b'), /zero byte/],
];

for (const [config, reason] of refusals) {
  test(`refuses: ${reason}`, (t) => {
    const answer = readAsPygrub(config);
    t.is(answer.kind, 'refuses');
    t.regex(answer.kind === 'refuses' ? answer.reason : '', reason);
  });
}

test('it never throws', (t) => {
  const words = fc.constantFrom(
    "menuentry 'a' {",
    'submenu',
    '}',
    'set',
    'linux',
    'initrd',
    ' ',
    '\n',
    '\t',
    '=',
    '(',
    ')',
    ',',
    "'",
    '"',
    'hd0',
    'function',
    '\xff',
    '\0',
  );
  const text = fc.oneof(
    fc.array(words).map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(fc.property(text, (config) => ['boots', 'refuses'].includes(readAsPygrub(config).kind)));
  t.pass();
});

test('a megabyte of anything takes no time', (t) => {
  t.timeout(10_000);
  for (const unit of ["menuentry '", "' {", '" ', '{', '=', ' ', '(', '\n', '}']) {
    t.is(readAsPygrub(unit.repeat(1024 * 1024)).kind, 'refuses', unit);
  }
});

test("Python's strings", (t) => {
  t.is(strip(' \t\x1c\x85\xa0a b\u3000\n'), 'a b');
  t.is(strip('\ufeffa'), '\ufeffa');
  t.deepEqual(splitAtSpaces(' a  b c ', 1), ['a', 'b c ']);
  t.deepEqual(splitAtSpaces(' a ', 1), ['a']);
  t.deepEqual(splitAtSpaces('', 1), []);
  t.deepEqual(splitAt('a=b=c', '=', 1), ['a', 'b=c']);
  t.deepEqual(splitAt('a=b=c', '=', 2), ['a', 'b', 'c']);
  t.deepEqual(splitAt('', '=', 1), ['']);
});

test("Python's integers", (t) => {
  for (const [text, value] of [
    ['0', 0],
    [' +07 ', 7],
    ['1_0', 10],
    ['-3', -3],
    ['', undefined],
    ['_1', undefined],
    ['1__0', undefined],
    ['0x1', undefined],
    ['1.0', undefined],
    ['9'.repeat(4301), undefined],
  ] as const) {
    t.is(parseInteger(text), value, text);
  }
});
