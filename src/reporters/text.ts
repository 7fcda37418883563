import type { Event, Outcome, RecordOutcome } from '../events.js';
import type { Facts, FileSystem, Kernel, Problem } from '../model.js';
import { type SafeText, safe, safeLines } from './escape.js';
import { findingText } from './finding-text.js';
import type { Paint } from './paint.js';
import { installationText, planText } from './plan-text.js';

export interface TextOptions {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  /** Whether facts and plans are what the user asked for, rather than a step on the way. */
  readonly shows: 'facts' | 'plan' | 'nothing';
}

type Say = (text: SafeText) => void;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Tells people what happens: stages and problems on standard error, the asked-for result on standard output. */
export function createTextReporter(options: TextOptions): (event: Event) => void {
  const say: Say = (text) => options.err(`${text.value}\n`);
  const print: Say = (text) => options.out(`${text.value}\n`);
  return (event) => {
    switch (event.type) {
      case 'facts':
      case 'plan':
      case 'installation':
      case 'conversion':
      case 'finding':
        return printResult(event, print, options);
      case 'outcome':
        return reportOutcome(event, say, print, options);
      default:
        return reportProgress(event, say, options);
    }
  };
}

type ResultEvent = Event & { type: 'facts' | 'plan' | 'installation' | 'conversion' | 'finding' };

/** What the user may have asked for. */
function printResult(event: ResultEvent, print: Say, { paint, shows, verbosity }: TextOptions): void {
  const isPlanWanted = shows === 'plan' || verbosity === 'verbose';
  switch (event.type) {
    case 'facts':
      if (shows === 'facts') print(factsText(event.facts, paint));
      return;
    case 'plan':
      if (isPlanWanted) print(planText(event.plan, event.record, paint));
      return;
    case 'installation':
      if (isPlanWanted) print(installationText(event, paint));
      return;
    case 'conversion':
      print(conversionText(event, paint));
      return;
    case 'finding':
      if (verbosity !== 'quiet' || event.verdict !== 'good') print(findingText(event, paint));
  }
}

type ProgressEvent = Exclude<Event, ResultEvent | { type: 'outcome' }>;

function reportProgress(event: ProgressEvent, say: Say, { paint, verbosity }: TextOptions): void {
  const quietly = (text: string) => say(paint.quiet(text));
  if (verbosity === 'quiet') return;
  switch (event.type) {
    case 'stage-started':
      if (verbosity === 'verbose') say(safe`${event.stage}: ${event.detail}`);
      break;
    case 'stage-finished':
      quietly(`${event.stage.padEnd(9)} ${seconds(event.milliseconds).padStart(7)}`);
      break;
    case 'heartbeat':
      quietly(`${event.stage}: still at work after ${seconds(event.milliseconds)}`);
      break;
    case 'progress':
      quietly(`${event.stage}: ${event.detail}`);
      break;
    case 'undo-archive':
      quietly(`undo archive: ${megabytes(event.bytes)} in ${event.path}`);
      break;
    case 'notice':
      say(safe`note: ${event.notice.message} [${event.notice.code}]`);
  }
}

function reportOutcome(outcome: Outcome, say: Say, print: Say, { paint, verbosity }: TextOptions): void {
  const { disk } = outcome;
  switch (outcome.outcome) {
    case 'converted':
      print(safe`${paint.strong(`${disk} is converted`)}: it boots as ${modes(outcome)}, and still as HVM`);
      print(recordLine(outcome.record, modeOf(outcome)));
      break;
    case 'already-pv':
      print(
        safe`${paint.strong(`${disk} is ready for ${modeOf(outcome)} already`)}: nothing was changed in the guest`,
      );
      print(recordLine(outcome.record, modeOf(outcome)));
      break;
    case 'refused':
      say(refusedLine(outcome, paint));
      for (const problem of outcome.problems) say(problemText(problem));
      break;
    case 'failed':
      say(safe`${paint.alarm('failed')}: ${disk}; ${outcome.state}`);
      for (const problem of outcome.problems) say(problemText(problem));
      break;
    case 'verified':
      print(safe`${disk} is ready to boot as PV`);
      break;
    case 'boots':
      print(
        safe`${disk} boots as ${modeOf(outcome)}: "${outcome.boot.login.trim()}" after ${outcome.boot.seconds.login ?? 0} s`,
      );
      break;
    case 'undone':
      print(safe`${paint.strong(`${disk} is what it was`)} before the conversion`);
      print(recordLine(outcome.record));
      break;
    case 'forgotten':
      print(safe`${disk}: the undo archive is gone, the conversion is final`);
      break;
    case 'examined':
      print(
        safe`${paint.strong('this host can convert')}: try "convert-image plan DISK" on one of its guests`,
      );
      break;
    case 'reported':
      if (outcome.page !== '-') print(reportedText(outcome, paint));
      break;
    case 'planned':
    case 'inspected':
    case 'listed':
      break;
  }
  const failed = outcome.outcome === 'failed' || outcome.outcome === 'refused';
  if (outcome.log !== undefined && (failed || verbosity === 'verbose')) say(safe`  log: ${outcome.log}`);
}

