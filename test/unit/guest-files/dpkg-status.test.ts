import test from 'ava';
import { readPackages } from '../../../src/guest-files/dpkg-status.js';

/** Stanzas as dpkg 1.21 writes them. */
const status = `Package: adduser
Status: install ok installed
Priority: important
Description: add and remove users and groups
 Package: not a field
Version: 3.134

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok half-configured
Version: 2

Package: held
Status: hold ok installed
Architecture: amd64
Version: 1:2.3-4+deb12u1
`;

test('installed packages with their versions', (t) => {
  t.deepEqual(
    [...readPackages(status)],
    [
      ['adduser', '3.134'],
      ['held', '1:2.3-4+deb12u1'],
    ],
  );
});

for (const [title, text] of [
  ['nothing', ''],
  ['no newline at the end', 'Package: a\nStatus: install ok installed\nVersion: 1'],
  ['something else', '\n\n\n\0\xff:\nPackage\n'],
] as const) {
  test(`${title}: no error`, (t) => {
    t.is(readPackages(text).size, title === 'no newline at the end' ? 1 : 0);
  });
}

test('stanzas with more than one blank line between them', (t) => {
  const text = `\n\n\n${status.replaceAll('\n\n', '\n\n\n\n\n')}`;
  t.deepEqual([...readPackages(text)], [...readPackages(status)]);
});
