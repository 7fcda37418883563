import test from 'ava';
import fc from 'fast-check';
import { itemsOf, parseXl, printXl, stringOf, type XlValue } from '../../../src/mode-records/xl-syntax.js';
import { tokenizeXl } from '../../../src/mode-records/xl-tokens.js';

type Plain = string | readonly Plain[];

const plain = (value: XlValue): Plain => (value.kind === 'atom' ? value.text : value.items.map(plain));

/** What xl 4.17 (libxlutil's xlu_cfg_readdata) makes of each: all settings in their order. */
const accepted: readonly (readonly [string, readonly (readonly [string, Plain])[]])[] = [
  ['', []],
  ['\n\n', []],
  [' ; ;\n', []],
  ['a=1', [['a', '1']]],
  ['a = "x" # c\n', [['a', 'x']]],
  [
    'a=1 ; ; b=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['a=0x1f\n', [['a', '0x1f']]],
  ["a.b_c9='x'\n", [['a.b_c9', 'x']]],
  ["a='it\\'s'\n", [['a', "it's"]]],
  ['a="say \\"hi\\"\\t\\\\"\n', [['a', 'say "hi"\t\\']]],
  ["a='\\n'\n", [['a', '\n']]],
  ['a="\xe9 # ; x"\n', [['a', '\xe9 # ; x']]],
  ['a="x\ry"\n', [['a', 'x\ry']]],
  ['# c\r\na=1\n', [['a', '1']]],
  ['a=[]\n', [['a', []]]],
  ['a=[\n1\n,\n2,\n# c\n]\n', [['a', ['1', '2']]]],
  ['a=["x",["y","z"]]\n', [['a', ['x', ['y', 'z']]]]],
  ['a=1\n#\n', [['a', '1']]],
  ['import_note = "x"\n', [['import_note', 'x']]],
];

for (const [text, settings] of accepted) {
  test(`as xl reads it: ${JSON.stringify(text)}`, (t) => {
    const parsed = parseXl(text);
    t.is(parsed.kind, 'parsed');
    if (parsed.kind !== 'parsed') return;
    t.deepEqual(
      parsed.document.settings.map(({ name, value }) => [name, plain(value)]),
      settings.map(([name, value]) => [name, value]),
    );
    t.is(printXl(parsed.document), text);
  });
}

/** All refused by xl 4.17, with the line that it names; what we add is the reason. */
const refused: readonly (readonly [string, number, RegExp])[] = [
  ['a=1\nA=1\n', 2, /a name in lower case expected, found "A=1"/],
  ['a=\n1\n', 1, /a number, a quoted string or a list expected, found the end of the line/],
  ['a=1 type=2\n', 1, /the end of the line expected, found "type"/],
  ['a="b"c\n', 1, /the end of the line expected/],
  ['a=[1,,2]\n', 1, /a number, a quoted string or a list expected/],
  ['a=[1 2]\n', 1, /a comma or \] expected/],
  ['a=["x"\n', 2, /a comma or \] expected, found the end of the file/],
  ['a=0x1F\n', 1, /the end of the line expected/],
  ['a="open\n', 1, /a number, a quoted string or a list expected/],
  ['a="q\\q"\n', 1, /escape/],
  ['a="x\\x41"\n', 1, /escape/],
  ['a=1\r\nb=2\r\n', 1, /carriage return/],
  ['a=1\n# the end', 2, /comment and no newline/],
  ['a="\0"\n', 1, /a number, a quoted string or a list expected/],
];

for (const [text, line, reason] of refused) {
  test(`as xl refuses it: ${JSON.stringify(text)}`, (t) => {
    const parsed = parseXl(text);
    t.is(parsed.kind, 'unreadable');
    if (parsed.kind !== 'unreadable') return;
    t.is(parsed.line, line);
    t.regex(parsed.reason, reason);
    t.not(parsed.remedy, '');
  });
}

/** Configuration files of xm that are programs, with the line to name. */
const python: readonly (readonly [string, string, number])[] = [
  ['import', 'import os, re\nname = "x"\n', 1],
  [
    'the architecture in a path',
    "arch = os.uname()[4]\nif re.search('64', arch):\n  arch_libdir = 'lib64'\n",
    1,
  ],
  ['def', 'name = "x"\ndef vncdisplay(n):\n    return n\n', 2],
  ['formatting', 'vmid = 3\nname = "vm%d" % vmid\n', 2],
  ['formatting with a tuple', "vif = [ 'mac=00:16:3e:00:00:%02x, bridge=%s' % (vmid, br) ]\n", 1],
  ['concatenation', "kernel = '/boot/vmlinuz-' + version\n", 1],
  ['a call', 'memory = int(config("memory"))\n', 1],
  ['a constant', 'vnc = True\n', 1],
  ['os.path', 'x = os.path.join("a", "b")\n', 1],
  ['a loop', 'disk = []\nfor i in range(3):\n  disk.append("x")\n', 2],
  ['a docstring', '"""A configuration."""\nname = "x"\n', 1],
];

for (const [title, text, line] of python) {
  test(`Python is named as such: ${title}`, (t) => {
    const parsed = parseXl(text);
    t.is(parsed.kind, 'unreadable');
    if (parsed.kind !== 'unreadable') return;
    t.regex(parsed.reason, /is Python/);
    t.is(parsed.line, line);
    t.regex(parsed.remedy, /type = "pv"/);
  });
}

test('a later = overrides, += adds', (t) => {
  const parsed = parseXl('a=["w"]\na=["x"]\na+=["y"]\nb="old"\nb="n"\nb+="ew"\n');
  if (parsed.kind !== 'parsed') return t.fail(parsed.reason);
  t.deepEqual(itemsOf(parsed.document, 'a').map(plain), ['x', 'y']);
  t.is(stringOf(parsed.document, 'b'), 'new');
  t.is(stringOf(parsed.document, 'a'), undefined);
  t.is(stringOf(parsed.document, 'c'), undefined);
});

const piece = fc.constantFrom(
  ...[
    'a',
    'disk',
    '=',
    '+=',
    '[',
    ']',
    ',',
    ';',
    '\n',
    ' ',
    '\t',
    '\r',
    '"x"',
    "'y'",
    '"',
    "'",
    '\\',
    '# c\n',
    '#',
  ],
  ...['1', '0x1f', '-', '(', '%', 'import', '\xe9', '\0', '"a\\"b"'],
);
const anything = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

test('every text is cut into tokens without a loss, and parsed without an exception', (t) => {
  fc.assert(
    fc.property(anything, (text) => {
      const joined = tokenizeXl(text)
        .map((token) => token.text)
        .join('');
      const parsed = parseXl(text);
      return joined === text && (parsed.kind !== 'parsed' || printXl(parsed.document) === text);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

const hostile: readonly (readonly [string, string])[] = [
  ['brackets', 'a='.concat('['.repeat(500_000))],
  ['quotes that are never closed', `a=${'"\\'.repeat(250_000)}`],
  ['quotes on many lines', '"\n'.repeat(250_000)],
  ['blanks', `a=${' '.repeat(500_000)}`],
  ['comment signs', '#'.repeat(500_000)],
  ['settings', 'a=1\n'.repeat(125_000)],
  ['entries', `a=[${'"x",'.repeat(125_000)}]`],
  ['signs of Python', `"${'=\t'.repeat(250_000)}`],
];

for (const [title, text] of hostile) {
  test(`half a megabyte of ${title} takes no long time`, (t) => {
    const start = performance.now();
    t.truthy(parseXl(text));
    t.true(performance.now() - start < 5000);
  });
}
