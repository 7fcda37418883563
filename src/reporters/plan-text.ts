import type { Installation, RecordOutcome } from '../events.js';
import type { BootWay, Plan, RequestValue, Step } from '../model.js';
import { stepDiff } from '../plan/plan-diff.js';
import { type SafeText, safe, safeLines } from './escape.js';
import type { Paint } from './paint.js';

/** A plan for people: for each file its reasons and its diff, who said what about the network, what will boot, the record. */
export function planText(plan: Plan, record: RecordOutcome | undefined, paint: Paint): SafeText {
  const steps = plan.steps.flatMap((step) => stepText(step, paint));
  return safeLines([
    ...steps,
    ...valuesText(plan.values, paint),
    bootText(plan, paint),
    ...recordText(record, paint),
  ]);
}

/** What is known before a kernel is installed: the packages, and the changes that don't depend on it. */
export function installationText({ packages, steps, values }: Installation, paint: Paint): SafeText {
  return safeLines([
    paint.strong('Packages to install'),
    ...packages.reasons.map((reason) => paint.quiet(`# ${reason}`)),
    ...packages.packages.map((name) => paint.added(`+${name}`)),
    safe``,
    ...steps.flatMap((step) => stepText(step, paint)),
    ...valuesText(values, paint),
    safe`The boot entry is planned once the packages are installed.`,
  ]);
}

function stepText(step: Step, paint: Paint): SafeText[] {
  const reasons = step.reasons.map((reason) => paint.quiet(`# ${reason}`));
  const title = paint.strong(step.path);
  if (step.kind === 'file') return [title, ...reasons, paintDiff(stepDiff(step), paint)];
  const added = step.modules.map((name) => paint.added(`+module ${name} of ${step.kernel}`));
  return [title, ...reasons, ...added, safe``];
}

/** Each value of the network with who said it: the record, the site, a file, a variable, the command line. */
function valuesText(values: readonly RequestValue[], paint: Paint): SafeText[] {
  if (values.length === 0) return [];
  const rows = values.map(({ name, value, origin, where }) => {
    const source = where === undefined ? origin : origin === 'site' ? `the site ${where}` : where;
    return safe`  ${name.padEnd(12)}  ${value}  (${source})`;
  });
  return [paint.strong('Where the network values come from'), ...rows, safe``];
}

/** Who starts it where pygrub, the usual one, doesn't. */
const starters: Readonly<Partial<Record<BootWay, string>>> = {
  pvgrub2: 'GRUB built for PV (package grub-xen-host in dom0)',
  kernel: 'xl, with copies of these files in dom0',
};

function bootText({ boot, console }: Plan, paint: Paint): SafeText {
  const starter = starters[boot.way];
  return safeLines([
    paint.strong('What will boot as PV'),
    ...(starter === undefined ? [] : [safe`  started by    ${starter}`]),
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
    case 'restored':
      return [safe`${title}: ${record.record}`, paintDiff(record.diff, paint)];
    case 'already-pv':
      return [safe`${title}: ${record.record} says PV already`];
    case 'written':
      return [safe`${title}: no record names this disk; ${record.path} will be written beside it`];
    case 'removed':
      return [safe`${title}: ${record.path} was removed`];
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
