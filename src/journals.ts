/** The story of what is left of earlier runs: to be looked at, and to be forgotten. */
import type { Context } from './context.js';
import type { Outcome } from './events.js';
import type { DiskImage, ImageIdentity, Problem } from './model.js';
import { refusals } from './plan/refusals.js';
import { stateRefusals } from './plan/state-refusals.js';
import { reportOf, reportOfDamaged } from './stages/conversion-report.js';
import { identify } from './stages/open.js';
import { isHalfWritten } from './stages/pending.js';
import {
  type Conversion,
  conversionsOf,
  dropConversion,
  isSameFile,
  listConversions,
} from './state/conversions.js';
import { withImageLock } from './state/image-lock.js';
import { withScratch } from './state/state-directory.js';

/** Tells of every conversion that is known here, or of those of one disk, oldest first. */
export async function status(disk: string | undefined, context: Context): Promise<Outcome> {
  const { stateDirectory } = context;
  const { conversions, damaged } =
    disk === undefined
      ? await listConversions(stateDirectory)
      : await conversionsOf(stateDirectory, disk, await identify(disk).catch(() => undefined));
  for (const conversion of conversions) context.emit(await reportOf(conversion, stateDirectory));
  for (const one of damaged) context.emit(await reportOfDamaged(one));
  return { type: 'outcome', disk: disk ?? '', outcome: 'listed', problems: [] };
}

/** Drops the undo archives of a disk. Refused while one is needed to mend its image. */
export async function forget(disk: string, context: Context): Promise<Outcome> {
  const { stateDirectory } = context;
  const identity = await identify(disk).catch(() => undefined);
  const { conversions } = await conversionsOf(stateDirectory, disk, identity);
  const [first] = conversions;
  if (first === undefined) return refuse(disk, stateRefusals['nothing-to-undo'](disk, stateDirectory));
  const lock = identity ?? first.begun.image.identity;
  const locked = await withImageLock(stateDirectory, lock, () =>
    forgetLocked(disk, conversions, identity, context),
  );
  if (locked.kind === 'done') return locked.result;
  return refuse(disk, refusals['image-in-use'](disk, [`convert-image, process ${locked.owner}`]));
}

async function forgetLocked(
  disk: string,
  conversions: readonly Conversion[],
  identity: ImageIdentity | undefined,
  { stateDirectory }: Context,
): Promise<Outcome> {
  const needed = conversions.find((one) => isHalfWritten(one) && isThere(one.begun.image, identity));
  if (needed !== undefined) return refuse(disk, stateRefusals['forget-interrupted'](needed.begun.image.path));
  return withScratch(stateDirectory, async (scratch) => {
    for (const conversion of conversions) await dropConversion(conversion, stateDirectory, scratch);
    return { type: 'outcome', disk, outcome: 'forgotten', problems: [] };
  });
}

/** An image that is gone, or that another file has taken the place of, can't be mended any more. */
const isThere = (image: DiskImage, identity: ImageIdentity | undefined): boolean =>
  identity !== undefined && (image.identity.inode === '0' || isSameFile(image.identity, identity));

const refuse = (disk: string, problem: Problem): Outcome => ({
  type: 'outcome',
  disk,
  outcome: 'refused',
  asked: 'forget',
  problems: [problem],
});
