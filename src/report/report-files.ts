/** Reports as files: which there are, newest first, and what they say. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError } from '../errors.js';
import type { ReportReading } from '../run-report.js';
import type { Unreadable } from './page/page-data.js';

/** A report that was read, or the reason why not. */
export type FileReading<T> =
  | { readonly kind: 'report'; readonly path: string; readonly report: T }
  | ({ readonly kind: 'unreadable' } & Unreadable);

/**
 * Paths of the reports in a folder of the state directory, newest first: their names begin with the time. None where
 * there is no folder; throws a `ToolError` where it can't be read.
 */
export async function reportPaths(stateDirectory: string, folder: 'reports' | 'batches'): Promise<string[]> {
  const place = join(stateDirectory, folder);
  try {
    const names = await readdir(place);
    const reports = names.filter((name) => name.endsWith('.json'));
    return reports
      .sort()
      .reverse()
      .map((name) => join(place, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new ToolError(`the reports in ${place} can't be listed: ${messageOf(error)}`, {
      remedy: 'run as root, or name another place with --state-dir',
      cause: error,
    });
  }
}

/** Reads one file by its reader. Whatever is wrong is answered with the reason. */
export async function readReportFile<T>(
  path: string,
  read: (text: string) => ReportReading<T>,
): Promise<FileReading<T>> {
  try {
    return { ...read(await readFile(path, 'utf8')), path };
  } catch (error) {
    return { kind: 'unreadable', path, reason: messageOf(error) };
  }
}

/**
 * The same of a report that another one names. A state directory that was moved or copied has it in its own folder.
 */
export async function readNamedReport<T>(
  named: string,
  stateDirectory: string,
  read: (text: string) => ReportReading<T>,
): Promise<FileReading<T>> {
  const first = await readReportFile(named, read);
  const here = join(stateDirectory, 'reports', basename(named));
  if (first.kind === 'report' || here === named) return first;
  const second = await readReportFile(here, read);
  return second.kind === 'report' ? second : first;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
