import { readFile, stat } from 'node:fs/promises';
import type { Problem } from '../model.js';
import type { ModeRecord, RecordDisk, RecordPlan, RecordReading } from './mode-record.js';
import type { RecordBoot } from './record-boot.js';
import { replaceFile } from './replace-file.js';
import { diskOfImage, imageKey } from './same-image.js';
import { modeOf, stateOf } from './xl-state.js';
import { maxXlBytes, parseXl } from './xl-syntax.js';
import { toPvConfig } from './xl-to-pv.js';

/** The xl configuration file at `file`, as the record of the virtual machine whose disk is the image at `imagePath`. */
export function xlRecord(file: string, imagePath: string): ModeRecord {
  const read = async (): Promise<RecordReading> => {
    const source = await readText(file);
    return source.kind === 'problem' ? source : readingOf(file, source.text);
  };
  return {
    kind: 'xl',
    option: `xl:${file}`,
    name: `the xl configuration ${file}`,
    read,
    plan: (boot) => planFor(file, imagePath, boot),
    flip: ({ before, after }) => replaceFile(file, before, after),
    readBack: read,
    undo: ({ before, after }) => replaceFile(file, after, before),
  };
}

type Source =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

const problem = (code: string, message: string, remedy: string) =>
  ({ kind: 'problem', problem: { code, message, remedy } }) as const;

const otherRecord = 'Name the right file with --record xl:PATH, or use --record none.';

async function readText(file: string): Promise<Source> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > maxXlBytes) {
      return problem('record-unreadable', `${file} is not an xl configuration file`, otherRecord);
    }
    return { kind: 'text', text: await readFile(file, 'latin1') };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return problem('record-unreadable', `${file} can't be read: ${cause}`, otherRecord);
  }
}

function readingOf(file: string, text: string): RecordReading {
  const parsed = parseXl(text);
  if (parsed.kind === 'unreadable') return beyond(file, parsed.reason, parsed.remedy);
  const mode = modeOf(parsed.document);
  return mode.kind === 'unclear'
    ? beyond(file, mode.reason, 'Set type to "hvm" or "pv" and remove builder.')
    : { kind: 'state', state: stateOf(parsed.document, mode.mode) };
}

const beyond = (file: string, reason: string, remedy: string) =>
  problem('record-not-convertible', `${file} can't be turned to PV: ${reason}`, `${remedy} (${file})`);

async function planFor(file: string, imagePath: string, boot: RecordBoot | undefined): Promise<RecordPlan> {
  const source = await readText(file);
  if (source.kind === 'problem') return source;
  const reading = readingOf(file, source.text);
  if (reading.kind === 'problem') return reading;
  const { disks } = reading.state;
  const disk = await diskAt(disks, imagePath);
  // What a hotplug script attaches can't be compared with a path: then the user's word counts.
  if (disk === undefined && !disks.some((one) => one.script !== undefined)) {
    return problem('record-of-another-disk', `${file} doesn't name the disk ${imagePath}`, otherRecord);
  }
  const before = source.text;
  const result = toPvConfig(before, {
    ...(disk === undefined ? {} : { bootDisk: disk.target }),
    ...(boot === undefined ? {} : { boot }),
  });
  switch (result.kind) {
    case 'converted':
      return { kind: 'flip', where: file, before, after: result.text, changes: result.changes };
    case 'already-pv':
      return { kind: 'already-pv', where: file, mode: result.mode };
    case 'unsupported':
      return beyond(file, result.reason, result.remedy);
  }
}

async function diskAt(disks: readonly RecordDisk[], imagePath: string): Promise<RecordDisk | undefined> {
  const image = await imageKey(imagePath);
  return image === undefined ? undefined : diskOfImage(disks, image);
}
