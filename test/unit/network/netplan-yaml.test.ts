import test from 'ava';
import fc from 'fast-check';
import { dataOf, sameData, type YamlData } from '../../../src/network/netplan-data.js';
import { readYaml } from '../../../src/network/netplan-yaml.js';

const table = (entries: Record<string, YamlData>): YamlData => new Map(Object.entries(entries));

const readings: readonly [title: string, text: string, data: YamlData][] = [
  ['words stay words', 'a: yes\nb: 012\nc: ~\nd: 1.0\n', table({ a: 'yes', b: '012', c: '~', d: '1.0' })],
  ['nothing', '# only a comment\n', ''],
  ['an empty value', 'a:\nb: 1\n', table({ a: '', b: '1' })],
  ['an alias', 'a: &x [1]\nb: *x\n', table({ a: ['1'], b: ['1'] })],
  ['a marked document', '%YAML 1.1\n---\na: 1\n...\n', table({ a: '1' })],
  ['a key that other languages know', '__proto__: 1\n', new Map([['__proto__', '1']])],
];

for (const [title, text, data] of readings) {
  test(`read: ${title}`, (t) => {
    const reading = readYaml(text);
    t.true(reading.kind === 'read' && sameData(dataOf(reading.root), data), JSON.stringify(reading));
  });
}

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh']
  .map(
    (name, at) =>
      `${name}: &${name} [${Array(9)
        .fill(`*${'abcdefgh'.charAt(at)}`)
        .join(',')}]\n`,
  )
  .join('')}`;

const unclear: readonly [title: string, text: string, why: RegExp][] = [
  ['tabs', 'a:\n\tb: 1\n', /^isn't plain YAML \(line 2: Tabs/],
  ['a repeated key', 'a: 1\na: 2\n', /unique/],
  ['two documents', 'a: 1\n---\nb: 2\n', /more than one/],
  ['a merge key', 'a: &x {b: 1}\nc: {<<: *x}\n', /merge key/],
  ['a key that is a list', '? [a]\n: 1\n', /no word/],
  ['an alias of nothing', 'a: *x\n', /alias/],
  ['an alias of itself', 'a: &x [*x]\n', /nested/],
  ['aliases of aliases', bomb, /alias|large/],
  ['very many aliases', `a: &x 1\nb: [${Array(300).fill('*x').join(', ')}]\n`, /aliases/],
  ['a byte order mark', '\xef\xbb\xbfa: 1\n', /byte order/],
  ['Latin-1', 'a: \xe9\n', /UTF-8/],
  ['64 KiB', `a: "${'x'.repeat(65_536)}"\n`, /bytes/],
  ['deep brackets', '['.repeat(60_000), /nested/],
  ['deep brackets that seem closed', '[ #]\n'.repeat(10_000), /nested/],
  ['deep maps on a line', 'a: '.repeat(20_000), /nested/],
  ['deep blocks', Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''), /nested/],
  ['deep keys', '? '.repeat(20_000), /nested/],
  ['quotes', '"'.repeat(60_001), /YAML/],
  ['many mistakes', ' a:\n'.repeat(15_000), /YAML/],
  ['deep lists', `${'- '.repeat(2000)}x\n`, /nested/],
];

for (const [title, text, why] of unclear) {
  test(`unclear: ${title}`, (t) => {
    const start = performance.now();
    const reading = readYaml(text);
    t.regex(reading.kind === 'unclear' ? reading.why : '', why);
    t.true(performance.now() - start < 5000);
  });
}

test('no text makes it throw', (t) => {
  const pieces = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '"',
    "'",
    '|\n',
    '? ',
    '#',
    '\t',
    '!!str ',
    '<<',
    '\r\n',
    '%',
    '---\n',
    '\x00',
    '\x85',
    '\xff',
    ', ',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (words) => {
      t.true(['read', 'unclear'].includes(readYaml(words.join('')).kind));
    }),
    { numRuns: 1000 },
  );
});
