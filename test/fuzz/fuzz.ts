/**
 * Gives every parser generated and mutated inputs: `fuzz.js [COUNT|SECONDSs] [SEED]`, see scripts/fuzz. Each parser runs
 * in a process of its own with little memory, which is ended when it hangs. Exit code 1 when a rule was broken.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { inputOf, longInputs } from './input.js';
import type { FuzzTarget } from './target.js';
import { targets } from './targets/list.js';

const [amount = '120000', seedText = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const seed = Number(seedText);
const folder = process.env.FUZZ_FOLDER ?? '/var/tmp/convert-image-fuzz';
const progress = `${folder}/progress-${process.pid}`;
/** Below any number of a long input. */
const firstNumber = -1000;
const heapMegabytes = 256;
const silentMs = 60_000;
/** As in child.ts: further ones are most likely the same. */
const mostFailures = 3;

/** How far one parser goes. */
interface Share {
  readonly inputs: number;
  readonly seconds: number;
}

interface Failure {
  readonly index: number;
  readonly kind: string;
  readonly message: string;
  readonly path: string;
  readonly bytes: number;
}

interface Score {
  count: number;
  slowest: number;
  megabytes: number;
  readonly failures: Failure[];
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function shareOf(parsers: number): Share {
  const seconds = /^(\d+)s$/.exec(amount)?.[1];
  if (seconds !== undefined)
    return { inputs: Number.MAX_SAFE_INTEGER, seconds: Math.ceil(Number(seconds) / parsers) };
  return { inputs: Math.ceil(Number(amount) / parsers), seconds: 24 * 3600 };
}

/** Runs a parser over its share of inputs; goes on behind an input that it died of. */
async function fuzz(target: FuzzTarget, { inputs, seconds }: Share): Promise<Score> {
  const score: Score = { count: 0, slowest: 0, megabytes: 0, failures: [] };
  const end = Date.now() + seconds * 1000;
  for (let from = firstNumber; from < inputs && score.failures.length < mostFailures; ) {
    const left = Math.max(0, end - Date.now()) / 1000;
    const died = await runChild(target, [from, inputs, left], score);
    if (died === undefined) break;
    score.failures.push(crashAt(target, died));
    from = died + 1;
  }
  return score;
}

/** The number of the input that the process died of; undefined when it came to its end. */
async function runChild(
  target: FuzzTarget,
  numbers: readonly number[],
  score: Score,
): Promise<number | undefined> {
  writeFileSync(progress, '');
  const child = fileURLToPath(new URL('child.js', import.meta.url));
  const args = [target.name, seed, ...numbers, progress, folder].map(String);
  const running = execa({
    reject: false,
    lines: true,
  })`${process.execPath} ${`--max-old-space-size=${heapMegabytes}`} ${child} ${args}`;
  const watch = setInterval(() => {
    if (Date.now() - statSync(progress).mtimeMs > silentMs) running.kill('SIGKILL');
  }, 1000);
  const { stdout, exitCode, stderr } = await running;
  clearInterval(watch);
  for (const line of stdout) take(score, JSON.parse(line));
  if (exitCode === 0) return undefined;
  writeFileSync(`${folder}/stderr`, stderr.join('\n'));
  return Number(readFileSync(progress, 'utf8'));
}

function take(score: Score, line: Failure | { count: number; slowest: number; megabytes: number }): void {
  if ('index' in line) {
    score.failures.push(line);
    return;
  }
  score.count += line.count;
  score.slowest = Math.max(score.slowest, line.slowest);
  score.megabytes = Math.max(score.megabytes, line.megabytes);
}

function crashAt(target: FuzzTarget, index: number): Failure {
  const seeds = target.seeds();
  const input = index < 0 ? longInputs(target, seeds, seed)[-1 - index] : inputOf(target, seeds, seed, index);
  const path = `${folder}/${target.name.replaceAll(/[^\w.-]+/g, '-')}-${seed}-${index}`;
  writeFileSync(path, input ?? '');
  const message = `the process ended, or gave no answer for ${silentMs / 1000} s (see ${folder}/stderr)`;
  return { index, kind: 'crash', message, path, bytes: input?.length ?? 0 };
}

const row = (name: string, ...columns: readonly (string | number)[]): string =>
  [name.padEnd(30), ...columns.map((column) => String(column).padStart(10))].join(' ');

function report(target: FuzzTarget, { count, slowest, megabytes, failures }: Score): void {
  say(row(target.name, count, slowest.toFixed(0), megabytes, failures.length));
  for (const { index, kind, message, path, bytes } of failures)
    say(`    seed ${seed}, input ${index}: ${kind}: ${message}\n    ${bytes} bytes in ${path}`);
}

mkdirSync(folder, { recursive: true });
const only = process.env.FUZZ_ONLY ?? '';
const chosen = targets.filter(({ name }) => name.includes(only));
const share = shareOf(chosen.length);
const started = Date.now();
let inputs = 0;
let failed = 0;
say(`seed ${seed}`);
say(row('parser', 'inputs', 'slowest ms', 'MB', 'failures'));
for (const target of chosen) {
  const score = await fuzz(target, share);
  report(target, score);
  inputs += score.count;
  failed += score.failures.length;
}
say(`${inputs} inputs in ${Math.round((Date.now() - started) / 1000)} s, ${failed} failures, seed ${seed}`);
process.exitCode = failed === 0 ? 0 : 1;
