import test from 'ava';
import { initramfsOf } from '../../../src/guest-files/initramfs-path.js';
import { guestTree } from '../network/guest-tree-of.js';

const content = { kind: 'unread', bytes: 1 } as const;

test('the initramfs of a kernel, by its name', (t) => {
  const [debian, dracut] = ['/boot/initrd.img-6.1', '/boot/initramfs-6.1.img'];
  t.is(initramfsOf(guestTree({ [debian]: content, [dracut]: content }), '6.1'), debian);
  t.is(initramfsOf(guestTree({ [dracut]: content }), '6.1'), dracut);
  t.is(initramfsOf(guestTree({ [debian]: content }), '6.1.0'), undefined);
  t.is(initramfsOf(guestTree({ [debian]: { kind: 'directory' } }), '6.1'), undefined);
});