/** A PVH domain and a PV one need the same of a guest. */
const modes = (outcome: { readonly target?: 'pvh' }): string =>
  outcome.target === 'pvh' ? 'PVH and PV' : 'PV';

const modeOf = (outcome: { readonly target?: 'pvh' }): string => (outcome.target === 'pvh' ? 'PVH' : 'PV');

const refusedTo = { convert: 'converted', undo: 'undone', forget: 'forgotten' } as const;

function refusedLine({ disk, asked }: Outcome & { outcome: 'refused' }, paint: Paint): SafeText {
  if (asked === 'report') return safe`${paint.alarm('no page was made')}; nothing was written`;
  if (asked === 'worker') return safe`${paint.alarm(`no worker was started for ${disk}`)}`;
  return safe`${paint.alarm(`${disk} can't be ${refusedTo[asked ?? 'convert']}`)}; the image is untouched`;
}

function reportedText({ page, vms, unreadable }: Outcome & { outcome: 'reported' }, paint: Paint): SafeText {
  const missing =
    unreadable === 0 ? [] : [safe`${unreadable} of the reports can't be read; the page says which and why`];
  return safeLines([safe`${paint.strong(page)} shows ${vms === 1 ? '1 VM' : `${vms} VMs`}`, ...missing]);
}

const problemText = ({ code, message, remedy }: Problem): SafeText =>
  safe`  ${message} [${code}]${remedy === '' ? '' : safe`\n    what to do: ${remedy}`}`;

function recordLine(record: RecordOutcome, mode = 'PV'): SafeText {
  switch (record.kind) {
    case 'flipped':
      return safe`${record.record} now says ${mode}`;
    case 'already-pv':
      return safe`${record.record} says PV already`;
    case 'would-flip':
      return safe`${record.record} would say ${mode}`;
    case 'restored':
      return safe`${record.record} says again what it said before`;
    case 'removed':
      return safe`${record.path}, which the conversion had written, was removed`;
    case 'written':
      return safe`no record names this disk: "xl create ${record.path}" starts it as ${mode}`;
    case 'none':
      return safe`no record was changed: ${record.reason}`;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function conversionText(report: Event & { type: 'conversion' }, paint: Paint): SafeText {
  const { disk, state, since, folder, bytes, advice } = report;
  return safeLines([
    safe`${paint.strong(disk === '' ? folder : disk)}: ${state.replaceAll('-', ' ')}${since === '' ? '' : `, since ${since}`}`,
    safe`  ${megabytes(bytes)} in ${folder}`,
    safe`  ${advice}`,
  ]);
}

function factsText(facts: Facts, paint: Paint): SafeText {
  const { release, architecture, layout, kernels, initSystem, systemdVersion } = facts;
  const isSystemd = initSystem === 'systemd' && systemdVersion !== undefined;
  const init = isSystemd ? `systemd ${systemdVersion}` : initSystem;
  return safeLines([
    paint.strong(`${release.name}, ${architecture}, ${init}`),
    paint.strong(`disk: ${layout.partitionTable === 'none' ? 'no partition table' : layout.partitionTable}`),
    ...layout.fileSystems.map((fileSystem) => fileSystemLine(fileSystem, facts)),
    paint.strong('kernels, newest first'),
    ...kernels.map(kernelLine),
  ]);
}

function fileSystemLine({ device, type, uuid = '', clean }: FileSystem, { mounts }: Facts): SafeText {
  const mount = mounts.find((place) => place.device === device)?.path ?? '';
  const state = clean === false ? ', not clean' : '';
  return safe`  ${[device.padEnd(12), type.padEnd(8), uuid, `${mount}${state}`].join(' ').trimEnd()}`;
}

function kernelLine({ version, config, image, initramfs }: Kernel): SafeText {
  const verdict = image?.pv === true ? 'boots as PV' : (image?.reason ?? config?.reason ?? 'not read');
  const inInitramfs = initramfs?.modules.includes('xen-blkfront') === true;
  const place = inInitramfs ? 'in the initramfs' : 'missing from the initramfs';
  const blkfront = config?.blkfront === 'module' ? place : (config?.blkfront ?? 'unknown');
  return safe`  ${version}: ${verdict}; payload ${image?.compression ?? 'not read'}; xen-blkfront ${blkfront}`;
}
