/** The executable: signals, standard streams and the exit code. Nothing else uses `process`' streams. */
import { setGracefulCleanup } from 'tmp-promise';
import type { BatchEvent } from './batch/batch-events.js';
import { runCommandLine } from './cli.js';
import type { CommonFlags } from './commands/options.js';
import type { BatchJob, FleetJob, Job, PageJob, WorkerJob } from './commands/runtime.js';
import type { Context } from './context.js';
import { CommitError, InterruptedError } from './errors.js';
import type { Event, Outcome, StageName } from './events.js';
import { consequenceOf, exitCodeOf, failureOutcome } from './exit-codes.js';
import { safe } from './reporters/escape.js';
import { createJsonReporter } from './reporters/json.js';
import { createLog } from './reporters/log.js';
import { choosePaint } from './reporters/paint.js';
import { createReportWriter } from './reporters/report-writer.js';
import { createTextReporter } from './reporters/text.js';
import { prepareStateDirectory } from './state/state-directory.js';
import { ourEnd } from './tools/die-with-us.js';

const out = (text: string) => void process.stdout.write(text);
const err = (text: string) => void process.stderr.write(text);

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Interruption {
  readonly signal: AbortSignal;
  /** The outcome is made: whatever comes now comes too late. */
  readonly end: () => void;
  /** From now on the first signal waits for the end, since the image is being written. */
  readonly hold: (held: Held) => void;
}

interface Held {
  /** Says that a signal has come and is kept waiting. */
  readonly announce: (signal: NodeJS.Signals) => void;
  /** Says in what state a second one leaves things, and ends the process. */
  readonly giveUp: () => never;
}

/**
 * Aborts with the signal's name at the first one; a second one ends the process at once. The end of the batch that
 * started this run is like a first one, and never a second, however often the kernel tells it.
 */
function listenToSignals(acknowledge: (signal: NodeJS.Signals) => void): Interruption {
  const controller = new AbortController();
  let held: Held | undefined;
  let isHeard = false;
  let isOrphan = false;
  let isOver = false;
  const hear = (signal: NodeJS.Signals) => {
    if (held !== undefined) return held.announce(signal);
    acknowledge(signal);
    controller.abort(new InterruptedError(signal));
  };
  for (const signal of signals) {
    process.on(signal, () => {
      if (isOver) return;
      if (isHeard) held?.giveUp();
      if (isHeard) process.exit(consequenceOf(new InterruptedError(signal)).exitCode);
      isHeard = true;
      hear(signal);
    });
  }
  process.on(ourEnd, () => {
    if (isHeard || isOrphan || isOver) return;
    isOrphan = true;
    hear('SIGTERM');
  });
  const end = () => {
    isOver = true;
  };
  const hold = (now: Held) => {
    held = now;
  };
  return { signal: controller.signal, hold, end };
}

/** Stages that write to the image or the record from their beginning on. */
const writes: ReadonlySet<StageName> = new Set<StageName>(['flip', 'recover', 'undo']);

/** Whether the run has come so far that it is better ended than interrupted. */
const isWriting = (event: Event): boolean =>
  event.type === 'committing' || (event.type === 'stage-started' && writes.has(event.stage));

const interrupted = (disk: string): CommitError =>
  new CommitError(`stopped by a second signal while ${disk} was written`, {
    remedy: `do not start the guest; run "convert-image ${disk}" to finish or "convert-image undo ${disk}" to go back`,
  });

function textOptions(flags: CommonFlags) {
  const paint = choosePaint(flags.color, process.stdout.isTTY === true, process.env);
  const verbosity = flags.quiet
    ? ('quiet' as const)
    : flags.verbose
      ? ('verbose' as const)
      : ('normal' as const);
  return { out, err, paint, verbosity };
}

function createReporter({ flags, shows }: Pick<Job, 'flags' | 'shows'>): (event: Event) => void {
  if (flags.json) return createJsonReporter(out);
  return createTextReporter({ ...textOptions(flags), shows });
}

/** A single conversion doesn't load what draws a batch. */
async function createBatchReporter(flags: CommonFlags): Promise<(event: BatchEvent) => void> {
  if (flags.json) return (await import('./reporters/batch-json.js')).createBatchJson(out);
  const options = textOptions(flags);
  const { isTTY, columns, rows } = process.stderr;
  const isDrawn = isTTY === true && columns > 0 && rows > 0 && process.env.TERM !== 'dumb';
  if (!isDrawn || options.verbosity !== 'normal')
    return (await import('./reporters/batch-lines.js')).createBatchLines(options);
  return (await import('./reporters/batch-terminal.js')).createBatchTerminal(options, process.stderr);
}

const onSignal = (listener: (signal: NodeJS.Signals) => void): void => {
  for (const signal of signals) process.on(signal, () => listener(signal));
};

