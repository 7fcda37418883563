/** What one run of `convert` leaves for those who come later: a JSON file that is written once and read by programs. */
import { z } from 'zod';
import type { Outcome, RecordOutcome } from './events.js';

const problem = z.object({ code: z.string(), message: z.string(), remedy: z.string() });
const notice = z.object({ code: z.string(), message: z.string() });

const record: z.ZodType<RecordOutcome> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['flipped', 'already-pv', 'would-flip', 'restored']),
    record: z.string(),
    diff: z.string(),
  }),
  z.object({ kind: z.enum(['written', 'removed']), path: z.string() }),
  z.object({ kind: z.literal('none'), reason: z.string() }),
]);

const kernel = z.object({
  version: z.string(),
  /** Whether its image and configuration let it boot as PV. */
  pv: z.boolean(),
  /** Why not. */
  reason: z.string().optional(),
  compression: z.string().optional(),
  initramfs: z.string().optional(),
});

const fileSystem = z.object({
  device: z.string(),
  type: z.string(),
  partition: z.number().optional(),
  logicalVolume: z.string().optional(),
  mountedAt: z.string().optional(),
});

const facts = z.object({
  release: z.object({ id: z.string(), version: z.string(), codename: z.string(), name: z.string() }),
  architecture: z.string(),
  initSystem: z.string(),
  kernels: z.array(kernel),
  fileSystems: z.array(fileSystem),
  /** `appliance` if any look at the guest needed it. */
  access: z.enum(['direct', 'appliance']).optional(),
});

const step = z.object({
  path: z.string(),
  change: z.enum(['added', 'changed', 'removed']),
  reasons: z.array(z.string()),
  /** As `diff -u` prints it. Of a very long one there is a sentence that names the log instead. */
  diff: z.string(),
});

/** What the guest's network was to get, and who said so. */
const value = z.object({
  name: z.string(),
  value: z.string(),
  origin: z.string(),
  /** Which site, which record. */
  where: z.string().optional(),
});

const stage = z.object({
  stage: z.string(),
  detail: z.string(),
  /** Missing where the run ended inside. */
  milliseconds: z.number().optional(),
});

/** What a report's file must hold. */
export const runReportSchema = z.object({
  version: z.literal(1),
  /** Absolute. */
  disk: z.string(),
  host: z.string(),
  /** Version of the program that ran. */
  program: z.string(),
  /** ISO 8601, as `ended`. */
  started: z.string(),
  ended: z.string(),
  milliseconds: z.number(),
  outcome: z.object({
    outcome: z.string(),
    exitCode: z.number(),
    problems: z.array(problem),
    /** The state of the image after a failure, in words. */
    state: z.string().optional(),
  }),
  /** The guest as it came; missing when it could not be looked at. */
  facts: facts.optional(),
  steps: z.array(step),
  values: z.array(value).optional(),
  /** Names of the packages that had to be installed. */
  packages: z.array(z.string()).optional(),
  notices: z.array(notice),
  record: record.optional(),
  /** In the order in which they began. */
  stages: z.array(stage),
  /** The checks of the result that were passed. */
  verification: z.object({ checks: z.array(z.string()) }).optional(),
  /** Seconds from the start of the machine to each step, and the prompt that was seen. */
  bootTest: z.object({ seconds: z.record(z.string(), z.number()), login: z.string() }).optional(),
  undoArchive: z.object({ path: z.string(), bytes: z.number() }).optional(),
  log: z.string(),
});

export type RunReport = Readonly<z.infer<typeof runReportSchema>>;

/** The names that an outcome can have in a report. */
export type ReportedOutcome = Outcome['outcome'];

export type ReportReading<T> =
  | { readonly kind: 'report'; readonly report: T }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads the text of a report's file. One of another version, or that isn't whole, is answered with the reason. */
export const readRunReport = (text: string): ReportReading<RunReport> => readReport(text, runReportSchema);

/** Reads a report of any kind by its schema, which must ask for `version: 1`. Unknown keys are left out. */
export function readReport<T>(text: string, kind: z.ZodType<T>): ReportReading<T> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: 'it is not JSON, or not all of it is there' };
  }
  const { data } = z.object({ version: z.unknown() }).safeParse(content);
  if (data === undefined) return { kind: 'unreadable', reason: 'it says no version, so it is no report' };
  if (data.version !== 1) {
    const reason = `it has version ${JSON.stringify(data.version)}; this program reads version 1: a newer convert-image may have written it`;
    return { kind: 'unreadable', reason };
  }
  const parsed = kind.safeParse(content);
  if (parsed.success) return { kind: 'report', report: parsed.data };
  return {
    kind: 'unreadable',
    reason: `it is not as version 1 should be: ${z.prettifyError(parsed.error)}`,
  };
}
