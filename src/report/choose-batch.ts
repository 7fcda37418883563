import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import { type BatchReport, readBatchReport } from '../batch/batch-report.js';
import { identityOf } from '../state/process-identity.js';
import type { BatchEnd, PageBatch, Unreadable } from './page/page-data.js';
import { type FileReading, readReportFile, reportPaths } from './report-files.js';

export interface ChosenBatch {
  readonly batch?: PageBatch;
  /** Newer ones that might have been the one. */
  readonly unreadable: readonly Unreadable[];
}

/** What a batch was asked about: a list or image as it was given to it, and the disks that this means. */
export interface Asked {
  readonly given: string;
  readonly disks: readonly string[];
}

/** The newest batch; with `asked`, the newest that was given it. Summaries that can't be read are told on the way. */
export async function chooseBatch(stateDirectory: string, asked?: Asked): Promise<ChosenBatch> {
  const unreadable: Unreadable[] = [];
  for (const path of await reportPaths(stateDirectory, 'batches')) {
    const reading = await readReportFile(path, readBatchReport);
    if (reading.kind === 'unreadable') unreadable.push(reading);
    else if (asked === undefined || wasGiven(reading.report, asked))
      return { batch: await batchOf(reading), unreadable };
  }
  return { unreadable };
}

/** The batch whose summary is at this path. */
export async function namedBatch(path: string): Promise<ChosenBatch> {
  const reading = await readReportFile(path, readBatchReport);
  if (reading.kind === 'unreadable') return { unreadable: [reading] };
  return { batch: await batchOf(reading), unreadable: [] };
}

/**
 * A summary has lists as they were typed, and not the folder they were typed in: the same words mean the same list only
 * if one of its disks was in that batch.
 */
function wasGiven({ lists, images }: BatchReport, { given, disks }: Asked): boolean {
  if (!lists.some((list) => list === given || resolve(list) === resolve(given))) return false;
  const known = new Set(images.map(({ disk }) => disk));
  return disks.some((disk) => known.has(disk));
}

const batchOf = async ({
  path,
  report,
}: FileReading<BatchReport> & { kind: 'report' }): Promise<PageBatch> => ({
  path,
  report,
  end: await endOf(path, report),
});

/** The process is in the summary's name. One that began after the batch only has its number by chance. */
async function endOf(path: string, { ended, host }: BatchReport): Promise<BatchEnd> {
  if (ended !== undefined) return 'ended';
  const [, pid] = /-(\d+)\.json$/.exec(basename(path)) ?? [];
  if (pid === undefined || host !== hostname()) return 'open';
  return (await identityOf(Number(pid))).includes('.gone.') ? 'killed' : 'open';
}
