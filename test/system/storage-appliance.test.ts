import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { checksum, convertImage, copyOfGuest, type Run, testFolder } from './program.js';
import { failsUntouched } from './untouched.js';

/** Guests that only the appliance can look into, and how each of them will start. */
const guests = {
  'bookworm-xfs': { args: [], starts: /kernel = "\/usr\/lib\/grub-xen\/grub-x86_64-xen\.bin"/ },
  'bullseye-lvm': { args: [], starts: /bootloader = "pygrub"/ },
  'bookworm-btrfs': {
    args: ['--boot-with', 'kernel'],
    starts: /cmdline = "root=UUID=\S+ ro rootflags=subvol=@rootfs /,
  },
} as const;

const minutes = 60_000;

for (const [name, { args, starts }] of Object.entries(guests)) {
  test(`${name} is converted through the appliance, and is PV afterwards`, async (t) => {
    t.timeout(15 * minutes);
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, name);
    const run = await convertImage(folder, ['--keep-dhcp', ...args, image]);
    t.is(run.exitCode, 0, run.stderr);
    t.regex(await readFile(`${image}.pv.cfg`, 'latin1'), starts);
    const again = await convertImage(folder, ['plan', '--keep-dhcp', ...args, image]);
    t.regex(again.stdout + again.stderr, /PV already|is PV/);
  });
}

/** Writes a file and stops the file system in the middle, as a power cut would (xfs_io(8), shutdown). */
async function pullThePlug(t: ExecutionContext, image: string, folder: string): Promise<void> {
  const place = join(folder, 'mounted');
  await execa('mkdir', [place]);
  await execa('mount', ['-o', 'loop,offset=1048576', image, place]);
  t.teardown(() => execa('umount', [place], { reject: false }));
  await execa('touch', [join(place, 'etc/last-word')]);
  await execa('xfs_io', ['-x', '-c', 'shutdown -f', place]);
  await execa('umount', [place]);
}

test("XFS: a log with changes is refused, and replayed where that is asked for; plan doesn't touch the image", async (t) => {
  t.timeout(15 * minutes);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm-xfs');
  await pullThePlug(t, image, folder);
  const refusal = {
    exitCode: 3,
    code: 'file-system-not-clean',
    says: /xfs/,
    remedy: /--replay-journal/,
  };
  await failsUntouched(t, { folder, image, args: ['--keep-dhcp', '--record', 'none'] }, refusal);
  const before = await checksum(image);
  const plan: Run = await convertImage(folder, ['plan', '--json', '--keep-dhcp', '--replay-journal', image]);
  t.is(plan.exitCode, 0, plan.stdout);
  t.regex(plan.stdout, /journal-replayed/);
  t.is(await checksum(image), before);
});

test('btrfs in a subvolume: refused where only a boot loader could start it, with the way out', async (t) => {
  t.timeout(10 * minutes);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm-btrfs');
  const refusal = {
    exitCode: 3,
    code: 'no-way-to-boot',
    says: /btrfs.*subvolume @rootfs/,
    remedy: /--boot-with kernel/,
  };
  await failsUntouched(t, { folder, image, args: ['--keep-dhcp'] }, refusal);
});
