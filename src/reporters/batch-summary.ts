import type { BatchOutcome, Counts, StopReason } from '../batch/batch-events.js';
import { type SafeText, safe, safeLines } from './escape.js';
import type { Paint } from './paint.js';

/** How many images there are of each kind, in the order of the text. */
const words: readonly (readonly [keyof Counts, string])[] = [
  ['converted', 'converted'],
  ['already-pv', 'ready for PV already'],
  ['planned', 'to be converted'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['inconsistent', 'inconsistent'],
  ['interrupted', 'interrupted, untouched'],
  ['not-begun', 'not begun'],
];

/** `37 images: 34 converted, 2 refused, 1 failed`. */
export function countsText(counts: Counts): string {
  const parts = words.flatMap(([name, word]) => (counts[name] === 0 ? [] : [`${counts[name]} ${word}`]));
  const total = counts.total === 1 ? '1 image' : `${counts.total} images`;
  return `${total}: ${parts.join(', ')}`;
}

const stops: Readonly<Record<StopReason, string>> = {
  canary: 'not begun, since not all of the canaries were converted',
  failures: 'not begun, since too many had failed',
  signal: 'not begun when the signal came',
};

/** What a batch ends with: counts, then every reason with its remedy and the images that it holds for. */
export function summaryText(outcome: BatchOutcome, paint: Paint): SafeText {
  const { counts, notBegun, stopped, reports, report } = outcome;
  const left =
    notBegun.length === 0
      ? []
      : [paint.strong(stops[stopped ?? 'signal']), ...notBegun.map((disk) => safe`    ${disk}`)];
  return safeLines([
    paint.strong(countsText(counts)),
    ...groupsOf(outcome).flatMap((group) => groupText(group, paint)),
    ...left,
    safe`reports: ${reports}`,
    ...(report === undefined ? [] : [safe`this batch: ${report}`]),
  ]);
}

interface Group {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly disks: readonly string[];
}

/** Reasons that differ in the disk's name only are one. Most frequent first. */
function groupsOf({ problems }: BatchOutcome): Group[] {
  const groups = new Map<string, Group>();
  for (const { disk, code, message, remedy } of problems) {
    const general = (text: string) => text.replaceAll(disk, 'DISK');
    const key = JSON.stringify([code, general(message), general(remedy)]);
    const group = groups.get(key);
    const disks = [...(group?.disks ?? []), disk];
    const isOne = disks.length === 1;
    groups.set(key, {
      code,
      message: isOne ? message : general(message),
      remedy: isOne ? remedy : general(remedy),
      disks,
    });
  }
  return [...groups.values()].sort((one, other) => other.disks.length - one.disks.length);
}

function groupText({ code, message, remedy, disks }: Group, paint: Paint): SafeText[] {
  return [
    safe`${paint.alarm(`${disks.length} × ${code}`)}: ${message}`,
    ...(remedy === '' ? [] : [safe`  what to do: ${remedy}`]),
    ...disks.map((disk) => safe`    ${disk}`),
  ];
}
