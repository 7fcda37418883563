import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversionReport } from '../conversion-report.js';
import { type Conversion, type DamagedConversion, stateOf } from '../state/conversions.js';
import { isImageLocked } from '../state/image-lock.js';
import type { ConversionState } from '../state/journal-entry.js';
import { archiveSize } from './archive-size.js';
import { identify } from './open.js';

type Row = readonly [ConversionReport['state'], (path: string) => string];

/** What each state means to a person, and what can be done. */
const rows: Readonly<Record<ConversionState, Row>> = {
  committing: [
    'interrupted',
    (path) =>
      `do not start the guest; "convert-image ${path}" finishes the commit, "convert-image undo ${path}" goes back`,
  ],
  committed: [
    'record-not-flipped',
    (path) => `"convert-image ${path}" flips the record, "convert-image undo ${path}" goes back`,
  ],
  done: [
    'converted',
    (path) =>
      `"convert-image undo ${path}" gives back the original while the guest has not run; "convert-image forget ${path}" drops the archive`,
  ],
  undoing: [
    'undo-interrupted',
    (path) => `do not start the guest; "convert-image undo ${path}" finishes the undo`,
  ],
  undone: ['undone', (path) => `the next run on ${path} removes what is left`],
};

/** A conversion as `status` tells it. One that a process is working on has not been interrupted. */
export async function reportOf(conversion: Conversion, stateDirectory: string): Promise<ConversionReport> {
  const { begun, folder } = conversion;
  const { path } = begun.image;
  const [state, advise] = rows[stateOf(conversion)];
  const common = { type: 'conversion', disk: path, since: begun.time, folder } as const;
  const bytes = await bytesIn(folder);
  if (state !== 'converted' && (await isAtWork(path, stateDirectory)))
    return { ...common, bytes, state: 'at-work', advice: 'wait until that conversion has ended' };
  return { ...common, bytes, state, advice: advise(path) };
}

/** The same of a journal that can't be read. */
export async function reportOfDamaged({ folder, reason }: DamagedConversion): Promise<ConversionReport> {
  const advice = `${reason}; undo.qcow2 there holds the original content of what was overwritten`;
  const bytes = await bytesIn(folder);
  return { type: 'conversion', disk: '', since: '', folder, bytes, state: 'damaged', advice };
}

async function isAtWork(path: string, stateDirectory: string): Promise<boolean> {
  const identity = await identify(path).catch(() => undefined);
  return identity !== undefined && isImageLocked(stateDirectory, identity);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => archiveSize(join(folder, name)).catch(() => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
