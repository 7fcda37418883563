/** The middle of the story: from the guest on the overlay, as it came, to one that boots as PV. */
import type { Context } from './context.js';
import type { ConvertOptions } from './convert-options.js';
import { VerificationError } from './errors.js';
import { withGuest } from './guest-access/with-guest.js';
import type { ModeRecord } from './mode-records/mode-record.js';
import type { Facts, Overlay, Plan, Planning, Request } from './model.js';
import { applyPlan } from './stages/apply.js';
import { takeBootFiles } from './stages/boot-files.js';
import { inspect } from './stages/inspect.js';
import type { Desk } from './stages/inspect-kernels.js';
import { installPackages } from './stages/install-packages.js';
import { planGuest } from './stages/plan-guest.js';
import { stage } from './stages/stage.js';
import { verify } from './stages/verify.js';

/** What became of the guest, and the request that was carried out: the record may have said what the user didn't. */
export interface Finished {
  readonly planning: Exclude<Planning, { kind: 'installation' }>;
  readonly request: Request;
}

/** What a guest on an overlay is converted by. `record` has its address where the options don't. */
export interface Wish {
  readonly options: ConvertOptions;
  readonly record: ModeRecord | undefined;
}

/** Makes the guest on the overlay a PV guest. One without a kernel for it gets that first and is then looked at anew. */
export async function convertOverlay(
  overlay: Overlay,
  wish: Wish,
  scratch: string,
  context: Context,
): Promise<Finished> {
  const desk = { scratch, readings: new Map() };
  const look = await convertGuest(overlay, wish, desk, context, 'as it came');
  if (look.kind === 'finished') return look;
  const { packages, steps, values } = look.planning;
  context.emit({ type: 'installation', packages, steps, values });
  const { packages: source, access } = wish.options;
  const installation = { overlay, facts: look.facts, step: packages, source, access };
  const installed = await installPackages(installation, scratch, context);
  if (installed.kind === 'refusal') return { planning: installed, request: wish.options.request };
  const again = await convertGuest(overlay, wish, desk, context, 'with new packages');
  if (again.kind === 'finished') return again;
  throw new VerificationError(`still missing after the installation: ${packages.packages.join(', ')}`);
}

type Look =
  | ({ readonly kind: 'finished' } & Finished)
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
  { options, record }: Wish,
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
    if (inspection.kind === 'refusal')
      return { kind: 'finished', planning: inspection, request: options.request };
    const { facts } = inspection;
    context.emit({ type: 'facts', facts, access: access.kind });
    const { planning: found, request } = await stage(context, 'plan', facts.release.name, () =>
      planGuest(facts, options.request, record),
    );
    const planning =
      found.kind === 'already-pv' && state === 'with new packages'
        ? { ...found, kind: 'plan' as const }
        : found;
    if (planning.kind === 'installation') return { kind: 'needs-packages', facts, planning };
    if (planning.kind === 'already-pv') await takeBootFiles(access, planning.plan.boot, desk.scratch);
    if (planning.kind !== 'plan') return { kind: 'finished', planning, request };
    await stage(context, 'apply', stepCount(planning.plan), () =>
      applyPlan(access, facts, planning.plan, desk.scratch),
    );
    await stage(context, 'verify', 'by a fresh look', () =>
      verify(access, facts, planning.plan, request, desk),
    );
    await takeBootFiles(access, planning.plan.boot, desk.scratch);
    return { kind: 'finished', planning, request };
  });
}

const stepCount = ({ steps }: Plan): string => (steps.length === 1 ? '1 file' : `${steps.length} files`);
