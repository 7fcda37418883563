/** What a job keeps of its last run: how it ended, and the run's whole report, so that a page can be made anywhere. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ImageResult } from '../batch/batch-events.js';
import { type RunReport, readRunReport, runReportSchema } from '../run-report.js';

const problem = z.object({ code: z.string(), message: z.string(), remedy: z.string() });

const jobOutputSchema = z.object({
  version: z.literal(1),
  verdict: z.enum(['converted', 'already-pv', 'planned', 'refused', 'failed', 'inconsistent', 'interrupted']),
  problems: z.array(problem),
  exitCode: z.number().optional(),
  milliseconds: z.number().optional(),
  /** Paths on the job's host. */
  reportPath: z.string().optional(),
  log: z.string().optional(),
  report: runReportSchema.optional(),
});

export type JobOutput = z.infer<typeof jobOutputSchema>;

/** What a job's column says; undefined where it says nothing that this program knows. */
export const readOutput = (value: unknown): JobOutput | undefined => jobOutputSchema.safeParse(value).data;

/** An ordinary report has some 10 kB. Twenty thousand of the longest that are kept whole would be 5 GB. */
const mostCharacters = 256 * 1024;

/** The output of a run, with its report read from where the run left it. Bounded in size, and taken by `jsonb`. */
export async function outputOf(result: ImageResult): Promise<JobOutput> {
  const { verdict, problems, exitCode, milliseconds, report: path, log } = result;
  const report = path === undefined ? undefined : await reportAt(path);
  const output: JobOutput = {
    version: 1,
    verdict,
    problems: problems.map((one) => ({ ...one })),
    milliseconds,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(path === undefined ? {} : { reportPath: path }),
    ...(log === undefined ? {} : { log }),
  };
  return storable(report === undefined ? output : withReport(output, report));
}

async function reportAt(path: string): Promise<RunReport | undefined> {
  const reading = readRunReport(await readFile(path, 'utf8').catch(() => ''));
  return reading.kind === 'report' ? reading.report : undefined;
}

/** Diffs are what can be long: they go first, then the whole report. */
export function withReport(output: JobOutput, report: RunReport): JobOutput {
  const whole = { ...output, report };
  if (lengthOf(whole) <= mostCharacters) return whole;
  const steps = report.steps.map((step) => ({
    ...step,
    diff: `The diff has ${step.diff.length} characters; ${output.reportPath ?? 'the report'} on ${report.host} holds it.\n`,
  }));
  const short = { ...output, report: { ...report, steps } };
  return lengthOf(short) <= mostCharacters ? short : output;
}

const lengthOf = (value: unknown): number => JSON.stringify(value).length;

/** PostgreSQL's `jsonb` takes neither NUL nor half a surrogate pair, and texts of guests may hold both. */
export function storable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    typeof inner === 'string' ? inner.replace(/[\0\p{Cs}]/gu, '\ufffd') : inner,
  ) as T;
}
