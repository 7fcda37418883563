import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { convertImage, copyOfGuest, guestText, testFolder } from './program.js';
import { failsUntouched, type Refusal } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

const inUse = (says: RegExp): Refusal => ({
  exitCode: 3,
  code: 'image-in-use',
  says,
  remedy: /shut the guest/,
});

/** Starts a program and waits for the first thing it says; it ends with the test. */
async function startHolder(t: ExecutionContext, command: readonly string[]): Promise<number> {
  const holder = execa({ reject: false })`${command}`;
  t.teardown(async () => {
    holder.kill('SIGKILL');
    await holder;
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  return holder.pid ?? 0;
}

test('an image that another process has open for writing', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const script = 'exec 9<>"$1"; echo open; exec sleep 600';
  const pid = await startHolder(t, ['bash', '-c', script, '_', image]);
  await failsUntouched(t, { folder, image, args: address }, inUse(new RegExp(`process ${pid} \\(`)));
});

test('an image behind a loop device, also by another name, and the device while it is mounted', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const other = join(folder, 'other-name.raw');
  await link(image, other);
  const fileSystemOffset = 1024 * 1024;
  const { stdout: device } = await execa`losetup --show -f -o ${fileSystemOffset} ${image}`;
  t.teardown(() => execa`losetup -d ${device}`);
  for (const name of [image, other])
    await failsUntouched(t, { folder, image: name, args: address }, inUse(new RegExp(device)));
  const mountPoint = join(folder, 'mounted');
  await mkdir(mountPoint);
  await execa`mount -o ro ${device} ${mountPoint}`;
  t.teardown(() => execa`umount ${mountPoint}`);
  await failsUntouched(t, { folder, image: device, args: address }, inUse(/the kernel/));
});

for (const [title, option, says] of [
  ['an image that a running QEMU writes', 'readonly=off', /process \d+ \(qemu/],
  ['an image that a running QEMU reads', 'readonly=on', /a QEMU that reads it/],
] as const) {
  test(title, async (t) => {
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, 'no-os');
    const drive = `if=virtio,format=raw,file=${image},${option}`;
    const machine = ['-machine', 'q35,accel=tcg', '-m', '64', '-nodefaults', '-display', 'none', '-S'];
    // QMP greets when the disks are open.
    await startHolder(t, ['qemu-system-x86_64', ...machine, '-qmp', 'stdio', '-drive', drive]);
    await failsUntouched(t, { folder, image, args: address }, inUse(says));
  });
}

test('of two conversions at once one wins, and the image is what the winner made of it', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const another = join(folder, 'another-name.raw');
  await link(image, another);
  const tries = [
    ['18.181.3.4', image],
    ['18.181.77.77', another],
  ] as const;
  const runs = await Promise.all(
    tries.map(([address, name]) =>
      convertImage(folder, ['--address', address, '--site', 'xvm', '--record', 'none', '--json', name]),
    ),
  );
  const winners = tries.filter((_, index) => runs[index]?.exitCode === 0);
  t.is(winners.length, 1, runs.map(({ stdout }) => stdout).join('\n'));
  t.deepEqual(runs.map(({ exitCode }) => exitCode).sort(), [0, 3]);
  t.true((await guestText(image, '/etc/network/interfaces')).includes(`address ${winners[0]?.[0]}\n`));
});