/** A batch ends by itself when a signal has come and everything that ran has ended. */
async function runBatch({ flags, work }: BatchJob): Promise<void> {
  const emit = await createBatchReporter(flags);
  const outcome = await work({ emit, onSignal, prepare: prepareStateDirectory });
  if (outcome.outcome === 'batch') emit(outcome);
  else createReporter({ flags, shows: 'nothing' })(outcome);
  process.exitCode = outcome.outcome === 'batch' ? outcome.exitCode : exitCodeOf(outcome);
}

/** As a batch: a signal ends it once what runs has ended. */
async function runWorker({ flags, work }: WorkerJob): Promise<void> {
  const { createWorkerReporter } = await import('./reporters/worker.js');
  const isTerminal = process.stdout.isTTY === true;
  const emit = createWorkerReporter(textOptions(flags), flags.json || !isTerminal);
  const outcome = await work({ emit, onSignal, prepare: prepareStateDirectory });
  if (outcome.outcome === 'worker') emit(outcome);
  else createReporter({ flags, shows: 'nothing' })(outcome);
  process.exitCode = outcome.outcome === 'worker' ? outcome.exitCode : exitCodeOf(outcome);
}

async function runFleet({ flags, work }: FleetJob): Promise<void> {
  const { createFleetReporter, isOfFleet } = await import('./reporters/fleet.js');
  const emit = createFleetReporter(textOptions(flags), flags.json, process.stdout);
  const outcome = await work({ emit });
  if (isOfFleet(outcome)) emit(outcome);
  else createReporter({ flags, shows: 'nothing' })(outcome);
  process.exitCode = isOfFleet(outcome) ? outcome.exitCode : exitCodeOf(outcome);
}

async function runPage({ flags, work }: PageJob): Promise<void> {
  const outcome = await work(out);
  createReporter({ flags, shows: 'nothing' })(outcome);
  process.exitCode = exitCodeOf(outcome);
}

async function runJob(job: Job): Promise<void> {
  const report = createReporter(job);
  const outcome = await outcomeOf(job, report);
  report(outcome);
  process.exitCode = exitCodeOf(outcome);
}

async function outcomeOf(job: Job, report: (event: Event) => void): Promise<Outcome> {
  const { disk, flags } = job;
  const stateDirectory = flags['state-dir'];
  let log: ReturnType<typeof createLog> | undefined;
  let lasting: ReturnType<typeof createReportWriter> | undefined;
  const tell = (event: Event) => {
    log?.write(event);
    lasting?.write(event);
    report(event);
  };
  // A batch that has its signal from the same sender hears so that this run needs none from it.
  const { signal, hold, ...interruption } = listenToSignals((name) => {
    const message = `${name}: stopping, once what is in use has been cleaned up`;
    tell({ type: 'notice', notice: { code: 'signal-heard', message } });
  });
  /** An outcome as it is told, once it is in the log and in the report. */
  const end = (outcome: Outcome): Outcome => {
    interruption.end();
    if (log === undefined) return outcome;
    log.write(outcome);
    const logged = { ...outcome, log: log.path };
    return lasting?.finish(logged) ?? logged;
  };
  const held: Held = {
    announce: (name) => {
      const message = `${name}: what has begun to be written is finished first; a second signal stops at once`;
      tell({ type: 'notice', notice: { code: 'signal-held', message } });
    },
    giveUp: () => {
      const outcome = failureOutcome(disk, interrupted(disk));
      report(end(outcome));
      process.exit(outcome.exitCode);
    },
  };
  try {
    log = createLog(await prepareStateDirectory(stateDirectory), disk);
    if (job.leavesReport) lasting = createReportWriter(stateDirectory, disk, log.path);
    const emit = (event: Event) => {
      if (isWriting(event)) hold(held);
      tell(event);
    };
    const context: Context = { emit, signal, stateDirectory };
    return end(await job.work(context));
  } catch (error) {
    const outcome = end(
      failureOutcome(disk, signal.aborted && !isConsequential(error) ? signal.reason : error),
    );
    log?.writeError(error);
    if (flags.verbose && error instanceof Error) err(safe`${error.stack ?? ''}\n`.value);
    return outcome;
  }
}

/** After an interruption whatever breaks next is its consequence, unless the image or the record had been reached. */
const isConsequential = (error: unknown): boolean => consequenceOf(error).exitCode === 6;

/** For what went wrong before a job had its reporter; programs get their last object all the same. */
function reportFailure(outcome: ReturnType<typeof failureOutcome>, error: unknown): void {
  if (process.argv.includes('--json')) createJsonReporter(out)(outcome);
  for (const { message, remedy } of outcome.problems)
    err(safe`convert-image: ${message}\n${remedy === '' ? '' : `  ${remedy}\n`}`.value);
  if (outcome.exitCode === 1 && error instanceof Error) err(safe`${error.stack ?? ''}\n`.value);
}

setGracefulCleanup();
// Who reads us may have ended: a commit isn't broken off for that, and the log has everything.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
try {
  await runCommandLine(process.argv.slice(2), { runJob, runBatch, runPage, runFleet, runWorker });
} catch (error) {
  const outcome = failureOutcome('', error);
  reportFailure(outcome, error);
  process.exitCode = outcome.exitCode;
}
