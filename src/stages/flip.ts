import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RecordError } from '../errors.js';
import type { RecordOutcome } from '../events.js';
import { hideSecrets } from '../mode-records/hide-secrets.js';
import { chooseRecord } from '../mode-records/list.js';
import type { ModeRecord, RecordPlan } from '../mode-records/mode-record.js';
import { makeNewFile, removeNewFile } from '../mode-records/new-file.js';
import { pvConfig } from '../mode-records/pv-config.js';
import type { RecordBoot } from '../mode-records/record-boot.js';
import { xlRecord } from '../mode-records/xl.js';
import type { DiskImage, Notice, Problem } from '../model.js';
import { bootWayRefusals } from '../plan/boot-way-refusals.js';
import { textDiff } from '../plan/plan-diff.js';
import { refusals } from '../plan/refusals.js';
import { hasPvGrub, isDom0 } from '../tools/host-xen.js';

/** The record of this disk, read before anything is written, so that a record that can't be turned is found early. */
export type PreparedRecord =
  | {
      readonly kind: 'record';
      readonly record: ModeRecord;
      readonly plan: Exclude<RecordPlan, { kind: 'problem' }>;
    }
  /** `--record none`. */
  | { readonly kind: 'none'; readonly reason: string }
  /** Nobody names the disk: a configuration is written beside the image. */
  | { readonly kind: 'new'; readonly path: string; readonly text: string };

