import { z } from 'zod';
import { exitCodes, signalExitCode } from '../exit-codes.js';
import type { ImageResult, Verdict } from './batch-events.js';

/** How the process of one image ended. */
export interface ProcessEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** The last of what it wrote to standard error. */
  readonly said: string;
  readonly milliseconds: number;
}

const outcomeSchema = z.object({
  type: z.literal('outcome'),
  outcome: z.string(),
  /** Of a failure. */
  exitCode: z.number().optional(),
  problems: z.array(z.object({ code: z.string(), message: z.string(), remedy: z.string() })),
  report: z.string().optional(),
  log: z.string().optional(),
});

type SaidOutcome = z.infer<typeof outcomeSchema>;

const stopCodes = new Set(['SIGHUP', 'SIGINT', 'SIGTERM'].map(signalExitCode));

const good: Readonly<Record<string, Verdict>> = {
  converted: 'converted',
  'already-pv': 'already-pv',
  planned: 'planned',
};

/** What became of an image, by the last line of its process and by how that ended. */
export function resultOf(disk: string, last: unknown, end: ProcessEnd): ImageResult {
  const { exitCode, milliseconds } = end;
  const { data: outcome } = outcomeSchema.safeParse(last);
  const base = { disk, milliseconds, ...(exitCode === undefined ? {} : { exitCode }) };
  if (outcome === undefined) {
    if (wasStopped(end)) return { ...base, verdict: 'interrupted', problems: [stopped] };
    return { ...base, verdict: 'failed', problems: [processDied(disk, end)] };
  }
  const { problems, report, log } = outcome;
  const files = { ...(report === undefined ? {} : { report }), ...(log === undefined ? {} : { log }) };
  return { ...base, ...files, verdict: verdictOf(outcome, exitCode), problems };
}

/**
 * What an outcome means for an image. It is said when everything is done: a signal that comes behind it ends a process that
 * is about to end.
 */
export function verdictOf(
  { outcome, exitCode: said }: Pick<SaidOutcome, 'outcome' | 'exitCode'>,
  exitCode: number | undefined,
): Verdict {
  const isGood = exitCode === exitCodes.done || exitCode === undefined;
  if (isGood && good[outcome] !== undefined) return good[outcome];
  if (outcome === 'refused') return 'refused';
  const code = said ?? exitCode ?? exitCodes.bug;
  if (code === exitCodes.inconsistent) return 'inconsistent';
  return stopCodes.has(code) ? 'interrupted' : 'failed';
}

/** By a signal that came before it listened to any, or by a second one. Nothing of the image was written by then. */
const wasStopped = ({ exitCode = 0, signal = '' }: ProcessEnd): boolean =>
  /^SIG(INT|TERM|HUP)$/.test(signal) || stopCodes.has(exitCode);

const stopped = {
  code: 'interrupted',
  message: 'stopped by a signal before anything was written',
  remedy: 'run it again',
};

function processDied(disk: string, { exitCode, signal, said }: ProcessEnd) {
  const how = signal === undefined ? `ended with ${exitCode} without an outcome` : `was killed by ${signal}`;
  return {
    code: 'process-died',
    message: `the conversion's process ${how}${said === '' ? '' : `: ${said}`}`,
    remedy: `run it again, which finishes what was begun; "convert-image status ${disk}" says what that is`,
  };
}
