/** What a batch leaves for those who come later, `report` above all: which images, how each ended, where its report is. */
import { z } from 'zod';
import { type ReportReading, readReport } from '../run-report.js';

const counts = z.object({
  total: z.number(),
  converted: z.number(),
  'already-pv': z.number(),
  planned: z.number(),
  refused: z.number(),
  failed: z.number(),
  inconsistent: z.number(),
  interrupted: z.number(),
  'not-begun': z.number(),
});

const problem = z.object({ code: z.string(), message: z.string(), remedy: z.string() });

const image = z.object({
  disk: z.string(),
  /** As the batch's events call it; `not-begun` also while it runs. */
  verdict: z.enum([
    'converted',
    'already-pv',
    'planned',
    'refused',
    'failed',
    'inconsistent',
    'interrupted',
    'not-begun',
  ]),
  exitCode: z.number().optional(),
  milliseconds: z.number().optional(),
  /** Its problems' codes. */
  codes: z.array(z.string()),
  /** The problems themselves, of an image whose process died and left no report that has them. */
  problems: z.array(problem).optional(),
  /** The path of its run report. */
  report: z.string().optional(),
  log: z.string().optional(),
});

/** What a batch report's file must hold. */
export const batchReportSchema = z.object({
  version: z.literal(1),
  host: z.string(),
  program: z.string(),
  /** ISO 8601. */
  started: z.string(),
  /** Missing while the batch runs, and of one that was killed. */
  ended: z.string().optional(),
  exitCode: z.number().optional(),
  stopped: z.enum(['canary', 'failures', 'signal']).optional(),
  /** As they were given: list files, patterns, names. */
  lists: z.array(z.string()),
  rules: z.object({
    jobs: z.number(),
    canary: z.number(),
    stopAfterFailures: z.number().optional(),
    where: z.array(z.string()),
  }),
  /** The command line's, without anything secret. */
  options: z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())])),
  counts,
  images: z.array(image),
});

export type BatchReport = Readonly<z.infer<typeof batchReportSchema>>;

/** Reads the text of a batch's report. One of another version, or that isn't whole, is answered with the reason. */
export const readBatchReport = (text: string): ReportReading<BatchReport> =>
  readReport(text, batchReportSchema);

/** A mirror's address may hold a name and a password, a record's too. */
export const withoutSecrets = (text: string): string => text.replace(/:\/\/[^/]*@/g, '://(hidden)@');
