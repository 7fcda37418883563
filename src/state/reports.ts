/** Folders of reports, which are kept longer than logs are read and not for ever. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A year, so that what was done last time can be looked up, and a month for those who come late. */
const longestDays = 400;

/** Some 10 kB each: 100 MB, and as many names as a folder lists in some milliseconds. */
const mostReports = 10_000;

/** `20261127T165211Z-…`: names of logs and reports begin with the time, so that they sort by age. */
const timedName = /^\d{8}T\d{6}Z-.*\.json(\.tmp)?$/;

/** A time as the names of logs and reports begin with it: `20261127T165211Z`. */
export const timeStamp = (time: Date): string => time.toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');

/** Which of a folder's names are too old, or too many, oldest first. Other files than reports are never among them. */
export function namesToSweep(names: readonly string[], now: Date, most = mostReports): string[] {
  const reports = names.filter((name) => timedName.test(name)).sort();
  const oldest = timeStamp(new Date(now.getTime() - longestDays * 24 * 60 * 60 * 1000));
  const surplus = reports.length - most;
  return reports.filter((name, index) => index < surplus || name < oldest);
}

/**
 * Writes a report below the state directory, whole or not at all, and sweeps old ones. Gives its path; undefined where
 * it can't be written, which must not change how a run ends.
 */
export function saveReport(
  stateDirectory: string,
  folder: 'reports' | 'batches',
  name: string,
  report: object,
): string | undefined {
  const place = join(stateDirectory, folder);
  const path = join(place, name);
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.tmp`, `${JSON.stringify(report, undefined, 1)}\n`, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
    for (const old of namesToSweep(readdirSync(place), new Date())) rmSync(join(place, old), { force: true });
    return path;
  } catch {
    return undefined;
  }
}
