import test from 'ava';
import fc from 'fast-check';
import {
  createInitramfsContents,
  isWorthKeeping,
  moduleNameOf,
  plainPath,
  segmentAt,
} from '../../../src/guest-files/initramfs.js';

const segments: readonly (readonly [string, number, string | Buffer, object])[] = [
  ['padding', 3, Buffer.alloc(6), { kind: 'padding' }],
  ['archive', 512, '070701', { kind: 'cpio' }],
  ['archive with checksums', 0, '070702', { kind: 'cpio' }],
  ['archive at an odd place', 6, '070701', { kind: 'unknown' }],
  ['gzip', 1, Buffer.from('1f8b08000000', 'hex'), { kind: 'compressed', compression: 'gzip' }],
  ['zstd', 1, Buffer.from('28b52ffd0458', 'hex'), { kind: 'compressed', compression: 'zstd' }],
  ['lz4', 1, Buffer.from('02214c18abcd', 'hex'), { kind: 'compressed', compression: 'lz4' }],
  ['lz4 frame, which Linux does not read', 0, Buffer.from('04224d186440', 'hex'), { kind: 'unknown' }],
  ['xz', 0, Buffer.from('fd377a585a00', 'hex'), { kind: 'compressed', compression: 'xz' }],
  ['ELF', 0, '\x7fELF\x02\x01', { kind: 'unknown' }],
  ['end', 0, Buffer.alloc(0), { kind: 'unknown' }],
];
for (const [title, position, head, expected] of segments) {
  test(`initramfs segment: ${title}`, (t) => {
    t.like(segmentAt(position, Buffer.from(head as string, 'latin1')), expected);
  });
}

const modules: readonly (readonly [string, string | undefined])[] = [
  ['usr/lib/modules/6.12/kernel/drivers/block/xen-blkfront.ko.xz', 'xen-blkfront'],
  ['lib/modules/6.1.0-56-amd64/kernel/drivers/block/virtio_blk.ko', 'virtio-blk'],
  ['lib/modules/6.8/kernel/net/8021q/8021q.ko.zst', '8021q'],
  ['lib/modules/5.4/kernel/a.ko.gz', 'a'],
  ['xen-blkfront.ko', 'xen-blkfront'],
  ['lib/modules/6.1/modules.dep', undefined],
  ['lib/modules/6.1/kernel/xen-blkfront.ko.sig', undefined],
  ['lib/modules/6.1/kernel/xen-blkfront.ko/x', undefined],
  ['lib/modules/6.1/kernel/.ko', undefined],
  [`${'x'.repeat(4000)}.ko`, undefined],
];
for (const [path, name] of modules) {
  test(`initramfs module: ${path.slice(-60)}`, (t) => t.is(moduleNameOf(path), name));
}

const kept = [
  'conf/conf.d/resume',
  'conf/conf.d/zz-resume-auto',
  'conf/initramfs.conf',
  'conf/modules',
  'cryptroot/crypttab',
  'etc/udev/rules.d/70-persistent-net.rules',
  'etc/systemd/network/10-eth0.link',
];
const dropped = [
  'conf/arch.conf',
  'conf/conf.d',
  'usr/conf/modules',
  'usr/lib/systemd/network/99-default.link',
  'etc/systemd/network/10-eth0.network',
  'etc/udev/udev.conf',
  'usr/lib/udev/rules.d/50-firmware.rules',
];
for (const path of kept) test(`initramfs text kept: ${path}`, (t) => t.true(isWorthKeeping(path)));
for (const path of dropped) test(`initramfs text not kept: ${path}`, (t) => t.false(isWorthKeeping(path)));

test('initramfs: contents from entries; the later text counts', (t) => {
  const contents = createInitramfsContents();
  const entry = (name: string, text?: string) =>
    contents.onEntry({
      name,
      mode: 0o100644,
      bytes: text?.length ?? 9,
      ...(text === undefined ? {} : { content: Buffer.from(text, 'latin1') }),
    });
  t.true(contents.wants('./conf/conf.d/resume'));
  t.false(contents.wants('bin/sh'));
  entry('./conf/conf.d/resume', 'RESUME=/dev/sda5\n');
  entry('/conf/conf.d/resume', 'RESUME=\xe4\n');
  entry('bin/sh');
  entry('lib/modules/6.1/kernel/xen_blkfront.ko');
  entry('lib/modules/6.1/updates/xen-blkfront.ko');
  t.deepEqual([...contents.texts], [['conf/conf.d/resume', 'RESUME=\xe4\n']]);
  t.deepEqual([...contents.modules], ['xen-blkfront']);
  t.is(contents.damage(), undefined);
});

test('initramfs: contents stay bounded', (t) => {
  const contents = createInitramfsContents();
  for (let index = 0; index < 30_000; index += 1)
    contents.onEntry({ name: `m${index}.ko`, mode: 0, bytes: 0 });
  t.is(contents.modules.size, 20_000);
  t.regex(contents.damage() ?? '', /more files/);
});

test('initramfs: paths are plain after one pass, and names never hold an underscore', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '_', 'k', 'o') }), (path) => {
      t.is(plainPath(plainPath(path)), plainPath(path));
      t.false((moduleNameOf(`${path}.ko`) ?? '').includes('_'));
    }),
  );
});
