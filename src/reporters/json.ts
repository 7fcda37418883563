import type { Event } from '../events.js';
import type { Facts, FileStep, Step } from '../model.js';
import { stepDiff } from '../plan/plan-diff.js';
import { escapeJson, readable } from './escape.js';

/**
 * One JSON object a line for each event; the last one is the outcome. Texts of guest files appear in diffs only.
 * Characters that could steer a terminal are escaped as JSON does it.
 */
export function createJsonReporter(out: (text: string) => void): (event: Event) => void {
  return (event) =>
    out(`${escapeJson(JSON.stringify({ time: new Date().toISOString(), ...jsonForm(event) }))}\n`);
}

/** What of an event is shown to programs. */
export function jsonForm(event: Event): object {
  if (event.type === 'facts') return { ...event, facts: factsForm(event.facts) };
  if (event.type === 'installation') return { ...event, steps: event.steps.map(anyStepForm) };
  if (event.type !== 'plan') return event;
  return { ...event, plan: { ...event.plan, steps: event.plan.steps.map(anyStepForm) } };
}

const anyStepForm = (step: Step): object =>
  step.kind === 'file' ? stepForm(step) : { ...step, path: readable(step.path) };

/** A file's step as programs and people read it, with its diff. */
export function stepForm(step: FileStep) {
  return {
    kind: step.kind,
    path: readable(step.path),
    change: changeOf(step),
    reasons: step.reasons,
    diff: readable(stepDiff(step)),
  };
}

function changeOf({ before, after }: FileStep): 'added' | 'changed' | 'removed' {
  if (before.kind === 'absent') return 'added';
  return after.kind === 'absent' ? 'removed' : 'changed';
}

function factsForm({ tree, kernels, packages, ...facts }: Facts): object {
  const kernelForms = kernels.map(({ initramfs, ...kernel }) => {
    if (initramfs === undefined) return kernel;
    const { modules, texts: _, ...rest } = initramfs;
    return { ...kernel, initramfs: { ...rest, hasBlkfront: modules.includes('xen-blkfront') } };
  });
  const release = { ...facts.release, name: readable(facts.release.name) };
  return { ...facts, release, kernels: kernelForms, packagesInstalled: packages.size, filesRead: tree.size };
}
