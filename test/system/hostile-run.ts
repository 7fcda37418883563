import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { convertImage, type Run } from './program.js';
import { fingerprint, leftovers, problemsOf } from './untouched.js';

/** What a hostile guest may cost, in processor time of all programs together; an ordinary one takes 3 s and 150 MB. */
export const limits = { seconds: 60, megabytes: 400 } as const;

/** What may become of a guest: never a bug (1), never an inconsistent image (6). */
export interface Fate {
  /** `converted`, or the code of a refusal or failure. */
  readonly outcome: string;
  /** A telling part of that problem's message. */
  readonly says?: RegExp;
  /** Instead of the limit. */
  readonly seconds?: number;
  /** Instead of an address that is set. */
  readonly args?: readonly string[];
}

/** A text that stands in a file of this host and nowhere else, and that no guest may get to see. */
export const secret = 'canary-6f1d0c2e-outside-of-every-guest';

/** The host's file with that text. */
export async function makeCanary(folder: string): Promise<string> {
  const path = join(folder, 'canary');
  await writeFile(path, `${secret}\n`);
  return path;
}

const address = ['--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];
const exitCodes: Readonly<Record<string, number>> = {
  converted: 0,
  'already-pv': 0,
  planned: 0,
  failed: 4,
  'not-verified': 5,
};

/** Runs the command behind it and writes what processor time it took: two lines as `0m1.234s 0m0.123s`, bash's own first. */
const timed = (file: string): string[] => ['bash', '-c', `"$@"; code=$?; times >'${file}'; exit $code`, '_'];

/** The seconds in the second of these lines. */
async function processorSeconds(file: string): Promise<number> {
  const [, line = ''] = (await readFile(file, 'utf8')).split('\n');
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** Writes the most memory that the process ever had, in MB, when it ends. */
const meter = (file: string): string => {
  const code = `process.on('exit', () => fs.writeFileSync('${file}', String(process.resourceUsage().maxRSS / 1024)));`;
  return `--import=data:text/javascript,${encodeURIComponent(`import fs from 'node:fs';${code}`)}`;
};

/** Converts a hostile image and checks what has to be so whatever becomes of it, and its fate. */
export async function meetsItsFate(
  t: ExecutionContext,
  { folder, image }: { readonly folder: string; readonly image: string },
  { outcome, says = /./, args = address, seconds: limit = limits.seconds }: Fate,
): Promise<Run> {
  const before = await fingerprint(image);
  const canary = join(folder, 'canary');
  const untouchedCanary = await fingerprint(canary);
  const [peak, times] = [join(folder, 'peak'), join(folder, 'times')];
  const environment = { NODE_OPTIONS: meter(peak) };
  const run = await convertImage(folder, ['--json', ...args, image], environment, timed(times));
  const seconds = await processorSeconds(times);
  const megabytes = Number(await readFile(peak, 'utf8'));
  const problems = problemsOf(run);
  const said = problems.map(({ code, message }) => `${code}: ${message}`.slice(0, 300)).join('\n');
  t.log(`exit ${run.exitCode}, ${seconds.toFixed(1)} s, ${Math.round(megabytes)} MB`, said);
  const problem = problems.find(({ code }) => code === outcome);
  t.is(run.exitCode, exitCodes[outcome] ?? 3, said || run.stderr);
  if (problem !== undefined) t.regex(problem.message, says);
  else t.regex(run.events.at(-1)?.outcome?.toString() ?? 'none', new RegExp(`^${outcome}$`), said);
  t.true(seconds < limit, `${seconds} s`);
  t.true(megabytes < limits.megabytes, `${megabytes} MB`);
  t.deepEqual(await leftovers(folder), []);
  if (run.exitCode !== 0) t.is(await fingerprint(image), before, 'the image is as it was');
  t.is(await fingerprint(canary), untouchedCanary, 'the file of this host is as it was');
  t.deepEqual(await placesOfSecret(folder, image, run), []);
  await rm(join(folder, 'state'), { recursive: true, force: true });
  return run;
}

/** Where the text of the host's file has got to. */
async function placesOfSecret(folder: string, image: string, { stdout, stderr }: Run): Promise<string[]> {
  const state = join(folder, 'state');
  const places = (await stat(state).catch(() => undefined)) === undefined ? [image] : [image, state];
  const found = await execa({ reject: false })`grep -rlaF ${secret} ${places}`;
  const said = (stdout + stderr).includes(secret) ? ['what was printed'] : [];
  return [...said, ...found.stdout.split('\n').filter((line) => line !== '')];
}
