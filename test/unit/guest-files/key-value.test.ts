import { spawnSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { mapAssignments, setAssignment, sourceAssignments } from '../../../src/guest-files/key-value.js';

const debianDefaults = `# If you change this file, run 'update-grub' afterwards to update
# /boot/grub/grub.cfg.

GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=\`( . /etc/os-release; echo \${NAME:-Debian} ) 2>/dev/null || echo Debian\`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""

# Uncomment to enable BadRAM filtering, modify to suit your needs
#GRUB_BADRAM="0x01234567,0xfefefefe,0x89abcdef,0xefefefef"
`;

/** Curly brackets for angle ones: the linter takes `${` in a plain string for a mistake. */
const braced = (text: string): string => text.replace('<', '{').replace('>', '}');

/** What a shell says, asked for A, B and GRUB_CMDLINE_LINUX after sourcing; undefined if it fails. */
function askShell(texts: readonly string[]): readonly string[] | undefined {
  const script = `exec 3>&1 >&2\n${texts.join('\n')}\nprintf '%s\\0' "$A" "$B" "$GRUB_CMDLINE_LINUX" >&3`;
  const { status, stdout } = spawnSync('sh', ['-c', script], { env: {}, encoding: 'latin1' });
  return status === 0 ? stdout.split('\0').slice(0, 3) : undefined;
}

const sourced: readonly (readonly [title: string, texts: readonly string[], a: string | undefined])[] = [
  ['never set', ['B=1'], ''],
  ['plain', ['A=1\n'], '1'],
  ['double quotes', ['A="b c"'], 'b c'],
  ['single quotes', ['A=\'b $c "d"\''], 'b $c "d"'],
  ['escapes', ['A="\\"\\$x\\\\ \\d"'], '"$x\\ \\d'],
  ['quotes side by side', ['A="b"\'c\'d\\ e'], 'bcd e'],
  ['a comment behind', ['A=1 # 2'], '1'],
  ['a hash inside', ['A=1#2'], '1#2'],
  ['commented out', ['#A=1\nB=2'], ''],
  ['indented, exported', ['  export A=1'], '1'],
  ['two on one line', ['B=1 A=2'], '2'],
  ['two commands on one line', ['A=1; B=2'], '1'],
  ['the last one wins', ['A=1\nA=2'], '2'],
  ['a later file wins', ['A=1', 'A=2'], '2'],
  ['appended in a later file', ['A="x"', 'A="$A y"'], 'x y'],
  ['with braces', ['A="x"', braced('A="$<A>y"')], 'xy'],
  ['appended to nothing', ['A="$A y"'], ' y'],
  ['another variable', ['B=1\nA="$B$B"'], '11'],
  ['over several lines', ['A="x \\\n y\nz"\nB=1'], 'x  y\nz'],
  ['empty', ['A=\nB=1'], ''],
  ['a dollar at the end', ['A="1$"'], '1$'],
  ['only for another command', ['A=1 true'], undefined],
  ['a command substitution', ['A=$(echo ")" 1)'], undefined],
  ['backticks', ['A=`echo 1`'], undefined],
  ['a default value', [braced('A=$<B:-1>')], undefined],
  ['from outside', ['A="$OUTSIDE"'], undefined],
  ['in a condition', ['if true; then\n  A=1\nfi'], undefined],
  ['behind a condition', ['if true; then B=1; fi\nA=1'], '1'],
  ['the same in a condition', ['A=1\nif false; then A=1; fi'], '1'],
  ['behind &&', ['A=0\ntrue && A=1'], undefined],
  ['behind && on the next line', ['A=0\ntrue &&\n  A=1'], undefined],
  ['in a case', ['case x in\n  y) A=1;;\nesac'], undefined],
  ['in a function', ['f() {\n  A=1\n}'], undefined],
  ['in a subshell', ['( A=1 )'], undefined],
  ['before ||', ['A=1 || true'], '1'],
  ['in the background', ['A=1 &'], undefined],
  ['in the background with another command', ['A=1 && true & B=1'], undefined],
  ['on the line before one in the background', ['A=1\ntrue & true'], '1'],
  ['in a pipe', ['A=1 | cat'], undefined],
  ['in the background, behind an escaped &', ['A=\\&& true'], undefined],
  ['unset', ['A=1\nunset A'], undefined],
  ['by eval', ['eval "A=1"'], undefined],
];

for (const [title, texts, a] of sourced) {
  test(`sourceAssignments: ${title}`, (t) => {
    t.is(sourceAssignments(texts)('A'), a);
    if (a !== undefined) t.is(askShell(texts)?.[0], a);
  });
}

test('sourceAssignments: what cannot be closed is unknown', (t) => {
  for (const text of ['A="1', "A='1", 'A=$(1', 'A=`1', 'A=${1', 'A=1\\']) {
    t.is(sourceAssignments([text])('A'), undefined, text);
  }
});

const pieces = fc.constantFrom(
  ...[
    'A=',
    'B=',
    'GRUB_CMDLINE_LINUX=',
    'export ',
    '"',
    "'",
    '\\',
    '$A',
    braced('$<B>'),
    '$',
    '`',
    '$(',
    ')',
    '(',
    '{',
    '}',
  ],
  ...[
    ' ',
    '\n',
    '\t',
    ';',
    '#',
    '&&',
    '||',
    'if true\nthen ',
    '\nfi\n',
    'true',
    'console=ttyS0',
    'x',
    'unset A',
  ],
);
const scripts = fc.array(pieces).map((all) => all.join(''));

test('sourceAssignments: never says what the shell says differently', (t) => {
  fc.assert(
    fc.property(scripts, (script) => {
      if (/[|`({]|\$\(/.test(script)) return; // Nothing here may run or loop.
      const shell = askShell([script]);
      if (shell === undefined) return;
      const ours = sourceAssignments([script]);
      for (const [index, name] of ['A', 'B', 'GRUB_CMDLINE_LINUX'].entries()) {
        const value = ours(name);
        if (value !== undefined && value !== shell[index])
          throw new Error(`${name}: ${value}, not ${shell[index]}`);
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});

const names = new Set(['A']);
const shout = (value: string) => value.replace('old', 'new words');

const mapped: readonly (readonly [title: string, before: string, after: string])[] = [
  ['double quotes', 'A="an old x" # old\n', 'A="an new words x" # old\n'],
  ['single quotes', "export A='old'", "export A='new words'"],
  ['unquoted gets quotes where it needs them', 'A=old', 'A="new words"'],
  ['quotes side by side', 'A="o"\'ld\'', 'A="new words"'],
  ['a reference', braced('A="$A old $<B>"'), braced('A="$A new words $<B>"')],
  ['a command', 'A="`echo old` old $(echo old)"', 'A="`echo old` new words $(echo old)"'],
  ['escapes', 'A="\\"old\\" \\$x"', 'A="\\"new words\\" \\$x"'],
  [
    'every assignment',
    'A=1\nif x; then A="old"; fi\nA="old"',
    'A=1\nif x; then A="new words"; fi\nA="new words"',
  ],
  ['other names', 'B=old\n#A=old\nAA=old', 'B=old\n#A=old\nAA=old'],
  ['not an assignment', 'A=old command', 'A=old command'],
  ['carriage returns', 'A="old"\r\nB=1\r\n', 'A="new words"\r\nB=1\r\n'],
  ['not closed', 'A="old', 'A="old'],
  ['bytes', 'A="\xe9\xa0 old"', 'A="\xe9\xa0 new words"'],
];

for (const [title, before, after] of mapped) {
  test(`mapAssignments: ${title}`, (t) => t.is(mapAssignments(before, names, shout), after));
}

test('mapAssignments: what map leaves keeps its bytes', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(scripts, fc.string({ unit: 'binary' })),
      (text) => mapAssignments(text, names, (v) => v) === text,
    ),
  );
  t.is(
    mapAssignments(debianDefaults, new Set(['GRUB_DISTRIBUTOR', 'GRUB_DEFAULT']), (value) => value),
    debianDefaults,
  );
});

test('mapAssignments: the shell then reads the mapped value', (t) => {
  const value = fc.string({ unit: fc.constantFrom(...'ab "\'\\$`#;&!%*~\t\n(){}') });
  fc.assert(
    fc.property(fc.constantFrom('A=x', 'A="x"', "A='x'", 'A=x"y"'), value, (text, wanted) => {
      const edited = mapAssignments(text, names, () => wanted);
      return sourceAssignments([edited])('A') === wanted && askShell([edited])?.[0] === wanted;
    }),
    { numRuns: 200 },
  );
  t.pass();
});

const set: readonly (readonly [title: string, before: string, after: string])[] = [
  ['plain', 'A=0\nB=1\n', 'A=2\nB=1\n'],
  ['quoted, with a comment', 'A="saved" # why\n', 'A="2" # why\n'],
  ['single quotes and export', "export A='x'\n", "export A='2'\n"],
  ['already so', 'A="2"', 'A="2"'],
  ['missing', 'B=1\n', 'B=1\nA=2\n'],
  ['missing, no newline at the end', 'B=1', 'B=1\nA=2\n'],
  ['carriage returns', 'B=1\r\n', 'B=1\r\nA=2\r\n'],
  ['empty file', '', 'A=2\n'],
  ['twice', 'A=0\nA=1\n', 'A=0\nA=2\n'],
  ['conditional', 'if x; then A=1; fi\n', 'if x; then A=1; fi\nA=2\n'],
  ['overruled by a condition', 'A=1\nif x; then A=3; fi\n', 'A=1\nif x; then A=3; fi\nA=2\n'],
  ['not closed', 'B="1', 'B="1'],
];

for (const [title, before, after] of set) {
  test(`setAssignment: ${title}`, (t) => {
    t.is(setAssignment(before, 'A', '2'), after);
    t.is(setAssignment(after, 'A', '2'), after);
  });
}

test('setAssignment: the value holds, and nothing changes the second time', (t) => {
  fc.assert(
    fc.property(scripts, fc.constantFrom('0', 'false', 'a b'), (text, value) => {
      const once = setAssignment(text, 'A', value);
      if (sourceAssignments([once])('A') !== value) return; // Behind an open quote nothing can be set.
      if (setAssignment(once, 'A', value) !== once) throw new Error('not idempotent');
    }),
  );
  t.pass();
});

test('a megabyte of anything takes no time', (t) => {
  t.timeout(10_000);
  for (const unit of ['A="', "A='", 'A=$(', 'A=`', 'A=x\n', '"$A"', 'A=1 ', '\\', '(', 'if ']) {
    const text = unit.repeat(300_000);
    t.is(mapAssignments(text, new Set(['B']), shout), text, unit);
  }
});

for (const text of ['A="open\nB=1\n', "A='\n", 'if true; then\nA=1\n']) {
  test(`a text that is no shell script to its end stays as it is: ${JSON.stringify(text)}`, (t) => {
    t.is(setAssignment(text, 'C', 'x'), text);
  });
}

test('of a text that is longer than any settings nothing is known, and nothing is changed', (t) => {
  const text = `A=1\n${'$\n'.repeat(40_000)}`;
  t.is(sourceAssignments(['B=2\n', text])('B'), undefined);
  t.is(setAssignment(text, 'A', '2'), text);
  t.is(
    mapAssignments(text, new Set(['A']), () => '2'),
    text,
  );
});
