import type { Problem } from '../model.js';
import { modeOf, stateOf } from './libvirt-state.js';
import { toPvDomain } from './libvirt-to-pv.js';
import { parseDomain } from './libvirt-xml.js';
import type { RecordPlan, RecordReading } from './mode-record.js';
import type { RecordBoot } from './record-boot.js';
import { diskOfImage, imageKey } from './same-image.js';

/** A definition, from a file or from libvirt. */
export interface Definition {
  readonly text: string;
  /** For people: a path, or `the domain web1`. */
  readonly name: string;
  /** As a diff names it. */
  readonly where: string;
}

/** A problem as a result. */
export const problem = (code: string, message: string, remedy: string) =>
  ({ kind: 'problem', problem: { code, message, remedy } }) as const satisfies {
    readonly problem: Problem;
    readonly kind: 'problem';
  };

/** What to do where the wrong record was named. */
export const otherRecord =
  'Name the right one with --record libvirt:NAME or libvirt:FILE.xml, or use --record none.';

/** What a definition says about its domain, or why that can't be said. */
export function readingOf({ text, name }: Definition): RecordReading {
  const parsed = parseDomain(text);
  if (parsed.kind === 'unreadable') return beyond(name, parsed.reason, parsed.remedy);
  const mode = modeOf(parsed.document);
  return mode.kind === 'unclear'
    ? beyond(name, mode.reason, mode.remedy)
    : { kind: 'state', state: stateOf(parsed.document, mode.mode) };
}

const beyond = (name: string, reason: string, remedy: string) =>
  problem('record-not-convertible', `${name} can't be turned to PV: ${reason}`, `${remedy} (${name})`);

/** What turning a definition to PV means, whose disk is the image at `imagePath`. Changes nothing. */
export async function planFor(
  definition: Definition,
  imagePath: string,
  boot: RecordBoot | undefined,
): Promise<RecordPlan> {
  const { text, name, where } = definition;
  const reading = readingOf(definition);
  if (reading.kind === 'problem') return reading;
  const { disks } = reading.state;
  const image = await imageKey(imagePath);
  const disk = image === undefined ? undefined : await diskOfImage(disks, image);
  // What is no path of this host can't be compared with one: then the user's word counts.
  if (disk === undefined && !disks.some((one) => one.script !== undefined)) {
    return problem('record-of-another-disk', `${name} doesn't name the disk ${imagePath}`, otherRecord);
  }
  const result = toPvDomain(text, {
    ...(disk === undefined ? {} : { bootDisk: disk.target }),
    ...(boot === undefined ? {} : { boot }),
  });
  switch (result.kind) {
    case 'converted':
      return { kind: 'flip', where, before: text, after: result.text, changes: result.changes };
    case 'already-pv':
      return { kind: 'already-pv', where, mode: result.mode };
    case 'unsupported':
      return beyond(name, result.reason, result.remedy);
  }
}
