/** Finds the reports that a page shows. */
import type { BatchReport } from '../batch/batch-report.js';
import { verdictOf } from '../batch/verdict.js';
import { programVersion } from '../program-version.js';
import { type RunReport, readRunReport } from '../run-report.js';
import type { ChosenBatch } from './choose-batch.js';
import type { PageBatch, PageData, Unreadable, Vm } from './page/page-data.js';
import { type FileReading, readNamedReport, readReportFile, reportPaths } from './report-files.js';

type Found = Pick<PageData, 'vms' | 'unreadable'>;

/** A page's content: of a batch, of these disks, or of every disk that has a report. */
export async function gatherPage(
  stateDirectory: string,
  chosen: ChosenBatch,
  disks?: readonly string[],
): Promise<PageData> {
  const { batch } = chosen;
  const found =
    batch === undefined ? await newestRuns(stateDirectory, disks) : await runsOf(batch, stateDirectory);
  return {
    made: new Date().toISOString(),
    program: programVersion,
    stateDirectory,
    ...(batch === undefined ? {} : { batch }),
    vms: found.vms,
    unreadable: [...chosen.unreadable, ...found.unreadable],
  };
}

/** The newest run of each disk; a disk that was asked for and has none is told so. */
async function newestRuns(stateDirectory: string, disks?: readonly string[]): Promise<Found> {
  const unreadable: Unreadable[] = [];
  const newest = new Map<string, Vm>();
  for (const path of await reportPaths(stateDirectory, 'reports')) {
    const reading = await readReportFile(path, readRunReport);
    if (reading.kind === 'unreadable') unreadable.push(reading);
    else if (!newest.has(reading.report.disk)) newest.set(reading.report.disk, vmOf(reading));
  }
  const asked =
    disks ?? [...newest.keys()].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  const vms = asked.map((disk): Vm => newest.get(disk) ?? { disk, standing: 'unknown', codes: [] });
  return { vms, unreadable };
}

function vmOf({ path, report }: FileReading<RunReport> & { kind: 'report' }): Vm {
  const { outcome } = report;
  return {
    disk: report.disk,
    standing: verdictOf(outcome, outcome.exitCode),
    exitCode: outcome.exitCode,
    codes: outcome.problems.map(({ code }) => code),
    report,
    reportPath: path,
  };
}

/** The images of a batch, each with the report that its summary names. */
async function runsOf({ report, end }: PageBatch, stateDirectory: string): Promise<Found> {
  const later = end === 'ended' ? { vms: [], unreadable: [] } : await runsSince(report, stateDirectory);
  const byDisk = new Map(later.vms.map((vm) => [vm.disk, vm]));
  const unreadable: Unreadable[] = [...later.unreadable];
  const vms: Vm[] = [];
  for (const image of report.images) {
    const { vm, missing } = await vmOfImage(image, stateDirectory);
    if (missing !== undefined && !unreadable.some(({ path }) => path === missing.path))
      unreadable.push(missing);
    vms.push(vm.standing === 'not-begun' ? (byDisk.get(vm.disk) ?? vm) : vm);
  }
  return { vms, unreadable };
}

async function vmOfImage(
  { verdict, report: path, ...image }: BatchReport['images'][number],
  stateDirectory: string,
): Promise<{ readonly vm: Vm; readonly missing?: Unreadable }> {
  const { disk, codes, problems, milliseconds, exitCode, log } = image;
  const vm: Vm = {
    disk,
    standing: verdict,
    codes,
    ...(problems === undefined ? {} : { problems }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(log === undefined ? {} : { log }),
  };
  if (path === undefined) return { vm };
  const reading = await readNamedReport(path, stateDirectory, readRunReport);
  if (reading.kind === 'unreadable') return { vm: { ...vm, reportPath: path }, missing: reading };
  return { vm: { ...vm, report: reading.report, reportPath: reading.path } };
}

/** A batch that was killed hasn't counted what its conversions did last; their own reports say it. */
async function runsSince({ started }: BatchReport, stateDirectory: string): Promise<Found> {
  const found = await newestRuns(stateDirectory);
  return { ...found, vms: found.vms.filter(({ report }) => (report?.started ?? '') >= started) };
}
