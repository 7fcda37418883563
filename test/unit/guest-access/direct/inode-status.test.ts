import test from 'ava';
import fc from 'fast-check';
import { parseFastLink, parseStatus } from '../../../../src/guest-access/direct/inode-status.js';

/** As debugfs 1.47.0 printed it. */
const real = `Inode: 12   Type: regular    Mode:  0644   Flags: 0x80010
Generation: 0    Version: 0x00000000
User:     0   Group:     0   Size: 2
File ACL: 1336
Links: 3   Blockcount: 4
Fragment:  Address: 0    Number: 0    Size: 0
ctime: 0x6b03435d -- Sun Nov 22 19:32:45 2026
Extended attributes:
  user.x (5) = "hello"
  system.posix_acl_access (44) = 01 00 00 00 01 00 06 00
Inode checksum: 0x66a6be4f
BLOCKS:
(0):1335
TOTAL: 1

`;

test('reads what debugfs prints', (t) => {
  t.deepEqual(parseStatus(real, 12), {
    flags: 0x80010,
    links: 3,
    hasAttributeBlock: true,
    attributes: ['user.x', 'system.posix_acl_access'],
  });
});

test('another inode, or a complaint, is no answer', (t) => {
  t.is(parseStatus(real, 13), undefined);
  t.is(parseStatus('stat: Ext2 inode checksum does not match inode\n', 12), undefined);
});

test('a link’s target is found by its length, whatever it holds', (t) => {
  const anyTarget = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 59 });
  fc.assert(
    fc.property(anyTarget, (target) => {
      const text = `Inode: 5   Type: symlink\nFast link dest: "${target}"\n`;
      t.is(parseFastLink(text, target.length), target);
      t.is(parseFastLink(text, target.length + 1), undefined);
    }),
  );
});

test('a link that is longer than all that was printed is none', (t) => {
  t.is(parseFastLink('Fast link dest: "a"\n', 21), undefined);
  t.is(parseFastLink('Fast link dest: "a"\n', 1), 'a');
});
