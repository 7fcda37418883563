import test from 'ava';
import fc from 'fast-check';
import { ToolError } from '../../../../src/errors.js';
import { debugfsWord } from '../../../../src/tools/debugfs.js';

/** What libss makes of a line (e2fsprogs lib/ss/parse.c), for lines of quoted words. */
function split(line: string): string[] {
  return [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, word = '']) => word.replaceAll('""', '"'));
}

test('a word comes back from debugfs’ command language', (t) => {
  const anyWord = fc.string({ unit: 'binary-ascii' }).filter((word) => !/[\0\r\n]/.test(word));
  fc.assert(
    fc.property(fc.array(anyWord), (words) => t.deepEqual(split(words.map(debugfsWord).join(' ')), words)),
  );
});

for (const word of ['a\nrm b', 'a\rb', 'a\0b']) {
  test(`can't be said: ${JSON.stringify(word)}`, (t) => {
    t.throws(() => debugfsWord(word), { instanceOf: ToolError });
  });
}
