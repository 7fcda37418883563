import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Event } from '../events.js';
import { timeStamp } from '../state/reports.js';
import { jsonForm } from './json.js';

export interface Log {
  readonly path: string;
  readonly write: (event: Event) => void;
  readonly writeError: (error: unknown) => void;
}

/** A file of its own for each run: one JSON object a line, whatever the terminal shows. */
export function createLog(directory: string, disk: string): Log {
  const time = timeStamp(new Date());
  // A file's name has at most 255 bytes.
  const name = basename(disk)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 100);
  const path = join(directory, `${time}-${name}-${process.pid}.log`);
  const append = (entry: object) => appendLine(path, { time: new Date().toISOString(), ...entry });
  return {
    path,
    write: (event) => append(jsonForm(event)),
    writeError: (error) => append({ type: 'error', chain: chainOf(error) }),
  };
}

/** A log that can't be written must not stop a conversion; a full disk shows soon enough elsewhere. */
function appendLine(path: string, entry: object): void {
  try {
    appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  } catch {
    // The terminal has the same events.
  }
}

function chainOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const own = error.stack ?? error.message;
  return error.cause === undefined ? [own] : [own, ...chainOf(error.cause)];
}
