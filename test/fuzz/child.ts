/**
 * Gives inputs to one parser: `child.js TARGET SEED FROM TO SECONDS PROGRESS FOLDER`. Before each input its number is written
 * to the file PROGRESS, so that whoever started this knows which one it died of. Inputs with negative numbers are the
 * long ones. Failing inputs, made smaller, are saved in FOLDER. Prints one JSON object a line.
 */
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { inputOf, longInputs } from './input.js';
import { shrunk } from './shrink.js';
import type { FuzzTarget } from './target.js';
import { targets } from './targets/list.js';
import { type Trial, tryInput } from './trial.js';

/** Further failures of one parser are most likely the same. */
const mostFailures = 3;

const [name = '', seed = '', from = '', to = '', seconds = '', progress = '', folder = ''] =
  process.argv.slice(2);
const end = Date.now() + Number(seconds) * 1000;

function findTarget(): FuzzTarget {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no parser is called ${name}`);
  return target;
}

const target = findTarget();
const seeds = target.seeds();
const long = Number(from) < 0 ? longInputs(target, seeds, Number(seed)) : [];
const file = openSync(progress, 'w');
let slowest = 0;
let failures = 0;
let count = 0;

/** Says that this process is alive. */
function attempt(index: number, input: Buffer): Trial {
  writeSync(file, String(index).padEnd(16), 0);
  return tryInput(target, input);
}

function save(index: number, input: Buffer): string {
  const path = `${folder}/${name.replaceAll(/[^\w.-]+/g, '-')}-${seed}-${index}`;
  writeFileSync(path, input);
  return path;
}

function fail(index: number, input: Buffer): void {
  const first = attempt(index, input);
  // Other work on this machine can make one run slow, not three.
  if (first.failure === undefined || attempt(index, input).failure === undefined) return;
  const { kind } = first.failure;
  failures += 1;
  const smaller = shrunk(input, (each) => attempt(index, each).failure?.kind === kind);
  const message = attempt(index, smaller).failure?.message ?? first.failure.message;
  process.stdout.write(
    `${JSON.stringify({ index, kind, message, path: save(index, smaller), bytes: smaller.length })}\n`,
  );
}

const goesOn = (index: number): boolean => index < Number(to) && failures < mostFailures && Date.now() < end;
for (let index = Number(from); goesOn(index); index += 1) {
  const input = index < 0 ? long[-1 - index] : inputOf(target, seeds, Number(seed), index);
  if (input === undefined) continue;
  const { ms, failure } = attempt(index, input);
  count += 1;
  if (failure === undefined) slowest = Math.max(slowest, ms);
  else fail(index, input);
}
const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ count, slowest, megabytes })}\n`);
