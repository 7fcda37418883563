import type { Event, Outcome } from '../events.js';
import { exitCodeOf } from '../exit-codes.js';
import type { Facts, Kernel, RequestValue, Step } from '../model.js';
import type { RunReport } from '../run-report.js';
import { readable } from './escape.js';
import { stepForm } from './json.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the events of a run have told so far. */
export type Gathered = Pick<
  RunReport,
  'facts' | 'steps' | 'values' | 'packages' | 'notices' | 'stages' | 'bootTest' | 'undoArchive'
>;

/** What no event tells. Times as milliseconds since 1970. */
export interface RunFrame {
  readonly disk: string;
  readonly host: string;
  readonly program: string;
  readonly log: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Before the first event. */
export const nothingGathered: Gathered = { steps: [], notices: [], stages: [] };

/** Diffs of real guests have some kB; a hostile one's menu of thousands of entries would be kept in memory until the end. */
const longestDiff = 64 * 1024;

/** One event more. */
export function gather(so: Gathered, event: Event): Gathered {
  switch (event.type) {
    case 'stage-started':
      return { ...so, stages: [...so.stages, { stage: event.stage, detail: event.detail }] };
    case 'stage-finished':
      return { ...so, stages: ended(so.stages, event.stage, event.milliseconds) };
    case 'notice':
      return { ...so, notices: [...so.notices, event.notice] };
    case 'facts':
      return { ...so, facts: withAccess(so.facts ?? factsOf(event.facts), event.access) };
    case 'installation':
      return { ...so, packages: [...event.packages.packages], steps: event.steps.map(stepOf) };
    case 'plan':
      return { ...so, steps: event.plan.steps.map(stepOf), ...valuesOf(event.plan.values) };
    case 'undo-archive':
      return { ...so, undoArchive: { path: event.path, bytes: event.bytes } };
    case 'booted':
      return { ...so, bootTest: { seconds: { ...event.boot.seconds }, login: event.boot.login } };
    default:
      return so;
  }
}

/** The report of a run that ended with this outcome. */
export function runReport(so: Gathered, outcome: Outcome, frame: RunFrame): RunReport {
  const { startedMs, endedMs, ...rest } = frame;
  const checks = passedChecks(so.stages, outcome);
  const failed = outcome.outcome === 'failed' ? { state: outcome.state } : {};
  const problems = outcome.problems.map((problem) => ({ ...problem }));
  return {
    version: 1,
    ...rest,
    started: new Date(startedMs).toISOString(),
    ended: new Date(endedMs).toISOString(),
    milliseconds: endedMs - startedMs,
    outcome: { outcome: outcome.outcome, exitCode: exitCodeOf(outcome), problems, ...failed },
    ...so,
    ...('record' in outcome ? { record: outcome.record } : {}),
    ...(checks.length === 0 ? {} : { verification: { checks } }),
  };
}

type Stages = Gathered['stages'];

/** The last one of that name is the one that ends. */
function ended(stages: Stages, name: string, milliseconds: number): Stages {
  const last = stages.findLastIndex(({ stage }) => stage === name);
  return stages.map((stage, index) => (index === last ? { ...stage, milliseconds } : stage));
}

/** A failure ends its stage, too: the last stage of a run that didn't work has not been passed. */
function passedChecks(stages: Stages, { outcome }: Outcome): string[] {
  const passed = outcome === 'failed' || outcome === 'refused' ? stages.slice(0, -1) : stages;
  return passed.flatMap(({ stage, detail }) => (stage === 'verify' ? [detail] : []));
}

function stepOf(step: Step): RunReport['steps'][number] {
  if (step.kind === 'initramfs') {
    const diff = step.modules.map((name) => `+module ${name} of ${step.kernel}\n`).join('');
    return { path: readable(step.path), change: 'changed', reasons: [...step.reasons], diff };
  }
  const { path, change, diff } = stepForm(step);
  const isLong = diff.length > longestDiff;
  const shown = isLong ? `The diff has ${diff.length} characters; the log holds it.\n` : diff;
  return { path, change, reasons: [...step.reasons], diff: shown };
}

const valuesOf = (values: readonly RequestValue[]): Pick<Gathered, 'values'> =>
  values.length === 0 ? {} : { values: values.map((value) => ({ ...value })) };

type ReportedFacts = NonNullable<RunReport['facts']>;

function factsOf({ release, architecture, initSystem, kernels, layout, mounts }: Facts): ReportedFacts {
  return {
    release: { ...release, name: readable(release.name) },
    architecture,
    initSystem,
    kernels: kernels.map(kernelOf),
    fileSystems: layout.fileSystems.map(({ device, type, partition, logicalVolume }) => ({
      device,
      type,
      ...(partition === undefined ? {} : { partition }),
      ...(logicalVolume === undefined ? {} : { logicalVolume }),
      ...mountedAt(mounts.find((mount) => mount.device === device)?.path),
    })),
  };
}

const mountedAt = (path: string | undefined) => (path === undefined ? {} : { mountedAt: path });

function kernelOf({ version, config, image, initramfs }: Kernel): ReportedFacts['kernels'][number] {
  const form: Mutable<ReportedFacts['kernels'][number]> = { version, pv: image?.pv === true };
  if (!form.pv) form.reason = image?.reason || config?.reason || 'not read';
  if (image !== undefined) form.compression = image.compression;
  if (initramfs !== undefined) form.initramfs = initramfs.path;
  return form;
}

function withAccess(facts: ReportedFacts, access: 'direct' | 'appliance' | undefined): ReportedFacts {
  if (access === undefined || facts.access === 'appliance') return facts;
  return { ...facts, access };
}
