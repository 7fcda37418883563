import { hurtAndMend, inspectWreck, type Way } from './crash-check.js';
import {
  type Form,
  forms,
  giveBack,
  keep,
  makeSubject,
  releaseSubject,
  reset,
  type Subject,
} from './crash-guest.js';
import { type ErrorName, type Fault, runWith, type Step, stepsOf, type Write } from './crash-run.js';

/** What has been counted of one kind of fault. */
export interface Row {
  readonly kind: string;
  readonly faults: number;
  /** How often the journal was found in each state afterwards. */
  readonly states: ReadonlyMap<string, number>;
  readonly converted: number;
  readonly original: number;
  /** What was said where a promise was broken. */
  readonly lost: readonly string[];
  readonly seconds: number;
}

/** A starting point of faults: a fresh guest, a half written image, or a converted one. */
export type Start = 'fresh' | 'half' | 'done';

/** Where faults happen, and what may be done there. */
export interface Ground {
  readonly subject: Subject;
  /** The converted disk of the kept conversions. */
  readonly known: string | undefined;
  readonly steps: Readonly<Record<Start, readonly Step[]>>;
}

/** The command whose run is hurt: an undo where all is done, else the conversion. */
export const commandFrom = (start: Start, { args }: Subject): readonly string[] =>
  start === 'done' ? ['undo'] : args;

/** Makes everything what it is at this start. */
export const begin = (start: Start, subject: Subject): Promise<void> =>
  start === 'fresh' ? reset(subject) : giveBack(subject, start);

/**
 * Makes a guest and keeps two states of its conversion: `half`, where QEMU and the program were killed between two
 * writes, and `done`. Notes the steps of a run from each.
 */
export async function prepareGround(base: string, folder: string, form: Form): Promise<Ground> {
  const subject = await makeSubject(base, folder, form);
  await reset(subject);
  const fresh = stepsFromSave(await stepsOf(subject, subject.args));
  await reset(subject);
  await runWith(subject, subject.args, {
    kind: 'writer',
    write: { call: 'pwritev', nth: 1 },
    how: 'kill-both',
  });
  const { state, converted } = await inspectWreck(subject);
  if (state !== 'committing') throw new Error(`the commit was not hit: ${state}`);
  await keep(subject, 'half');
  const half = stepsOfRun(await stepsOf(subject, subject.args));
  await keep(subject, 'done');
  const done = stepsOfRun(await stepsOf(subject, ['undo']));
  return { subject, known: converted, steps: { fresh, half, done } };
}

