import test from 'ava';
import { rootDeviceRule } from '../../../../src/plan/rules/root-device.js';
import { factsOf, grubConfig, rootFileSystem, rootUuid } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();

const labelled = { ...rootFileSystem, label: 'system', partitionUuid: 'abcd-01' };
const layout = { partitionTable: 'mbr', fileSystems: [labelled] } as const;
const volume = {
  device: '/dev/vg-1/root',
  logicalVolume: 'vg-1/root',
  type: 'ext4',
  uuid: rootUuid,
  clean: true,
} as const;

const cases: readonly [string, boolean][] = [
  [`root=UUID=${rootUuid}`, true],
  ['root=LABEL=system', true],
  ['root=PARTUUID=ABCD-01', true],
  ['root=LABEL=SYSTEM', false],
  ['root=/dev/xvda1', true],
  [`root=/dev/sda9 root=UUID=${rootUuid}`, true],
  ['root=/dev/disk/by-path/pci-0000:00:01.1-ata-1-part1', true],
  ['root=/dev/xvda9', false],
  ['root=LABEL=nosuch', false],
  ['root=UUID=dead', false],
  ['root=0801', false],
  ['root=/dev/nvme0n1p1', false],
  ['root=/dev/root', false],
  ['root=/dev/mapper/vg-root', false],
  ['quiet', false],
];

for (const [commandLine, isFine] of cases) {
  test(`${commandLine} ${isFine ? 'is the root, or another rule speaks' : 'is refused'}`, (t) => {
    const facts = factsOf({ '/boot/grub/grub.cfg': grubConfig(`ro ${commandLine}`) }, { layout });
    const codes = rootDeviceRule.apply(facts, request).problems.map(({ code }) => code);
    t.deepEqual(codes, isFine ? [] : ['root-not-found']);
  });
}

test('a logical volume by its own name, and by no other', (t) => {
  const names = { '/dev/mapper/vg--1-root': true, '/dev/vg-1/root': true, '/dev/mapper/vg--1-old': false };
  for (const [name, isFine] of Object.entries(names)) {
    const files = { '/boot/grub/grub.cfg': grubConfig(`root=${name} ro`) };
    const changes = {
      layout: { partitionTable: 'gpt', fileSystems: [volume] },
      mounts: [{ device: '/dev/vg-1/root', path: '/' }],
    } as const;
    t.is(rootDeviceRule.apply(factsOf(files, changes), request).problems.length, isFine ? 0 : 1);
  }
});
