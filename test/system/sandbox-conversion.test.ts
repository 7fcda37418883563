/** Whole conversions with the sandbox, without it, and with parsers in it that hang. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { program } from './ext-images.js';
import { lookUntil, processesOf } from './live-processes.js';
import { pathWithout } from './poor-hosts.js';
import { convertImage, environmentIn, type Run, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests } from './tiny-guest.js';
import { fingerprint, leftovers } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];
/** Of which some will have to change. */
const interfaces = 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n';

let folderOfGuest: string;
let guest: string;

test.before(async (t) => {
  t.timeout(300_000);
  folderOfGuest = await mkdtemp('/var/tmp/convert-image-tiny-');
  guest = join(folderOfGuest, 'guest.raw');
  const base = await prepareTinyGuests(folderOfGuest);
  await makeTinyGuest(base, guest, { '/etc/network/interfaces': interfaces });
});
test.after.always(() => rm(folderOfGuest, { recursive: true, force: true }));

interface Converted {
  readonly run: Run;
  readonly image: string;
}

async function converted(
  t: ExecutionContext,
  hide: readonly string[],
  prefix: string[] = [],
): Promise<Converted> {
  const folder = await testFolder(t);
  const image = join(folder, 'guest.raw');
  await copyFile(guest, image);
  const environment = { PATH: await pathWithout(folder, hide) };
  const run = await convertImage(
    folder,
    [...address, '--access', 'direct', '--json', image],
    environment,
    prefix,
  );
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  t.is(run.events.at(-1)?.outcome, 'converted');
  t.deepEqual(await leftovers(folder), []);
  return { run, image };
}

const noticesOf = ({ run }: Converted): string[] =>
  run.events.flatMap(({ type, notice }) => (type === 'notice' ? [JSON.stringify(notice)] : []));

const planOf = ({ run }: Converted): unknown => run.events.find(({ type }) => type === 'plan')?.plan;

/** Every file with its content, mode and owner, as debugfs and tar see them. */
async function contentOf({ image }: Converted): Promise<string> {
  const script =
    'mkdir "$0.d" && debugfs -R "rdump / $0.d" "$0" && cd "$0.d" && tar --sort=name --mtime=@0 -cf - . | sha256sum';
  return (await program`bash -o pipefail -c ${script} ${image}`).stdout;
}

test.serial('with and without a sandbox, and whatever the umask, the result is the same', async (t) => {
  const confined = await converted(t, []);
  const strict = await converted(t, [], ['sh', '-c', 'umask 077 && exec "$@"', 'sh']);
  const bare = await converted(t, ['bwrap']);
  t.deepEqual(planOf(bare), planOf(confined));
  t.deepEqual(planOf(strict), planOf(confined));
  const contents = await Promise.all([confined, strict, bare].map(contentOf));
  t.is(new Set(contents).size, 1);
  const isAboutSandbox = (notice: string) => notice.includes('sandbox-missing');
  t.deepEqual(noticesOf(confined).filter(isAboutSandbox), []);
  t.deepEqual(noticesOf(strict).filter(isAboutSandbox), []);
  const said = noticesOf(bare).filter(isAboutSandbox);
  t.is(said.length, 1);
  t.regex(said[0] ?? '', /bubblewrap is not installed/);
});

test.serial('a container that has no other users is told why, and the result is the same', async (t) => {
  const confined = await converted(t, []);
  const inContainer = await converted(t, [], ['unshare', '--user', '--map-root-user']);
  t.is(await contentOf(inContainer), await contentOf(confined));
  t.regex(noticesOf(inContainer).join(), /sandbox-missing.*can't be confined here.*chroot: /);
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test.serial(`${signal} ends a parser that hangs in the sandbox`, async (t) => {
    const folder = await testFolder(t);
    const image = join(folder, 'guest.raw');
    await copyFile(guest, image);
    const before = await fingerprint(image);
    const PATH = await pathWithout(folder, ['debugfs']);
    const hanging = 'sleep 31536001';
    await writeFile(join(PATH, 'debugfs'), `#!/bin/sh\nexec ${hanging}\n`, { mode: 0o755 });
    const args = ['dist/program/main.js', '--json', ...address, image];
    const run = execa(process.execPath, args, {
      env: environmentIn(folder, { PATH }),
      stdin: 'ignore',
      reject: false,
    });
    const look = () => processesOf(hanging.replace(' ', '\0'));
    t.is((await lookUntil(look, (found) => found.length > 0, 20_000)).length, 1);
    run.kill(signal);
    const { exitCode } = await run;
    t.is(exitCode, signal === 'SIGINT' ? 130 : undefined);
    t.deepEqual(await lookUntil(look, (found) => found.length === 0, 5_000), []);
    t.deepEqual(
      await lookUntil(
        () => processesOf(folder),
        (found) => found.length === 0,
        5_000,
      ),
      [],
    );
    t.is(await fingerprint(image), before);
  });
}
