/**
 * The story of a conversion: which arrow comes after which. `model.ts` says what flows along them; each arrow is one
 * file in `stages/`.
 */
import type { Context } from './context.js';
import { VerificationError } from './errors.js';
import type { Outcome } from './events.js';
import { type AccessChoice, type GuestDisk, withGuest } from './guest-access/with-guest.js';
import type { DiskImage, Facts, ImageFormat, Overlay, Plan, Planning, Problem, Request } from './model.js';
import { plan } from './plan/plan.js';
import { refusals } from './plan/refusals.js';
import { rules } from './plan/rules/list.js';
import { applyPlan } from './stages/apply.js';
import { bootNotices, draftFiles, placeBootFiles, recordBootOf, takeBootFiles } from './stages/boot-files.js';
import { testBoot } from './stages/boot-test.js';
import { commit } from './stages/commit.js';
import { refuseWhileItRuns } from './stages/domains.js';
import { flipRecord, type PreparedRecord, prepareRecord, previewRecord } from './stages/flip.js';
import { inspect } from './stages/inspect.js';
import type { Desk } from './stages/inspect-kernels.js';
import { installPackages, type PackageSource } from './stages/install-packages.js';
import { identify, openImage } from './stages/open.js';
import { layOver } from './stages/overlay.js';
import { stage } from './stages/stage.js';
import { verify } from './stages/verify.js';
import { verifyPygrub } from './stages/verify-pygrub.js';
import { withImageLock } from './state/image-lock.js';
import { withScratch } from './state/state-directory.js';
import { cannotUnpackHere } from './tools/host-xen.js';

export interface ConvertOptions {
  readonly format?: ImageFormat | undefined;
  readonly access: AccessChoice;
  /** `auto`, `none` or `xl:PATH`. */
  readonly record: string;
  readonly request: Request;
  /** Where packages come from, should some have to be installed. */
  readonly packages: PackageSource;
  /** Replays the journals of a guest that wasn't shut down properly, in the overlay. */
  readonly replayJournal?: boolean;
  /** Boots the result under Xen before the commit; names the cache folder of the rig's dom0. */
  readonly bootTest?: { readonly cacheDirectory: string } | undefined;
}

