import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { fillUp, pathWithout, smallDisk } from './poor-hosts.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';
import { failsUntouched, leftovers } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

const noSpace = { exitCode: 4, code: 'failed', says: /\w/, remedy: /space may have run out: .* MB free/ };

/** The sizes end the run while the overlay is made, while files are read, and while a kernel is read. */
for (const size of ['128k', '1m', '16m']) {
  test(`a state directory with ${size} of space`, async (t) => {
    t.timeout(120_000);
    const folder = await testFolder(t);
    await smallDisk(t, join(folder, 'state'), size);
    const image = await copyOfGuest(folder, 'bookworm');
    await failsUntouched(t, { folder, image, args: address }, noSpace);
  });
}

test('a state directory that is full when the overlay is written', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const state = await smallDisk(t, join(folder, 'state'), '200m');
  const image = await copyOfGuest(folder, 'bookworm');
  const programs = await pathWithout(folder, ['bwrap']);
  // debugfs itself can't write there.
  const { stdout: bwrap } = await execa`which bwrap`;
  const fill = `case " $* " in *" -w "*) dd if=/dev/zero of=${state}/filler bs=4k 2>/dev/null;; esac`;
  await writeFile(join(programs, 'bwrap'), `#!/bin/sh\n${fill}\nexec ${bwrap} "$@"\n`, { mode: 0o755 });
  await failsUntouched(t, { folder, image, args: address, environment: { PATH: programs } }, noSpace);
});

test('no space for the commit on the file system of the image', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const disk = await smallDisk(t, join(folder, 'disk'), '1g');
  const image = await copyOfGuest(disk, 'bookworm');
  await fillUp(disk, 16 * 1024);
  const says = /bytes free, and the commit may need \d+/;
  const refusal = { exitCode: 4, code: 'failed', says, remedy: /make room/ };
  await failsUntouched(t, { folder, image, args: address }, refusal);
});

const programs: Readonly<Record<string, { access: string; package: RegExp }>> = {
  guestfish: { access: 'appliance', package: /apt install libguestfs-tools/ },
  'qemu-img': { access: 'auto', package: /apt install qemu-utils/ },
  'qemu-storage-daemon': { access: 'auto', package: /apt install qemu-system-common/ },
  debugfs: { access: 'auto', package: /apt install e2fsprogs/ },
  sfdisk: { access: 'auto', package: /apt install fdisk/ },
};

for (const [program, { access, package: remedy }] of Object.entries(programs)) {
  test(`no ${program} installed`, async (t) => {
    t.timeout(120_000);
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, 'no-os');
    const environment = { PATH: await pathWithout(folder, [program]) };
    const attempt = { folder, image, args: [...address, '--access', access], environment };
    const says = new RegExp(`${program} is not installed`);
    await failsUntouched(t, attempt, { exitCode: 4, code: 'failed', says, remedy });
  });
}

test('a guest that can be reached directly is converted without libguestfs', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const environment = { PATH: await pathWithout(folder, ['guestfish', 'guestmount', 'supermin']) };
  const run = await convertImage(folder, [...address, image], environment);
  t.is(run.exitCode, 0, run.stderr);
  t.deepEqual(await leftovers(folder), []);
});
