/** `convert-image doctor` on this host, and on poorer ones. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { convertImage, type Run, testFolder } from './program.js';

interface Finding {
  readonly topic: string;
  readonly verdict: string;
  readonly message: string;
  readonly remedy: string;
}

const findingsOf = ({ events }: Run): Finding[] =>
  events.filter(({ type }) => type === 'finding') as unknown as Finding[];

const about = (run: Run, topic: string): Finding | undefined =>
  findingsOf(run).find((finding) => finding.topic === topic);

/** A PATH with every program of this host but these. */
async function pathWithout(folder: string, names: readonly string[]): Promise<string> {
  const place = join(folder, 'bin');
  await mkdir(place);
  const { stdout } = await execa`find /usr/sbin /usr/bin -maxdepth 1 ( -type f -o -type l ) -executable`;
  for (const path of stdout.split('\n')) {
    const name = path.split('/').at(-1) ?? '';
    if (!names.includes(name)) await symlink(path, join(place, name)).catch(() => undefined);
  }
  return place;
}

const everyRemedy = (t: ExecutionContext, run: Run): void => {
  for (const { verdict, message, remedy } of findingsOf(run)) {
    t.not(message, '');
    t.is(remedy === '', verdict === 'good', message);
  }
};

test('this host can convert, its appliance starts, and it is no dom0', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const run = await convertImage(folder, ['doctor', '--json']);
  t.is(run.exitCode, 0, run.stdout);
  t.like(run.events.at(-1), { outcome: 'examined', problems: [] });
  everyRemedy(t, run);
  for (const topic of ['programs', 'pygrub', 'kernels', 'space', 'conversions', 'direct access', 'appliance'])
    t.is(about(run, topic)?.verdict, 'good', topic);
  t.regex(about(run, 'Xen')?.message ?? '', /no dom0/);
  t.regex(about(run, 'appliance')?.message ?? '', /started, looked and stopped/);
});

test('without programs: what is missing, what that means, and what to install', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const PATH = await pathWithout(folder, ['qemu-img', 'guestfish', 'bwrap', 'zstd']);
  const run = await convertImage(folder, ['doctor'], { PATH });
  t.is(run.exitCode, 4, run.stdout);
  t.regex(run.stdout, /missing +programs: qemu-img is not installed\n +what to do: apt install qemu-utils/);
  t.regex(run.stdout, /limited +programs: guestfish is not installed: guests that need the appliance/);
  t.regex(run.stdout, /limited +programs: zstd is not installed/);
  t.regex(run.stdout, /limited +sandbox: .*rights of root/);
  t.regex(run.stdout, /limited +appliance: there is none/);
  t.regex(run.stderr, /nothing was changed/);
});

test('another user than root is told so', async (t) => {
  const folder = await testFolder(t);
  await execa`chmod 777 ${folder}`;
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const run = await convertImage(folder, ['doctor', '--json'], {}, asNobody);
  t.is(run.exitCode, 4, run.stdout);
  t.is(about(run, 'user')?.verdict, 'missing');
  everyRemedy(t, run);
});
