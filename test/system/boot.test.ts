import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import type { BootResult } from '../../src/boot-test/boot-watch.js';
import { bootUnderXen } from '../../src/boot-test/rig.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';

const cacheDirectory = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
const network = { address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1' } as const;
const never = new AbortController().signal;
const minutes = 60_000;

/**
 * How each guest fails as a PV domain before it is converted. `bookworm` itself has a login and no address. That costs three
 * minutes a guest and says nothing of the program, so that `scripts/test` sees one of them fail, and
 * CONVERT_IMAGE_TEST_ALL=1 all.
 */
const before = {
  'bookworm-root-by-device': (result: BootResult) => result.times.login === undefined,
  'bookworm-emulated-nic': (result: BootResult) => result.times.ping === undefined,
  'bookworm-serial-only': (result: BootResult) => result.times.login === undefined,
} as const;

async function boot(t: ExecutionContext, image: string, record?: string): Promise<BootResult> {
  // A guest that fails shows nothing more; a working one is never silent for that long.
  const limits = { idleSeconds: 90, answerSeconds: 45, totalSeconds: 600 };
  const options = { image: { path: image, format: 'raw' as const }, cacheDirectory, network, limits };
  const result = await bootUnderXen({ ...options, ...(record === undefined ? {} : { record }) }, never);
  t.log(JSON.stringify({ end: result.end.kind, ...result.times }));
  return result;
}

for (const [name, failsAsExpected] of Object.entries(before)) {
  const isSeenFailing = name === 'bookworm-root-by-device' || process.env.CONVERT_IMAGE_TEST_ALL === '1';
  const failing = isSeenFailing ? "doesn't reach a login and answer ping as PV before the conversion; " : '';
  test(`${name}: ${failing}converted, it reaches a login and answers ping`, async (t) => {
    t.timeout(25 * minutes);
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, name);
    if (isSeenFailing) {
      const first = await boot(t, image);
      t.not(first.end.kind, 'booted');
      t.true(failsAsExpected(first), first.console.toString('latin1').slice(-2000));
    }
    const run = await convertImage(folder, ['--address', '18.181.3.4', '--site', 'xvm', image]);
    t.is(run.exitCode, 0, run.stderr);
    const second = await boot(t, image, await readFile(`${image}.pv.cfg`, 'latin1'));
    t.is(second.end.kind, 'booted', second.console.toString('latin1').slice(-2000));
    t.regex(second.login?.prompt ?? '', /bookworm login:/);
  });
}

test('bookworm, by its flipped xl configuration: converted with a boot test before the commit, it boots as PV', async (t) => {
  t.timeout(25 * minutes);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const record = join(folder, 'web1.cfg');
  await writeFile(
    record,
    `name = "web1"\nbuilder = "hvm"\nmemory = 512\ndisk = [ "file:${image},hda,w" ]\nvif = [ "type=ioemu,mac=00:16:3e:11:22:33,bridge=br0" ]\n`,
  );
  const args = ['--address', '18.181.3.4', '--site', 'xvm', '--boot-test', '--record', `xl:${record}`, image];
  const run = await convertImage(folder, args);
  t.is(run.exitCode, 0, run.stderr);
  t.regex(run.stderr, /the guest answers on its address/);
  t.regex(await readFile(record, 'latin1'), /^type = "pv"$/m);
});

// systemd would give up waiting for devices after 90 s, which is near where the processor's virtualisation is emulated too.
test('a PVH domain, by its flipped xl configuration', async (t) => {
  t.timeout(15 * minutes);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm-sysvinit');
  const record = join(folder, 'web1.cfg');
  await writeFile(
    record,
    `name = "web1"\ntype = "hvm"\nmemory = 512\nvif = [ "" ]\ndisk = [ "${image},raw,hda,w" ]\n`,
  );
  const args = ['--address', '18.181.3.4', '--site', 'xvm', '--target', 'pvh', '--boot-test'];
  const run = await convertImage(folder, [...args, '--record', `xl:${record}`, image]);
  t.is(run.exitCode, 0, run.stderr);
  t.regex(run.stdout, /it boots as PVH and PV, and still as HVM\nthe xl configuration .* now says PVH/);
  t.regex(run.stderr, /the guest answers on its address/);
  t.regex(await readFile(record, 'latin1'), /^type = "pvh"\nbootloader = "pygrub"$/m);
});

test('a boot test that fails stops the conversion: exit code 5, the image untouched', async (t) => {
  t.timeout(10 * minutes);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  // The kernel finds no init: what the conversion checks is all there, and yet it doesn't boot.
  await execa('debugfs', ['-w', '-R', 'rm /usr/lib/systemd/systemd', `${image}?offset=134217728`]);
  await execa('e2fsck', ['-fy', `${image}?offset=134217728`], { reject: false });
  const { stdout: sum } = await execa('sha256sum', [image]);
  const run = await convertImage(folder, [
    '--address',
    '18.181.3.4',
    '--site',
    'xvm',
    '--boot-test',
    '--json',
    image,
  ]);
  t.is(run.exitCode, 5, run.stdout);
  t.regex(JSON.stringify(run.events.at(-1)), /not-verified/);
  t.is((await execa('sha256sum', [image])).stdout, sum);
});
