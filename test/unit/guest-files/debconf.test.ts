import test from 'ava';
import fc from 'fast-check';
import { debconfValue, setDebconfValue } from '../../../src/guest-files/debconf.js';

/** As debconf of Debian 12 writes it for grub-pc. */
const database = `Name: grub-pc/hidden_timeout
Template: grub-pc/hidden_timeout
Value: false
Owners: grub-pc

Name: grub-pc/install_devices
Template: grub-pc/install_devices
Value: /dev/disk/by-id/ata-QEMU_HARDDISK_QM00001
Owners: grub-pc
Flags: seen
Variables:
 CHOICES = /dev/sda (10737 MB; QEMU_HARDDISK), - /dev/sda1 (10736 MB; /)
 RAW_CHOICES = /dev/disk/by-id/ata-QEMU_HARDDISK_QM00001
 Value: none

Name: grub-pc/install_devices_empty
Template: grub-pc/install_devices_empty
Owners: grub-pc

`;

test('an answer', (t) => {
  t.is(debconfValue(database, 'grub-pc/install_devices'), '/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001');
  t.is(debconfValue(database, 'grub-pc/hidden_timeout'), 'false');
  t.is(debconfValue(database, 'grub-pc/install_devices_empty'), undefined);
  t.is(debconfValue(database, 'grub-pc/install'), undefined);
});

test('another answer: one value differs', (t) => {
  t.is(
    setDebconfValue(database, 'grub-pc/install_devices', '/dev/xvda'),
    database.replace('Value: /dev/disk/by-id/ata-QEMU_HARDDISK_QM00001', 'Value: /dev/xvda'),
  );
  t.is(setDebconfValue(database, 'grub-pc/install_devices_empty', 'true'), database);
  t.is(setDebconfValue(database, 'grub-efi/install_devices', '/dev/xvda'), database);
});

test('any text: what is set is read, and only one line differs', (t) => {
  const lines = fc.array(
    fc.constantFrom(
      ...[
        'Name: a',
        'Name: b',
        'Value: 1',
        'Value:',
        'value: x',
        'Variables:',
        ' Value: 2',
        '',
        'Flags: seen',
        'x',
      ],
    ),
  );
  fc.assert(
    fc.property(lines, (parts) => {
      const text = parts.join('\n');
      const after = setDebconfValue(text, 'a', '$& new');
      if (debconfValue(text, 'a') === undefined) return after === text;
      const before = text.split('\n');
      const changed = after.split('\n').filter((line, index) => line !== before[index]);
      return debconfValue(after, 'a') === '$& new' && changed.length === 1;
    }),
  );
  t.pass();
});
