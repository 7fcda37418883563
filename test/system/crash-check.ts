import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { status } from '../../src/journals.js';
import {
  contentOf,
  conversionsOf,
  convertedContent,
  giveBack,
  keep,
  recordNow,
  type Subject,
} from './crash-guest.js';
import { type Fault, runWith } from './crash-run.js';
import type { Run } from './program.js';
import { leftovers, problemsOf } from './untouched.js';

/** What a crash has left: the journal's last state (`nothing` without a journal), and the disk. */
export interface Wreck {
  readonly state: string;
  readonly content: string;
  /** What the guest's disk is when the conversion has been finished; undefined where nothing tells. */
  readonly converted: string | undefined;
}

/** Thrown where a promise was broken. */
class Lost extends Error {}

function demand(condition: boolean, what: string, run?: Run): asserts condition {
  if (!condition) throw new Lost(`${what}${run === undefined ? '' : `\n${run.stdout}${run.stderr}`}`);
}

const reported: Readonly<Record<string, string>> = {
  committing: 'interrupted',
  committed: 'record-not-flipped',
  done: 'converted',
  undoing: 'undo-interrupted',
  undone: 'undone',
};

/**
 * Looks at what a crash has left. Before the journal begins everything must be as it was; `status` must know the
 * state. `known` is the converted disk, where an earlier look at the same conversion has told.
 */
export async function inspectWreck(subject: Subject, known?: string): Promise<Wreck> {
  const found = await conversionsOf(subject);
  demand(found.length <= 1, `${found.length} conversions`);
  const state = found[0]?.state ?? 'nothing';
  const content = await contentOf(subject);
  const said = await statusOf(subject);
  demand(
    said.join() === (state === 'nothing' ? '' : reported[state]),
    `status says "${said}" in the state ${state}`,
  );
  const isOriginal = content === subject.original && (await recordNow(subject)) === subject.recordText;
  if (state === 'nothing' || state === 'undone') demand(isOriginal, `the original is gone in ${state}`);
  if (state === 'nothing') return { state, content, converted: undefined };
  const converted = known ?? (await convertedContent(subject)) ?? content;
  const isWhole = state === 'committed' || state === 'done';
  demand(!isWhole || content === converted, `the image is not the converted one, but ${state}`);
  return { state, content, converted };
}

async function statusOf({ disk, folder }: Subject): Promise<string[]> {
  const said: string[] = [];
  await status(disk, {
    emit: (event) => event.type === 'conversion' && said.push(event.state),
    signal: new AbortController().signal,
    stateDirectory: join(folder, 'state'),
  });
  return said;
}

/** Runs the conversion once more and demands that all is converted then, and nothing is left behind. */
export async function finish(subject: Subject, { state, converted }: Wreck): Promise<void> {
  if (state === 'undoing') {
    const run = await runWith(subject, subject.args);
    demand(
      run.exitCode === 6 && problemsOf(run)[0]?.remedy.includes('convert-image undo') === true,
      'undoing',
      run,
    );
    return goBack(subject, 'undoing');
  }
  const run = await runWith(subject, subject.args);
  demand(run.exitCode === 0, `convert after ${state} ended with ${run.exitCode}`, run);
  await demandConverted(subject, state === 'undone' ? undefined : converted);
}

/** Everything of a converted guest is there, and nothing else. `content` is what its disk must be, where that is known. */
export async function demandConverted(subject: Subject, content?: string): Promise<void> {
  const now = await contentOf(subject);
  demand(now !== subject.original, 'the image is the original one after a conversion');
  demand(content === undefined || now === content, 'the image is not what the overlay made of the original');
  const record = (await recordNow(subject)) ?? '';
  demand(
    /^type = "pv"$/m.test(record) && !/^(builder|boot) = /m.test(record),
    `the record is not PV:\n${record}`,
  );
  const found = await conversionsOf(subject);
  demand(found.length >= 1 && found.every(({ state }) => state === 'done'), 'a journal is not done');
  for (const { files } of found) demand(!files.includes('overlay.qcow2'), `left behind: ${files}`);
  if (subject.form !== 'qcow2' && subject.form !== 'vhd') await execa`e2fsck -fn ${subject.disk}`;
  await demandTidy(subject);
}

/** Runs `undo` and demands that all is as it was, and nothing is left behind. */
export async function goBack(subject: Subject, state: string): Promise<void> {
  const run = await runWith(subject, ['undo']);
  const nothing = run.exitCode === 3 && problemsOf(run)[0]?.code === 'nothing-to-undo';
  demand(
    run.exitCode === 0 || (nothing && state === 'nothing'),
    `undo after ${state} ended with ${run.exitCode}`,
    run,
  );
  await demandOriginal(subject);
  if (!nothing) await demandTidy(subject);
}

/** Everything is as it was at first. Scratch of a killed run may be there until the next one that needs some. */
export async function demandOriginal(subject: Subject): Promise<void> {
  demand((await contentOf(subject)) === subject.original, 'the image is not the original one');
  const record = await recordNow(subject);
  demand(record === subject.recordText, `the record is not the original one:\n${record}`);
  demand((await conversionsOf(subject)).length === 0, 'a conversion is left behind');
}

/** No scratch, no drafts, a sound container. */
async function demandTidy(subject: Subject): Promise<void> {
  demand((await leftovers(subject.folder)).length === 0, 'the work folder is not empty');
  const names = await readdir(subject.folder, { recursive: true });
  const odd = names.filter((name) => /\.convert-image-|\.new$/.test(name));
  demand(odd.length === 0, `left behind: ${odd}`);
  if (subject.form !== 'qcow2') return;
  const { exitCode } = await execa({ reject: false })`qemu-img check -q -f qcow2 ${subject.file}`;
  // 3: clusters that nobody uses, which only waste space.
  demand(exitCode === 0 || exitCode === 3, `qemu-img check ended with ${exitCode}`);
}

/** A run that was not killed must tell what is so: nothing is written, all is done, or which command mends it. */
function demandHonest({ exitCode, ...run }: Run, { state }: Wreck): void {
  const whole = state !== 'committing' && state !== 'undoing';
  const remedy = problemsOf({ exitCode, ...run })[0]?.remedy ?? '';
  const isHonest =
    exitCode === undefined ||
    (exitCode === 0 && (state === 'done' || state === 'nothing')) ||
    ((exitCode === 4 || exitCode === 5) && whole) ||
    (exitCode === 6 && /convert-image|same command/.test(remedy));
  demand(isHonest, `exit code ${exitCode} in the state ${state}`, { exitCode, ...run });
}

/** What came of one fault. */
export interface Result {
  readonly state: string;
  /** Whether the program was killed. */
  readonly killed: boolean;
  readonly exitCode: number | undefined;
}

/** How a wreck is mended: `finish` runs the conversion again. */
export type Way = 'finish' | 'undo';

/** One fault, and then each of these ways out of the wreck it leaves. `known` is the converted disk, where it is known. */
export async function hurtAndMend(
  subject: Subject,
  { command, fault, known }: { command: readonly string[]; fault: Fault; known?: string | undefined },
  ways: readonly Way[],
): Promise<Result> {
  const run = await runWith(subject, command, fault);
  const wreck = await inspectWreck(subject, known);
  demandHonest(run, wreck);
  if (ways.length > 1) await keep(subject, 'wreck');
  for (const [index, way] of ways.entries()) {
    if (index > 0) await giveBack(subject, 'wreck');
    if (way === 'finish') await finish(subject, wreck);
    else await goBack(subject, wreck.state);
  }
  return { state: wreck.state, killed: run.exitCode === undefined, exitCode: run.exitCode };
}
