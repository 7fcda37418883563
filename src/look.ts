/** The story of a look: facts and plan, and nothing is written. */
import type { Context } from './context.js';
import { type ConvertOptions, formatOf, onThisHost } from './convert-options.js';
import { type GuestDisk, withGuest } from './guest-access/with-guest.js';
import { chooseRecord } from './mode-records/list.js';
import type { DiskImage, Facts, Planning, Problem } from './model.js';
import { inspect } from './stages/inspect.js';
import { openImage } from './stages/open.js';
import { layOver } from './stages/overlay.js';
import { interruption } from './stages/pending.js';
import { planGuest } from './stages/plan-guest.js';
import { stage } from './stages/stage.js';
import { withScratch } from './state/state-directory.js';

type Refused = { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/** Reads the facts and plans, on the image itself and read-only. */
export async function planOnly(
  disk: string,
  given: ConvertOptions,
  context: Context,
): Promise<Refused | { kind: 'planning'; image: DiskImage; facts: Facts; planning: Planning }> {
  const options = await onThisHost(given, context);
  const opening = await stage(context, 'open', disk, () =>
    openImage(disk, { ...formatOf(options), willWrite: false }),
  );
  if (opening.kind === 'refusal') return opening;
  const { image } = opening;
  const interrupted = await interruption(disk, image.identity, context.stateDirectory);
  if (interrupted !== undefined) return { kind: 'refusal', problems: [interrupted] };
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
      const chosen = await chooseRecord(options.record, image.path);
      const record = chosen.kind === 'record' ? chosen.record : undefined;
      const { planning } = await planGuest(facts, options.request, record);
      return { kind: 'planning', image, facts, planning };
    });
  });
}