type Refused = { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/**
 * Converts one disk image, or says why not. Until the commit everything happens on an overlay; whatever is thrown
 * before it leaves the image as it was. Two conversions of one image never run at once.
 */
export async function convert(disk: string, options: ConvertOptions, context: Context): Promise<Outcome> {
  const identity = await identify(disk).catch(() => undefined);
  // What can't even be looked at needs no lock to be refused.
  if (identity === undefined) return convertImage(disk, options, context);
  const locked = await withImageLock(context.stateDirectory, identity, () =>
    convertImage(disk, options, context),
  );
  if (locked.kind === 'done') return locked.result;
  const problem = refusals['image-in-use'](disk, [`convert-image, process ${locked.owner}`]);
  return { type: 'outcome', disk, outcome: 'refused', problems: [problem] };
}

/** The story itself. */
async function convertImage(disk: string, given: ConvertOptions, context: Context): Promise<Outcome> {
  const options = await onThisHost(given);
  const refuse = ({ problems }: Refused): Outcome => ({
    type: 'outcome',
    disk,
    outcome: 'refused',
    problems,
  });
  const opening = await stage(context, 'open', disk, () =>
    openImage(disk, { ...formatOf(options), willWrite: true }),
  );
  if (opening.kind === 'refusal') return refuse(opening);
  const { image } = opening;
  const { stateDirectory } = context;
  const early = await refuseWhileItRuns(await prepareRecord(options.record, image, stateDirectory), image);
  if (early.kind === 'refusal') return refuse(early);

  return withScratch(context.stateDirectory, async (scratch) => {
    const overlay = await stage(context, 'overlay', scratch, () => layOver(image, scratch));
    const result = await convertOverlay(overlay, options, scratch, context);
    if (result.kind === 'refusal') return refuse(result);
    const { boot, notices } = result.plan;
    const way = recordBootOf(boot, image, stateDirectory);
    const record = await prepareRecord(options.record, image, stateDirectory, way);
    if (record.kind === 'refusal') return refuse(record);
    for (const notice of [...notices, ...(await bootNotices(boot, image, stateDirectory))])
      context.emit({ type: 'notice', notice });
    context.emit({ type: 'plan', plan: result.plan, record: previewRecord(record) });
    await prove(overlay, result.plan, options, record, scratch, context);
    if (result.kind === 'plan') {
      await stage(context, 'commit', overlay.image.path, () => commit(overlay, context));
    }
    const flipped = await stage(context, 'flip', describe(record), async () => {
      await placeBootFiles(boot, image, scratch, stateDirectory);
      return flipRecord(record);
    });
    const outcome = result.kind === 'plan' ? 'converted' : 'already-pv';
    return { type: 'outcome', disk, outcome, record: flipped, problems: [] };
  });
}

type Finished = Exclude<Planning, { kind: 'installation' }>;

/** Makes the guest on the overlay a PV guest. One without a kernel for it gets that first and is then looked at anew. */
async function convertOverlay(
  overlay: Overlay,
  options: ConvertOptions,
  scratch: string,
  context: Context,
): Promise<Finished> {
  const desk = { scratch, readings: new Map() };
  const look = await convertGuest(overlay, options, desk, context, 'as it came');
  if (look.kind === 'finished') return look.planning;
  const { packages, steps } = look.planning;
  context.emit({ type: 'installation', packages, steps });
  const { packages: source, access } = options;
  const installation = { overlay, facts: look.facts, step: packages, source, access };
  const installed = await installPackages(installation, scratch, context);
  if (installed.kind === 'refusal') return installed;
  const again = await convertGuest(overlay, options, desk, context, 'with new packages');
  if (again.kind === 'finished') return again.planning;
  throw new VerificationError(`still missing after the installation: ${packages.packages.join(', ')}`);
}

type Look =
  | { readonly kind: 'finished'; readonly planning: Finished }
  | {
      readonly kind: 'needs-packages';
      readonly facts: Facts;
      readonly planning: Planning & { kind: 'installation' };
    };

/**
 * What can be done with the guest's files open: read, plan, apply, read again. Where packages are new on the overlay, it
 * is a plan even when no file has to change: there is something to check and to commit.
 */
async function convertGuest(
  overlay: Overlay,
  options: ConvertOptions,
  desk: Desk,
  context: Context,
  state: 'as it came' | 'with new packages',
): Promise<Look> {
  const { access: choice, replayJournal = false } = options;
  const guest = { writable: true, choice, replayJournal, scratch: desk.scratch };
  return withGuest({ path: overlay.path, format: 'qcow2' }, guest, context, async (access) => {
    const inspection = await stage(context, 'inspect', `through ${access.kind} access`, () =>
      inspect(access, desk),
    );
    if (inspection.kind === 'refusal') return { kind: 'finished', planning: inspection };
    const { facts } = inspection;
    context.emit({ type: 'facts', facts });
    const found = await stage(context, 'plan', facts.release.name, async () =>
      plan(facts, options.request, rules),
    );
    const planning =
      found.kind === 'already-pv' && state === 'with new packages'
        ? { ...found, kind: 'plan' as const }
        : found;
    if (planning.kind === 'installation') return { kind: 'needs-packages', facts, planning };
    if (planning.kind === 'already-pv') await takeBootFiles(access, planning.plan.boot, desk.scratch);
    if (planning.kind !== 'plan') return { kind: 'finished', planning };
    await stage(context, 'apply', stepCount(planning.plan), () =>
      applyPlan(access, facts, planning.plan, desk.scratch),
    );
    await stage(context, 'verify', 'by a fresh look', () =>
      verify(access, facts, planning.plan, options.request, desk),
    );
    await takeBootFiles(access, planning.plan.boot, desk.scratch);
    return { kind: 'finished', planning };
  });
}

/** What is asked of others than this program, on the overlay, also of a guest that is PV already: will it boot? */
async function prove(
  overlay: Overlay,
  { boot }: Plan,
  options: ConvertOptions,
  record: PreparedRecord,
  scratch: string,
  context: Context,
): Promise<void> {
  const layer = { path: overlay.path, format: 'qcow2' } as const;
  if (boot.way === 'pygrub') {
    await stage(context, 'verify', 'by pygrub', () => verifyPygrub(layer, boot, scratch, context));
  }
  const { bootTest } = options;
  if (bootTest !== undefined) {
    const test = { ...bootTest, request: options.request, record, files: draftFiles(boot, scratch) };
    await stage(context, 'boot-test', 'under Xen', () => testBoot(layer, test, scratch, context));
  }
}

/** Reads the facts and plans, on the image itself and read-only. */
export async function planOnly(
  disk: string,
  given: ConvertOptions,
  context: Context,
): Promise<Refused | { kind: 'planning'; image: DiskImage; facts: Facts; planning: Planning }> {
  const options = await onThisHost(given);
  const opening = await stage(context, 'open', disk, () =>
    openImage(disk, { ...formatOf(options), willWrite: false }),
  );
  if (opening.kind === 'refusal') return opening;
  const { image } = opening;
  const { access: choice, replayJournal = false } = options;
  return withScratch(context.stateDirectory, async (scratch) => {
    // What has to be replayed can't be only read: a layer takes that, and is thrown away.
    const disk: GuestDisk = replayJournal
      ? { path: (await layOver(image, scratch)).path, format: 'qcow2' }
      : image;
    const guest = { writable: replayJournal, choice, replayJournal, scratch };
    return withGuest(disk, guest, context, async (access) => {
      const inspection = await stage(context, 'inspect', `through ${access.kind} access`, () =>
        inspect(access, { scratch, readings: new Map() }),
      );
      if (inspection.kind === 'refusal') return inspection;
      const { facts } = inspection;
      return { kind: 'planning', image, facts, planning: plan(facts, options.request, rules) };
    });
  });
}

/** What only this host knows: the domain builder that is to unpack the guest's kernel. */
async function onThisHost(options: ConvertOptions): Promise<ConvertOptions> {
  const { request } = options;
  const boot = { ...request.boot, cannotUnpack: await cannotUnpackHere() };
  return { ...options, request: { ...request, boot } };
}

const formatOf = ({ format }: ConvertOptions) => (format === undefined ? {} : { format });

const stepCount = ({ steps }: Plan): string => (steps.length === 1 ? '1 file' : `${steps.length} files`);

const describe = (record: PreparedRecord): string =>
  record.kind === 'record' ? record.record.name : 'no record';
