import test from 'ava';
import { debconfRule } from '../../../../src/plan/rules/debconf.js';
import { factsOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const path = '/var/cache/debconf/config.dat';
const database = (value: string, question = 'grub-pc/install_devices') =>
  `Name: ${question}\nTemplate: ${question}\nValue: ${value}\nOwners: grub-pc\nFlags: seen\n\n`;
const apply = (text: string) => debconfRule.apply(factsOf({ [path]: text }), requestOf());

const cases: readonly (readonly [before: string, after: string, notices?: number])[] = [
  ['/dev/sda', '/dev/xvda'],
  ['/dev/hda', '/dev/xvda'],
  ['/dev/xvda', '/dev/xvda'],
  ['', ''],
  ['/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001', '/dev/xvda'],
  ['/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-part15', '/dev/xvda15'],
  ['/dev/sda, /dev/sdb', '/dev/xvda, /dev/xvdb'],
  ['/dev/mapper/vg-root', '/dev/mapper/vg-root'],
  ['/dev/disk/by-id/ata-a, /dev/disk/by-id/ata-b', '/dev/disk/by-id/ata-a, /dev/disk/by-id/ata-b', 1],
];

for (const question of ['grub-pc/install_devices', 'grub-efi/install_devices']) {
  for (const [before, after, notices = 0] of cases) {
    test(`${question}: "${before}"`, (t) => {
      const result = apply(database(before, question));
      const texts = result.edits.map(({ node }) => (node.kind === 'file' ? node.text : ''));
      t.deepEqual(texts, before === after ? [] : [database(after, question)]);
      t.is(result.notices.length, notices);
      t.deepEqual(apply(database(after, question)).edits, []);
    });
  }
}

test('other questions stay', (t) => {
  t.deepEqual(apply(database('/dev/sda', 'grub-pc/other')).edits, []);
});

test('a database that was too large to read', (t) => {
  const facts = factsOf({ [path]: { kind: 'unread', bytes: 5_000_000 } });
  t.deepEqual(
    debconfRule.apply(facts, requestOf()).notices.map(({ code }) => code),
    ['debconf-unread'],
  );
  t.deepEqual(debconfRule.apply(factsOf(), requestOf()), { edits: [], problems: [], notices: [] });
});
