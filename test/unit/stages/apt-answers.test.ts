import test from 'ava';
import { pairUp, readSimulation, readUris } from '../../../src/stages/apt-answers.js';

// What apt 2.6.1 printed for a bookworm guest, shortened.
const simulation = `Reading package lists...
The following NEW packages will be installed:
  linux-image-6.1.0-56-amd64 linux-image-amd64
Inst linux-base [4.9] (4.9+deb12u1 Debian:12.13/oldstable [all])
Inst libctf0 (2.40-2 Debian:12.13/oldstable [amd64]) []
Inst linux-image-6.1.0-56-amd64 (1:6.1.192-2 Debian:12.13/oldstable, Debian-Security:12/oldstable-security [amd64])
Conf linux-base (4.9+deb12u1 Debian:12.13/oldstable [all])
`.split('\n');

const hash = 'a'.repeat(64);
const uris = `Reading package lists...
'http://a.example/pool/linux-base_4.9%2bdeb12u1_all.deb' linux-base_4.9+deb12u1_all.deb 7540 SHA256:${hash}
'http://a.example/pool/libctf0_2.40-2_amd64.deb' libctf0_2.40-2_amd64.deb 90000 MD5Sum:abc
'http://a.example/pool/linux-image_6.1.192-2_amd64.deb' linux-image-6.1.0-56-amd64_1%3a6.1.192-2_amd64.deb 70600000
`.split('\n');

test('what apt would unpack, in its order', (t) => {
  t.deepEqual(readSimulation(simulation), [
    { name: 'linux-base', version: '4.9+deb12u1', replaces: '4.9', architecture: 'all' },
    { name: 'libctf0', version: '2.40-2', architecture: 'amd64' },
    { name: 'linux-image-6.1.0-56-amd64', version: '1:6.1.192-2', architecture: 'amd64' },
  ]);
});

test('the files that apt would fetch; a weak checksum is none', (t) => {
  const [first, second, third] = readUris(uris);
  t.like(first, { fileName: 'linux-base_4.9+deb12u1_all.deb', bytes: 7540, sha256: hash });
  t.is(second?.sha256, undefined);
  t.is(third?.bytes, 70_600_000);
});

test('each package has its file, also with an epoch', (t) => {
  const pairs = pairUp(readSimulation(simulation), readUris(uris)) ?? [];
  t.deepEqual(
    pairs.map(({ name, file }) => [name, file.bytes]),
    [
      ['linux-base', 7540],
      ['libctf0', 90_000],
      ['linux-image-6.1.0-56-amd64', 70_600_000],
    ],
  );
});

test('a library that is installed for two architectures has two files', (t) => {
  const lines = [
    'Inst libc6 [2.36-9] (2.36-9+deb12u4 Debian:12.4/stable [amd64]) [libc6:i386 ]',
    'Inst libc6:i386 [2.36-9] (2.36-9+deb12u4 Debian:12.4/stable [i386])',
  ];
  const names = ['amd64', 'i386'].map((architecture) => `libc6_2.36-9+deb12u4_${architecture}.deb`);
  const files = readUris(names.map((name) => `'http://a.example/pool/${name}' ${name} 1 SHA256:${hash}`));
  t.deepEqual(
    pairUp(readSimulation(lines), files)?.map(({ file }) => file.fileName),
    names,
  );
});

test('an answer that lacks a file, or has one too many, is none', (t) => {
  t.is(pairUp(readSimulation(simulation), readUris(uris.slice(0, -2))), undefined);
  t.is(pairUp(readSimulation(simulation.slice(0, -3)), readUris(uris)), undefined);
});

test('a file name that leads elsewhere is not taken', (t) => {
  t.deepEqual(readUris([`'http://a.example/x' ../../x.deb 1 SHA256:${hash}`]), []);
});
