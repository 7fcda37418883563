import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { rememberedKvm } from '../../src/state/host-memory.js';
import { lookUntil, processesOf } from './live-processes.js';
import { pathWithout } from './poor-hosts.js';
import { convertImage, copyOfGuest, environmentIn, testFolder } from './program.js';
import { fingerprint, leftovers } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

type Access = 'direct' | 'appliance';
type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGKILL';

/** A program that is at work, in a process group of its own. */
async function start(
  folder: string,
  access: Access,
  image: string,
  environment: Record<string, string> = {},
) {
  // Trying KVM takes seconds where it is broken, and isn't what is interrupted here.
  await rememberedKvm(folder);
  const args = ['dist/program/main.js', '--json', '--access', access, ...address, image];
  const program = execa(process.execPath, args, {
    env: environmentIn(folder, { TMPDIR: folder, ...environment }),
    stdin: 'ignore',
    reject: false,
    detached: true,
  });
  const lines = createInterface({ input: program.stdout });
  /** Waits for the beginning of a stage, or for an event of that type. */
  const reaches = (stage: string): Promise<void> =>
    new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const event: { type: string; stage?: string } = JSON.parse(line);
        if (event.type === stage || (event.type === 'stage-started' && event.stage === stage)) resolve();
        if (event.type === 'outcome') reject(new Error(`it ended before ${stage}: ${line}`));
      });
      lines.on('close', () => reject(new Error(`it ended before ${stage}`)));
    });
  return { program, pid: program.pid ?? 0, reaches };
}

/** Ten seconds, after which nobody looks at the machine any more. */
const graceMs = 10_000;

/** No process of the run, and no mount, is left. */
async function isGone(t: ExecutionContext, folder: string): Promise<void> {
  t.deepEqual(
    await lookUntil(
      () => processesOf(folder),
      (found) => found.length === 0,
      graceMs,
    ),
    [],
  );
  t.false((await readFile('/proc/mounts', 'utf8')).includes(folder));
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

interface Interruption {
  readonly access: Access;
  /** Until what the signal waits: a running QEMU is the appliance's launch. */
  readonly moment: 'launch' | 'inspect';
  readonly signal: Signal;
  /** Ctrl-C on a terminal reaches every process of the group. */
  readonly group?: boolean;
}

const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'];
const places = [
  { access: 'appliance', moment: 'launch' },
  { access: 'appliance', moment: 'inspect' },
  { access: 'direct', moment: 'inspect' },
] as const;

const interruptions: readonly Interruption[] = places.flatMap((place) => [
  ...signals.map((signal) => ({ ...place, signal })),
  { ...place, signal: 'SIGINT' as const, group: true },
]);

for (const { access, moment, signal, group = false } of interruptions) {
  const whom = group ? 'to the whole process group ' : '';
  test.serial(`${signal} ${whom}during ${moment}, ${access} access`, async (t) => {
    t.timeout(180_000);
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, access === 'direct' ? 'bookworm' : 'no-os');
    const before = await fingerprint(image);
    const { program, pid, reaches } = await start(folder, access, image);
    await (moment === 'inspect' ? reaches('inspect') : qemuRuns(folder));
    process.kill(group ? -pid : pid, signal);
    const { exitCode, stdout } = await program;
    await isGone(t, folder);
    t.is(await fingerprint(image), before);
    if (signal === 'SIGKILL') return isSwept(t, folder);
    t.is(exitCode, exitCodes[signal], stdout);
    t.regex(stdout, /"state":"the image is untouched".*"code":"interrupted"/);
    t.deepEqual(await leftovers(folder), []);
    t.deepEqual(await temporaryFiles(folder), []);
  });
}

/** What programs left in the folder that TMPDIR names. */
const temporaryFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name !== 'state' && !name.endsWith('.raw'));

/** libguestfs asks QEMU for its abilities first; the one with a kernel's command line is the appliance. */
async function qemuRuns(folder: string): Promise<void> {
  const isQemu = (processes: string[]) => processes.some((line) => /qemu-system.* -append /.test(line));
  const seen = await lookUntil(() => processesOf(folder), isQemu, 60_000);
  if (!isQemu(seen)) throw new Error(`no QEMU was started: ${seen.join('\n')}`);
}