export type RecordPreparation =
  | PreparedRecord
  | { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/**
 * Finds the record that `--record` asks for and what turning it to PV means. Changes nothing. `boot` is missing while
 * it isn't known yet how the guest will boot: then the answer says whether the record can be turned at all.
 */
export async function prepareRecord(
  option: string,
  image: DiskImage,
  stateDirectory: string,
  boot?: RecordBoot,
): Promise<RecordPreparation> {
  const chosen = await chooseRecord(option, image.path);
  if (chosen.kind === 'problem') return { kind: 'refusal', problems: [chosen.problem] };
  const missing = await missingProgram(boot);
  if (missing !== undefined) return { kind: 'refusal', problems: [missing] };
  if (chosen.kind === 'none')
    return option === 'none' ? chosen : newConfiguration(image, stateDirectory, boot);
  const plan = await chosen.record.plan(boot);
  if (plan.kind === 'problem') return { kind: 'refusal', problems: [plan.problem] };
  return { kind: 'record', record: chosen.record, plan };
}

/** Elsewhere than in a dom0 nobody starts the guest from this record. */
async function missingProgram(boot: RecordBoot | undefined): Promise<Problem | undefined> {
  if (boot?.kind !== 'pvgrub2' || (await hasPvGrub(boot.target))) return undefined;
  return (await isDom0()) ? bootWayRefusals['pvgrub2-not-installed'](boot.program) : undefined;
}

async function newConfiguration(
  image: DiskImage,
  stateDirectory: string,
  wanted: RecordBoot | undefined,
): Promise<RecordPreparation> {
  const path = placeBeside(image.path, stateDirectory);
  if (wanted !== undefined && existsSync(path)) return existingConfiguration(path, image, wanted);
  const boot = wanted ?? { kind: 'pygrub' };
  const config = pvConfig({
    imagePath: image.path,
    format: image.format,
    boot,
    vifs: [{ mac: newMac() }],
  });
  if (config.kind === 'text') return { kind: 'new', path, text: config.text };
  const { reason, remedy } = config;
  return { kind: 'refusal', problems: [{ code: 'record-impossible', message: reason, remedy }] };
}

/** What an earlier run or somebody else has written stays, and must start the guest as it is going to be. */
async function existingConfiguration(
  path: string,
  image: DiskImage,
  boot: RecordBoot,
): Promise<RecordPreparation> {
  const plan = await xlRecord(path, image.path).plan(boot);
  if (plan.kind === 'already-pv') return { kind: 'none', reason: `${path} starts the guest as PV already` };
  return { kind: 'refusal', problems: [refusals['record-in-the-way'](path)] };
}

/** Beside the image; for a block device in the state directory, since /dev is gone with the next boot. */
const placeBeside = (imagePath: string, stateDirectory: string): string =>
  imagePath.startsWith('/dev/')
    ? join(stateDirectory, `${basename(imagePath)}.pv.cfg`)
    : `${imagePath}.pv.cfg`;

/** An address of Xen's own range (xl-network-configuration(5)): fixed in the file, so that every start has the same card. */
const newMac = (): string =>
  `00:16:3e:${[...randomBytes(3)].map((byte, index) => toHex(index === 0 ? byte & 0x7f : byte)).join(':')}`;

const toHex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** What the user should know about the record before it is flipped. */
export const recordNotices = (prepared: PreparedRecord): readonly Notice[] =>
  prepared.kind === 'record' && prepared.plan.kind === 'flip' ? (prepared.plan.notices ?? []) : [];

/** What `flipRecord` would do, for a plan. */
export function previewRecord(prepared: PreparedRecord): RecordOutcome {
  switch (prepared.kind) {
    case 'none':
      return prepared;
    case 'new':
      return { kind: 'written', path: prepared.path };
    case 'record':
      return recordOutcome(prepared, 'would-flip');
  }
}

/**
 * Makes the VM start as PV and reads that back; or writes a configuration that does, where no record names the disk.
 * Throws a `RecordError`: the disk is converted by then, and the next run finds it so and flips the record.
 */
export async function flipRecord(prepared: PreparedRecord): Promise<RecordOutcome> {
  switch (prepared.kind) {
    case 'none':
      return prepared;
    case 'new':
      return writeConfiguration(prepared.path, prepared.text);
    case 'record':
      if (prepared.plan.kind === 'flip') await prepared.record.flip(prepared.plan);
      await readBack(prepared.record);
      return recordOutcome(prepared, 'flipped');
  }
}

function recordOutcome(
  { record, plan }: Extract<PreparedRecord, { kind: 'record' }>,
  kind: 'flipped' | 'would-flip',
): RecordOutcome {
  if (plan.kind === 'already-pv') return { kind: 'already-pv', record: record.name, diff: '' };
  return {
    kind,
    record: record.name,
    diff: shownDiff(plan.where, plan.before, plan.after),
  };
}

async function readBack(record: ModeRecord): Promise<void> {
  const reading = await record.readBack();
  if (reading.kind === 'state' && reading.state.mode !== 'hvm') return;
  throw new RecordError(`${record.name} doesn't say PV after it was written`, {
    remedy: 'look at it, and run convert-image once more: the disk is converted, only the record is missing',
  });
}

/** An existing file is somebody's work: it stays. */
async function writeConfiguration(path: string, text: string): Promise<RecordOutcome> {
  try {
    if (await makeNewFile(path, text)) return { kind: 'written', path };
    return { kind: 'none', reason: `${path} exists already and was left as it is` };
  } catch (error) {
    throw new RecordError(`${path} can't be written: ${error instanceof Error ? error.message : error}`, {
      remedy:
        'mend the cause and run convert-image once more: the disk is converted, only this file is missing',
      cause: error,
    });
  }
}

/**
 * Makes the record what it was before `flipRecord`, and says what was done; a record that was left alone stays so. Does
 * nothing where that is done already. Throws a `RecordError` where somebody has changed the record meanwhile.
 */
export async function unflipRecord(prepared: PreparedRecord): Promise<RecordOutcome> {
  if (prepared.kind === 'none') return prepared;
  if (prepared.kind === 'new') {
    if (await removeNewFile(prepared.path, prepared.text)) return { kind: 'removed', path: prepared.path };
    return { kind: 'none', reason: `${prepared.path} has been changed since and was left as it is` };
  }
  const { record, plan } = prepared;
  if (plan.kind !== 'flip') return { kind: 'none', reason: `${record.name} was PV before` };
  await record.undo(plan);
  const { where, before, after } = plan;
  return { kind: 'restored', record: record.name, diff: shownDiff(where, after, before) };
}

const shownDiff = (where: string, before: string, after: string): string =>
  textDiff(`a${where}`, `b${where}`, hideSecrets(before), hideSecrets(after));