/** Before, only the run's own scratch folder is changed. */
const stepsFromSave = (steps: readonly Step[]): readonly Step[] =>
  steps.slice(steps.findIndex(({ text }) => /^mkdir.*\/conversion"/.test(text)));

/** From the making of the scratch folder on. */
const stepsOfRun = (steps: readonly Step[]): readonly Step[] =>
  steps.slice(steps.findIndex(({ text }) => /^mkdir\(".*\/work\/\d/.test(text)));

/** Hurts a run from this start, mends it, and counts. Never throws: a broken promise is counted, and told. */
export async function attempt(
  row: Row,
  { subject, known }: Ground,
  { start, fault, ways }: { start: Start; fault: Fault; ways: readonly Way[] },
): Promise<Row> {
  const began = performance.now();
  const seconds = () => row.seconds + (performance.now() - began) / 1000;
  try {
    await begin(start, subject);
    const command = commandFrom(start, subject);
    const hurt = { command, fault, known: start === 'fresh' ? undefined : known };
    const { state, killed } = await hurtAndMend(subject, hurt, ways);
    // A timer that came too late hurt nobody.
    if (fault.kind === 'time' && !killed) return { ...row, seconds: seconds() };
    const states = new Map(row.states).set(state, (row.states.get(state) ?? 0) + 1);
    return { ...counted(row, ways), states, seconds: seconds() };
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const what = `${row.kind}, ${subject.form}, from ${start}, ${JSON.stringify(fault)}, ${ways}: ${said}`;
    return { ...row, faults: row.faults + 1, lost: [...row.lost, what], seconds: seconds() };
  }
}

const counted = (row: Row, ways: readonly Way[]): Row => ({
  ...row,
  faults: row.faults + 1,
  converted: row.converted + ways.filter((way) => way === 'finish').length,
  original: row.original + ways.filter((way) => way === 'undo').length,
});

export const emptyRow = (kind: string): Row => ({
  kind,
  faults: 0,
  states: new Map(),
  converted: 0,
  original: 0,
  lost: [],
  seconds: 0,
});

/** Every step of a run from this start: killed before it, or the step fails. */
export async function everyStep(ground: Ground, start: Start, how: 'kill' | ErrorName): Promise<Row> {
  let row = emptyRow(`${how} at each step, ${names[start]}`);
  for (const [index, step] of ground.steps[start].entries()) {
    const ways = how === 'kill' ? (['finish', 'undo'] as const) : [wayOf(index)];
    row = await attempt(row, ground, { start, fault: { kind: 'step', step, how }, ways });
  }
  return row;
}

const names: Readonly<Record<Start, string>> = {
  fresh: 'conversion from "save" on',
  half: 'roll forward',
  done: 'undo',
};

const wayOf = (index: number): Way => (index % 2 === 0 ? 'finish' : 'undo');

const writes: readonly Write[] = [
  { call: 'pwrite64', nth: 1 },
  { call: 'pwrite64', nth: 2 },
  { call: 'pwritev', nth: 1 },
  { call: 'fallocate', nth: 1 },
  { call: 'fdatasync', nth: 1 },
];

/** The QEMU that writes into the image fails at its first, second, … write, in the roll forward and in the undo. */
export async function everyWrite(ground: Ground, how: 'kill' | 'kill-both' | ErrorName): Promise<Row> {
  let row = emptyRow(`${how} at each write of QEMU, ${ground.subject.form}`);
  for (const start of ['half', 'done'] as const)
    for (const write of writes)
      row = await attempt(row, ground, {
        start,
        fault: { kind: 'writer', write, how },
        ways: ['finish', 'undo'],
      });
  return row;
}

/** Makes the grounds that are asked for, each once, and gives back what they hold when all is over. */
export function grounds(base: string, folder: string) {
  const made = new Map<Form, Promise<Ground>>();
  const ground = (form: Form): Promise<Ground> => {
    const known = made.get(form) ?? prepareGround(base, `${folder}/${form}`, form);
    made.set(form, known);
    return known;
  };
  const release = async (): Promise<void> => {
    for (const one of await Promise.allSettled(made.values()))
      if (one.status === 'fulfilled') await releaseSubject(one.value.subject);
  };
  return { ground, release };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Where a random kill falls: anywhere in a conversion, or in the part of a run that writes to image and record. */
export const randomKinds = ['anywhere', 'commit', 'roll forward', 'undo'] as const;
export type RandomKind = (typeof randomKinds)[number];

/** How long a run takes, so that a kill falls into it. */
export type Durations = Record<RandomKind, number>;

/** One `kill -9` at a random time, at a random way of keeping the guest. */
export async function randomKill(
  row: Row,
  kind: RandomKind,
  given: {
    ground: (form: Form) => Promise<Ground>;
    random: () => number;
    durations: Durations;
  },
): Promise<Row> {
  const { random } = given;
  const form = forms[Math.floor(random() * forms.length)] ?? 'raw';
  const afterMs = Math.round(random() * given.durations[kind]);
  const way: Way = random() < 0.5 ? 'finish' : 'undo';
  const ground = await given.ground(form);
  const start = kind === 'roll forward' ? 'half' : kind === 'undo' ? 'done' : 'fresh';
  const stage = { anywhere: undefined, commit: 'save', 'roll forward': 'recover', undo: 'undo' }[kind];
  const fault: Fault = { kind: 'time', afterMs, slow: true, ...(stage === undefined ? {} : { stage }) };
  return attempt(row, ground, { start, fault, ways: [way] });
}
