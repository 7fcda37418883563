/** The initramfs that an installation makes in few processes is the one that the guest's own initramfs-tools makes. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { quickInitramfs } from '../../src/guest-access/appliance/quick-initramfs.js';
import { program } from './ext-images.js';
import { copyOfGuest, rootOffset, testFolder } from './program.js';

/** What lies in the initramfs, each with type, mode, size and link, and the digests of the files. */
async function contentOf(folder: string, initramfs: string): Promise<string> {
  const tree = join(folder, 'unpacked');
  await program`unmkinitramfs ${initramfs} ${tree}`;
  const list =
    "find . -type d -printf '%P %m\\n' -o -printf '%P %y %m %s %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum";
  const { stdout } = await program({ cwd: tree, maxBuffer: 1e9 })`sh -c ${list}`;
  await program`rm -r ${tree}`;
  return stdout;
}

test('the initramfs of a Debian 12 guest is the same to the byte of its files', async (t) => {
  t.timeout(5 * 60_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  await mkdir(join(folder, 'work'));
  await program`touch ${folder}/work/order`;
  const make = (name: string) => `
mount --bind /dev $g/dev; mount -t proc proc $g/proc; mount -t tmpfs tmp $g/tmp
chroot $g mkinitramfs -o /tmp/${name} "$(ls $g/lib/modules)"
mv $g/tmp/${name} ${folder}`;
  const inGuest = (script: string) =>
    program`unshare --mount sh -c ${`set -eu; g=${folder}/root; mkdir -p $g; mount -o loop,offset=${rootOffset} ${image} $g\n${script}`}`;
  await inGuest(make('plain'));
  const inUse = 'grep -q one_by_one_add_modules "$hooks"\n';
  await inGuest(quickInitramfs.replaceAll('/work', `${folder}/work`) + inUse + make('quick'));
  const plain = await contentOf(folder, join(folder, 'plain'));
  t.regex(plain, /\/xen-blkfront\.ko/);
  t.is(await contentOf(folder, join(folder, 'quick')), plain);
});
