import test from 'ava';
import fc from 'fast-check';
import { nameservers, withNameservers } from '../../../src/network/resolv-conf.js';

test('only lines that begin with the keyword name servers', (t) => {
  t.deepEqual(
    nameservers(
      '#nameserver 1.1.1.1\n nameserver 2.2.2.2\nnameserver\t3.3.3.3 # x\nnameserver ::1\r\nnameserver\n',
    ),
    ['3.3.3.3', '::1'],
  );
});

for (const [title, before, after] of [
  ['an empty file', '', 'nameserver 1.1.1.1\nnameserver 2.2.2.2\n'],
  [
    'in place of the first',
    '# c\nnameserver 9.9.9.9\nsearch a\nnameserver 8.8.8.8\n',
    '# c\nnameserver 1.1.1.1\nnameserver 2.2.2.2\nsearch a\n',
  ],
  ['at the end', 'search a', 'search a\nnameserver 1.1.1.1\nnameserver 2.2.2.2\n'],
  [
    'the same ones',
    'nameserver  1.1.1.1\nsearch a\nnameserver 2.2.2.2',
    'nameserver  1.1.1.1\nsearch a\nnameserver 2.2.2.2',
  ],
] as const) {
  test(`new name servers: ${title}`, (t) => {
    t.is(withNameservers(before, ['1.1.1.1', '2.2.2.2']), after);
  });
}

test('other lines survive, twice is once', (t) => {
  const line = fc.constantFrom(
    'search a.b',
    '# x',
    'nameserver 9.9.9.9',
    'options rotate',
    '',
    'nameserver 1.1.1.1',
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('', '\n'), (lines, end) => {
      const text = lines.join('\n') + end;
      const once = withNameservers(text, ['1.1.1.1']);
      t.is(withNameservers(once, ['1.1.1.1']), once);
      t.deepEqual(nameservers(once), ['1.1.1.1']);
      const others = (each: string) =>
        each.split('\n').filter((one) => one !== '' && !one.startsWith('nameserver'));
      t.deepEqual(others(once), others(text));
    }),
  );
});
