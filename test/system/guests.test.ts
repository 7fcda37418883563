import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { bootUnderXen } from '../../src/boot-test/rig.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';

const cacheDirectory = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
const network = { address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1' } as const;
const never = new AbortController().signal;
const minutes = 60_000;
/** A big initramfs is unpacked in silence, and cloud-init thinks long before it says something. */
const limits = { idleSeconds: 240, answerSeconds: 90, totalSeconds: 900 };

interface Guest {
  /** What asks for the login under PV. */
  readonly prompt: RegExp;
  /** Who finds the kernel, as the flipped record says. */
  readonly boot: RegExp;
  /** What is special about it. */
  readonly with: string;
  /** What the user has to say beside the address. */
  readonly args?: readonly string[];
}

const pygrub = /^bootloader *= *"pygrub"/m;
const pvgrub2 = /^kernel *= *"[^"]*grub-x86_64-xen\.bin"/m;
const keptInDom0 = /^kernel *= *"[^"]*\.pv-boot\/vmlinuz"/m;

/**
 * Every recipe in `images/` that is a guest of another kind than those of `boot.test.ts`. `bookworm-no-pv-kernel` boots in
 * `install-kernel.test.ts`.
 */
const guests: Readonly<Record<string, Guest>> = {
  'bookworm-sysvinit': {
    with: 'sysvinit, GRUB legacy, ext3, root by /dev/sda1',
    prompt: /^bookworm-sysvinit login:/,
    boot: pygrub,
  },
  'bullseye-lvm': {
    with: 'root on LVM in a logical partition, /boot of its own',
    prompt: /^bullseye-lvm login:/,
    boot: pygrub,
  },
  'trixie-genericcloud': {
    with: 'GPT with ESP, netplan, cloud-init, a zstd kernel',
    prompt: /^trixie login:/,
    boot: pygrub,
  },
  'bookworm-xfs': { with: 'XFS, systemd-networkd', prompt: /^bookworm-xfs login:/, boot: pvgrub2 },
  // GRUB built for PV looks for grub.cfg at the top of a btrfs file system, not in a subvolume.
  'bookworm-btrfs': {
    with: 'btrfs in a subvolume, NetworkManager without a connection',
    prompt: /^bookworm-btrfs login:/,
    boot: keptInDom0,
    args: ['--boot-with', 'kernel'],
  },
  'forky-dracut': {
    with: 'Debian 14, dracut, ifupdown with dhcpcd',
    prompt: /^forky login:/,
    boot: pygrub,
  },
  'bookworm-no-blkfront': {
    with: 'an initramfs without xen-blkfront',
    prompt: /^bookworm login:/,
    boot: pygrub,
  },
};

/** The record of a VM as xl starts it as HVM, with the card that the guest was installed on. */
async function writeRecord(folder: string, image: string): Promise<string> {
  const record = join(folder, 'guest.cfg');
  const lines = [
    'name = "guest"',
    'builder = "hvm"',
    'memory = 512',
    `disk = [ "file:${image},hda,w" ]`,
    'vif = [ "type=ioemu,mac=00:16:3e:11:22:33,bridge=br0" ]',
  ];
  await writeFile(record, `${lines.join('\n')}\n`);
  return record;
}

async function convertAndBoot(t: ExecutionContext, name: string, guest: Guest): Promise<void> {
  t.timeout(45 * minutes);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, name);
  const record = await writeRecord(folder, image);
  const { args: more = [] } = guest;
  const args = ['--address', network.address, '--site', 'xvm', '--record', `xl:${record}`, ...more, image];
  const run = await convertImage(folder, args);
  t.is(run.exitCode, 0, run.stderr);
  const flipped = await readFile(record, 'latin1');
  t.regex(flipped, guest.boot);
  const options = { image: { path: image, format: 'raw' }, cacheDirectory, network, limits } as const;
  const files = {
    kernel: join(`${image}.pv-boot`, 'vmlinuz'),
    initramfs: join(`${image}.pv-boot`, 'initrd.img'),
  };
  const result = await bootUnderXen(
    { ...options, record: flipped, ...(guest.boot === keptInDom0 ? { files } : {}) },
    never,
  );
  t.log(JSON.stringify({ end: result.end, ...result.times }));
  t.is(result.end.kind, 'booted', result.console.toString('latin1').slice(-4000));
  t.regex(result.login?.prompt ?? '', guest.prompt);
}

for (const [name, guest] of Object.entries(guests)) {
  test(`${name} (${guest.with}): converted, it boots as PV, asks for a login and answers on its address`, (t) =>
    convertAndBoot(t, name, guest));
}
