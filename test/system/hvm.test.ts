import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { execa } from 'execa';
import { convertImage, copyOfGuest, testFolder } from './program.js';

const limitMs = 5 * 60_000;

/**
 * Text mode shows 80 columns of pairs: a character and its colours. The cloud kernel has no graphics driver, so that
 * is what a person would see over VNC.
 */
async function screenText(monitor: string, dump: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const connection = createConnection(monitor, () => connection.end(`pmemsave 0xb8000 4000 "${dump}"\n`));
    connection
      .on('close', () => resolve())
      .on('error', reject)
      .resume();
  });
  const bytes = await readFile(dump).catch(() => Buffer.alloc(0));
  return Buffer.from(bytes.filter((_, index) => index % 2 === 0)).toString('latin1');
}

test('the converted guest still boots as HVM, by its own GRUB under plain QEMU', async (t) => {
  t.timeout(10 * 60_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm-root-by-device');
  const run = await convertImage(folder, ['--address', '18.181.3.4', '--site', 'xvm', image]);
  t.is(run.exitCode, 0, run.stderr);
  const monitor = join(folder, 'monitor');
  const serial = join(folder, 'serial');
  const controller = new AbortController();
  const machine = execa({ cancelSignal: controller.signal, reject: false })`setpriv --pdeathsig KILL
    qemu-system-x86_64 -machine q35,accel=tcg -cpu qemu64 -m 512 -display none -vga std -snapshot -nodefaults
    -drive file=${image},format=raw,if=virtio -serial file:${serial} -monitor unix:${monitor},server=on,wait=off`;
  t.teardown(() => controller.abort());
  const deadline = Date.now() + limitMs;
  let screen = '';
  while (!/bookworm login:/.test(screen) && Date.now() < deadline) {
    await delay(1000);
    screen = await screenText(monitor, join(folder, 'screen')).catch(() => '');
  }
  controller.abort();
  await machine;
  t.regex(screen, /Debian GNU\/Linux 12 bookworm tty1/);
  t.regex(screen, /bookworm login:/);
  // GRUB itself writes to the serial line, which is its terminal in this guest.
  t.regex(await readFile(serial, 'latin1'), /Loading Linux 6\.1/);
});
