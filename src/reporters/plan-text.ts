import type { RecordOutcome } from '../events.js';
import type { Plan } from '../model.js';
import { stepDiff } from '../plan/plan-diff.js';
import { type SafeText, safe, safeLines } from './escape.js';
import type { Paint } from './paint.js';

/** A plan for people: for each file its reasons and its diff, then what will boot, then the record. */
export function planText(plan: Plan, record: RecordOutcome | undefined, paint: Paint): SafeText {
  const files = plan.steps.flatMap((step) => [
    paint.strong(step.path),
    ...step.reasons.map((reason) => paint.quiet(`# ${reason}`)),
    paintDiff(stepDiff(step), paint),
  ]);
  return safeLines([...files, bootText(plan, paint), ...recordText(record, paint)]);
}

function bootText({ boot, console }: Plan, paint: Paint): SafeText {
  return safeLines([
    paint.strong('What will boot as PV'),
    safe`  kernel        ${boot.kernel}`,
    safe`  initramfs     ${boot.initramfs ?? 'none'}`,
    safe`  command line  ${boot.commandLine}`,
    safe`  console       ${console}`,
    safe``,
  ]);
}

function recordText(record: RecordOutcome | undefined, paint: Paint): SafeText[] {
  if (record === undefined) return [];
  const title = paint.strong('How the VM starts');
  switch (record.kind) {
    case 'would-flip':
    case 'flipped':
      return [safe`${title}: ${record.record}`, paintDiff(record.diff, paint)];
    case 'already-pv':
      return [safe`${title}: ${record.record} says PV already`];
    case 'written':
      return [safe`${title}: no record names this disk; ${record.path} will be written beside it`];
    case 'none':
      return [safe`${title}: not touched, ${record.reason}`];
  }
}

function paintDiff(diff: string, paint: Paint): SafeText {
  const lines = diff.split('\n').map((line) => {
    if (line.startsWith('+')) return paint.added(line);
    return line.startsWith('-') ? paint.removed(line) : safe`${line}`;
  });
  return safeLines(lines);
}
