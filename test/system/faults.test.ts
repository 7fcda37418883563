import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { demandConverted, demandOriginal, goBack } from './crash-check.js';
import {
  contentOf,
  conversionsOf,
  type Form,
  makeSubject,
  releaseSubject,
  reset,
  type Subject,
} from './crash-guest.js';
import { runWith } from './crash-run.js';
import { lookUntil, processesOf } from './live-processes.js';
import { fillUp, pathWithout, smallDisk } from './poor-hosts.js';
import { convertImage, environmentIn, type Run, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { problemsOf } from './untouched.js';

let base = '';

test.before(async () => {
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => removeTinyGuests(base));

/** A tiny HVM guest with its record. With a size, on a file system of its own. */
async function subjectFor(t: ExecutionContext, form: Form, size?: string): Promise<Subject> {
  t.timeout(300_000);
  const folder = join(await testFolder(t), 'guest');
  if (size !== undefined) await smallDisk(t, folder, size);
  const subject = await makeSubject(base, folder, form);
  t.teardown(() => releaseSubject(subject));
  await reset(subject);
  return subject;
}

/** Converts while this shell command is run right before QEMU writes into the image. */
async function convertAnd(subject: Subject, command: string): Promise<Run> {
  await mkdir(`${subject.folder}.poor`, { recursive: true });
  const programs = await pathWithout(`${subject.folder}.poor`, ['qemu-img']);
  const { stdout: real } = await execa`which qemu-img`;
  const script = `#!/bin/bash\n[[ $1 == commit ]] && { ${command}; }\nexec ${real} "$@"\n`;
  await writeFile(join(programs, 'qemu-img'), script, { mode: 0o755 });
  return convertImage(subject.folder, ['--json', ...subject.args, subject.disk], { PATH: programs });
}

const convert = (subject: Subject): Promise<Run> => runWith(subject, subject.args);

/** What a run that failed says must be so. */
function failsWith(t: ExecutionContext, run: Run, exitCode: number, says: RegExp, remedy: RegExp): void {
  const [problem] = problemsOf(run);
  t.is(run.exitCode, exitCode, run.stdout + run.stderr);
  t.regex(problem?.message ?? '', says);
  t.regex(problem?.remedy ?? '', remedy);
}

async function isConvertedBy(t: ExecutionContext, subject: Subject, run: Run): Promise<void> {
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  await demandConverted(subject);
  await goBack(subject, 'done');
}

test('the file system of a sparse image gets full in the middle of the commit: undo mends it once there is room', async (t) => {
  const subject = await subjectFor(t, 'raw', '600m');
  const filler = join(subject.folder, 'filler');
  await fillUp(subject.folder, 60 * 1024 * 1024);
  // Holes that the commit would fill are the first to miss their space.
  const run = await convertAnd(subject, `dd if=/dev/zero of=${filler}2 bs=4k 2>/dev/null`);
  failsWith(t, run, 6, /No space left/, /convert-image undo/);
  await Promise.all([rm(filler), rm(`${filler}2`)]);
  await goBack(subject, 'committing');
  await isConvertedBy(t, subject, await convert(subject));
});

test('the state directory is too small for the undo archive', async (t) => {
  const subject = await subjectFor(t, 'raw');
  const state = await smallDisk(t, join(subject.folder, 'state'), '64m');
  await fillUp(state, 3 * 1024 * 1024);
  failsWith(t, await convert(subject), 4, /undo archive|space/i, /make room|--state-dir/);
  await demandOriginal(subject);
  await rm(join(state, 'filler'));
  t.is((await convert(subject)).exitCode, 0);
  await demandConverted(subject);
});

test('the state directory becomes read-only while the image is written', async (t) => {
  const subject = await subjectFor(t, 'raw');
  const state = await smallDisk(t, join(subject.folder, 'state'), '64m');
  const run = await convertAnd(subject, `mount -o remount,ro ${state}`);
  failsWith(t, run, 6, /commit|journal|read-only/i, /convert-image/);
  failsWith(t, await convert(subject), 6, /read-only/i, /convert-image undo/);
  await execa`mount -o remount,rw ${state}`;
  t.is((await convert(subject)).exitCode, 0);
  await demandConverted(subject);
});

test('a read-only file system below the image: refused before, and mended by the named command after', async (t) => {
  const subject = await subjectFor(t, 'raw', '300m');
  const state = join(await testFolder(t), 'state');
  const atHome = { CONVERT_IMAGE_STATE_DIR: state };
  const args = ['--json', ...subject.args, subject.disk];
  await execa`mount -o remount,ro ${subject.folder}`;
  failsWith(t, await convertImage(subject.folder, args, atHome), 3, /read-only/i, /\w/);
  await execa`mount -o remount,rw ${subject.folder}`;
  await mkdir(`${subject.folder}.poor`);
  const PATH = await pathWithout(`${subject.folder}.poor`, ['qemu-img']);
  const { stdout: real } = await execa`which qemu-img`;
  const script = `#!/bin/bash\n[[ $1 == commit ]] && mount -o remount,ro ${subject.folder}\nexec ${real} "$@"\n`;
  await writeFile(join(PATH, 'qemu-img'), script, { mode: 0o755 });
  const run = await convertImage(subject.folder, args, { ...atHome, PATH });
  failsWith(t, run, 6, /read-only/i, /convert-image undo/);
  t.is(await contentOf(subject), subject.original);
  failsWith(t, await convertImage(subject.folder, args, atHome), 6, /read-only/i, /convert-image undo/);
  await execa`mount -o remount,rw ${subject.folder}`;
  const undone = await convertImage(subject.folder, ['undo', '--json', subject.disk], atHome);
  t.is(undone.exitCode, 0, undone.stdout);
  t.is(await contentOf(subject), subject.original);
});

/** A block device whose writes fail while a file exists (nbdkit-error-filter(1)). */
async function failingDevice(
  t: ExecutionContext,
  image: string,
  folder: string,
  trigger: string,
): Promise<string> {
  await mkdir(folder);
  const [below, shown] = [join(folder, 'below'), join(folder, 'shown')];
  await execa`cp --sparse=always ${image} ${below}`;
  await writeFile(shown, '');
  const rates = ['pwrite', 'zero', 'trim'].map((call) => `error-${call}-rate=100%`);
  const nbdkit = ['nbdkit', '--filter=error', 'file', below, 'error=EIO', ...rates, `error-file=${trigger}`];
  const server = execa({ reject: false })`nbdfuse ${shown} [ ${nbdkit} ]`;
  t.teardown(async () => {
    await execa({ reject: false })`fusermount3 -u -z ${shown}`;
    await server;
  });
  const size = async () => (await execa`stat -c %s ${shown}`).stdout;
  await lookUntil(size, (bytes) => bytes !== '0', 20_000);
  const { stdout: device } = await execa`losetup --show -f ${shown}`;
  t.teardown(() => execa`losetup -d ${device}`);
  return device;
}

test('writes into a device fail, as its fsync tells: the named command finishes once they do not', async (t) => {
  const whole = await subjectFor(t, 'raw');
  const trigger = `${whole.folder}.trigger`;
  const disk = await failingDevice(t, whole.file, `${whole.folder}.disk`, trigger);
  const network = ['--address', '18.181.3.4', '--site', 'xvm'];
  const subject = { ...whole, disk, args: [...network, '--record', 'none'] };
  const run = await convertAnd(subject, `touch ${trigger}`);
  failsWith(t, run, 6, /Input\/output error|EIO/i, /convert-image undo/);
  t.is((await convertImage(subject.folder, ['plan', ...network, disk])).exitCode, 3);
  await rm(trigger);
  const again = await convert(subject);
  t.is(again.exitCode, 0, again.stdout);
  t.not(await contentOf(subject), subject.original);
  t.is((await convertImage(subject.folder, ['verify', disk])).exitCode, 0);
  t.is((await runWith(subject, ['undo'])).exitCode, 0);
  t.is(await contentOf(subject), subject.original);
});

test('the appliance dies in the middle', async (t) => {
  const subject = await subjectFor(t, 'raw');
  const args = ['dist/program/main.js', '--json', '--access', 'appliance', ...subject.args, subject.disk];
  const program = execa(process.execPath, args, {
    env: environmentIn(subject.folder),
    stdin: 'ignore',
    reject: false,
  });
  const machine = (processes: readonly string[]) =>
    processes.find((line) => /qemu-system.* -append /.test(line));
  const seen = await lookUntil(
    () => processesOf(subject.folder),
    (found) => machine(found) !== undefined,
    120_000,
  );
  process.kill(Number.parseInt(machine(seen) ?? '', 10), 'SIGKILL');
  const { exitCode, stdout } = await program;
  t.is(exitCode, 4, stdout);
  t.regex(stdout, /"state":"the image is untouched"/);
  await demandOriginal(subject);
  t.deepEqual(await processesOf(`${subject.folder}/`), []);
  await isConvertedBy(t, subject, await convert(subject));
});

/** How a record is made unwritable right before QEMU writes, and how that is mended. */
const recordFaults: Readonly<Record<string, readonly [string, string]>> = {
  'is immutable': ['chattr +i RECORD', 'chattr -i RECORD'],
  'is on a read-only mount': ['mount --bind FOLDER FOLDER; mount -o remount,bind,ro FOLDER', 'umount FOLDER'],
  'is gone': ['mv RECORD RECORD.away', 'mv RECORD.away RECORD'],
  'is a folder': ['mv RECORD RECORD.away; mkdir RECORD', 'rmdir RECORD; mv RECORD.away RECORD'],
};

for (const [what, [fault, mending]] of Object.entries(recordFaults)) {
  test(`the record ${what} when it is flipped: the same command flips it later`, async (t) => {
    const given = await subjectFor(t, 'raw');
    const place = join(given.folder, 'records');
    const record = join(place, 'web.cfg');
    await mkdir(place);
    await writeFile(record, given.recordText ?? '');
    const args = given.args.map((one) => one.replace(given.record, record));
    const subject = { ...given, record, args };
    const filled = (script: string) => script.replaceAll('RECORD', record).replaceAll('FOLDER', place);
    const run = await convertAnd(subject, filled(fault));
    failsWith(t, run, 6, /web\.cfg/, /convert-image|same command/);
    t.regex(run.stdout, /the disk is converted and still boots as HVM; the record is not flipped/);
    t.deepEqual(
      (await conversionsOf(subject)).map(({ state }) => state),
      ['committed'],
    );
    await execa`bash -c ${filled(mending)}`;
    await isConvertedBy(t, subject, await convert(subject));
  });
}

test('somebody edits the record during the conversion: the edit stays', async (t) => {
  const subject = await subjectFor(t, 'raw');
  const run = await convertAnd(subject, `sed -i 's/512/1024/' ${subject.record}`);
  t.is(run.exitCode, 0, run.stdout);
  t.regex(await readFile(subject.record, 'utf8'), /^type = "pv"$/m);
  t.regex(await readFile(subject.record, 'utf8'), /memory = 1024/);
  const undone = await runWith(subject, ['undo']);
  t.is(undone.exitCode, 0, undone.stdout);
  t.is(await readFile(subject.record, 'utf8'), (subject.recordText ?? '').replace('512', '1024'));
  t.is(await contentOf(subject), subject.original);
});

/** Runs with a clock that is wrong by so much. */
const atTime = ({ folder, disk }: Subject, offset: string, command: readonly string[]): Promise<Run> =>
  convertImage(folder, ['--json', ...command, disk], { DONT_FAKE_MONOTONIC: '1' }, [
    'faketime',
    '-f',
    offset,
  ]);

test('the clock jumps between runs and backwards', async (t) => {
  const subject = await subjectFor(t, 'raw');
  t.is((await atTime(subject, '+400d', subject.args)).exitCode, 0);
  await demandConverted(subject);
  // The record is turned back by hand, and a second conversion, of the record alone, seems to be older than the first.
  await writeFile(subject.record, subject.recordText ?? '');
  t.is((await atTime(subject, '-400d', subject.args)).exitCode, 0);
  t.is((await conversionsOf(subject)).length, 2);
  await demandConverted(subject);
  t.is((await atTime(subject, '-800d', ['undo'])).exitCode, 0);
  t.is((await atTime(subject, '+800d', ['undo'])).exitCode, 0);
  await demandOriginal(subject);
  t.deepEqual(await readdir(join(subject.folder, 'state', 'conversions')), []);
});

test('the clock jumps between a crash and the next run', async (t) => {
  const subject = await subjectFor(t, 'raw');
  const { call, nth } = { call: 'pwritev', nth: 1 } as const;
  await runWith(subject, subject.args, { kind: 'writer', write: { call, nth }, how: 'kill-both' });
  t.deepEqual(
    (await conversionsOf(subject)).map(({ state }) => state),
    ['committing'],
  );
  const run = await atTime(subject, '-4000d', subject.args);
  await isConvertedBy(t, subject, run);
});