/** A killed run leaves its scratch folder, and the next run removes it. */
async function isSwept(t: ExecutionContext, folder: string): Promise<void> {
  t.is((await leftovers(folder)).length, 1);
  await convertImage(folder, ['inspect', await copyOfGuest(folder, 'no-os')]);
  t.deepEqual(await leftovers(folder), []);
}

for (const group of [false, true]) {
  test.serial(
    `a signal during the commit waits for its end${group ? ', also in its QEMU' : ''}`,
    async (t) => {
      t.timeout(180_000);
      const folder = await testFolder(t);
      const image = await copyOfGuest(folder, 'bookworm');
      const { program, pid, reaches } = await start(folder, 'direct', image);
      await reaches('committing');
      process.kill(group ? -pid : pid, 'SIGINT');
      const { exitCode, stdout } = await program;
      t.is(exitCode, 0, stdout);
      t.regex(stdout, /"outcome":"converted"/);
      await isGone(t, folder);
    },
  );
}

test.serial('a second signal during the commit is obeyed at once, and undo goes back', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const before = await fingerprintOfContent(image);
  // The commit takes 50 ms: a QEMU that is held back gives the signals time.
  const PATH = await pathWithout(folder, ['qemu-img']);
  const { stdout: qemuImg } = await execa`which qemu-img`;
  const slowly = `#!/bin/sh\ncase " $* " in *" commit "*) sleep 5;; esac\nexec ${qemuImg} "$@"\n`;
  await writeFile(join(PATH, 'qemu-img'), slowly, { mode: 0o755 });
  const { program, pid, reaches } = await start(folder, 'direct', image, { PATH });
  await reaches('committing');
  process.kill(pid, 'SIGTERM');
  await delay(200);
  process.kill(pid, 'SIGTERM');
  const { exitCode, stdout } = await program;
  t.is(exitCode, 6, stdout);
  t.regex(stdout, /"outcome":"failed".*second signal.*convert-image undo/);
  await isGone(t, folder);
  // What is half written isn't untouched, however early the next run is stopped.
  const next = await start(folder, 'direct', image);
  await next.reaches('open');
  process.kill(next.pid, 'SIGTERM');
  const stoppedAgain = await next.program;
  t.is(stoppedAgain.exitCode, 6, stoppedAgain.stdout);
  t.regex(stoppedAgain.stdout, /"code":"commit-failed".*convert-image undo/);
  const back = await convertImage(folder, ['undo', image]);
  t.is(back.exitCode, 0, back.stderr);
  t.is(await fingerprintOfContent(image), before);
  t.deepEqual(await leftovers(folder), []);
});

/** Without the times, which a write leaves behind even if it is taken back. */
const fingerprintOfContent = async (path: string): Promise<string> => (await execa`sha256sum ${path}`).stdout;

test.serial('standard input is not read, and the appliance is launched once', async (t) => {
  t.timeout(300_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const PATH = await pathWithout(folder, ['guestfish']);
  const { stdout: guestfish } = await execa`which guestfish`;
  const log = join(folder, 'launches');
  const wrapper = `#!/bin/sh\necho launch >>${log}\nexec ${guestfish} "$@"\n`;
  await writeFile(join(PATH, 'guestfish'), wrapper, { mode: 0o755 });
  const args = ['dist/program/main.js', '--access', 'appliance', ...address, image];
  const env = environmentIn(folder, { PATH });
  // A pipe that stays open and empty.
  const { exitCode, stderr } = await execa(process.execPath, args, { env, stdin: 'pipe', reject: false });
  t.is(exitCode, 0, stderr);
  t.is(await readFile(log, 'utf8'), 'launch\n');
  await isGone(t, folder);
});

test.serial('standard input is not read, direct access', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const args = ['dist/program/main.js', '--access', 'direct', ...address, image];
  const env = environmentIn(folder);
  const { exitCode, stderr } = await execa(process.execPath, args, { env, stdin: 'pipe', reject: false });
  t.is(exitCode, 3, stderr);
});
