import type { Context } from '../context.js';
import { ToolError } from '../errors.js';
import type { FileSystem, ImageFormat } from '../model.js';
import { rememberedKvm } from '../state/host-memory.js';
import { type ApplianceAccess, withAppliance } from './appliance/open.js';
import { type DirectAccess, openDirectAccess } from './direct/open.js';
import { fuseObstacle, withRawView } from './direct/raw-view.js';
import type { GuestAccess } from './guest-access.js';

/** `auto`: directly where that is safe, else through the appliance, with a notice that says why. */
export type AccessChoice = 'auto' | 'direct' | 'appliance';

export interface GuestDisk {
  readonly path: string;
  readonly format: ImageFormat;
}

export interface GuestOptions {
  readonly writable: boolean;
  readonly choice: AccessChoice;
  /** Replays journals before anything else. Only for a throw-away or an overlay, never for the image. */
  readonly replayJournal?: boolean;
  /** An empty folder of this run. */
  readonly scratch: string;
}

type Use<T> = (access: GuestAccess) => Promise<T>;

/** Opens a guest's disk in the way that fits it and hands `fn` its files. Everything is closed when the promise settles. */
export async function withGuest<T>(
  disk: GuestDisk,
  options: GuestOptions,
  context: Context,
  fn: Use<T>,
): Promise<T> {
  if (options.choice !== 'appliance') {
    const attempt = await tryDirectly(disk, options, context, fn);
    if (attempt.kind === 'done') return attempt.result;
    if (options.choice === 'direct') {
      throw new ToolError(`the guest can't be reached directly: ${attempt.reason}`, {
        remedy: 'use --access appliance',
      });
    }
    const message = `the libguestfs appliance is used, which takes longer: ${attempt.reason}`;
    context.emit({ type: 'notice', notice: { code: 'appliance', message } });
  }
  const { writable, scratch } = options;
  const { works: kvm } = await rememberedKvm(context.stateDirectory);
  return withAppliance({ disk, writable, scratch, kvm, signal: context.signal }, async (access) => {
    await replayJournals(access, options, context);
    return fn(access);
  });
}

type Attempt<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'obstacle'; readonly reason: string };

async function tryDirectly<T>(
  disk: GuestDisk,
  options: GuestOptions,
  context: Context,
  fn: Use<T>,
): Promise<Attempt<T>> {
  const { writable, scratch } = options;
  const { signal } = context;
  const mode = writable ? 'read-write' : 'read-only';
  const reason = writable || disk.format !== 'raw' ? await fuseObstacle() : undefined;
  if (reason !== undefined) return { kind: 'obstacle', reason };
  return withRawView(
    disk,
    mode,
    { signal, scratch, forParsers: true },
    async (rawPath): Promise<Attempt<T>> => {
      const access = await openDirectAccess({ rawPath, writable, scratchDirectory: scratch, signal });
      try {
        const obstacle = (await foreignContent(access)) ?? (await obstacleTo(access, mode));
        return obstacle === undefined
          ? { kind: 'done', result: await fn(access) }
          : { kind: 'obstacle', reason: obstacle };
      } finally {
        await access.close();
      }
    },
  );
}

/** Contents that only the appliance can look into, and that may hold the root file system or a part of it. */
const needsAppliance = ({ type }: FileSystem): boolean =>
  /^(xfs|btrfs|LVM2_member|linux_raid_member)$/.test(type);

async function foreignContent(access: GuestAccess): Promise<string | undefined> {
  const foreign = (await access.layout()).fileSystems.find(needsAppliance);
  return foreign === undefined ? undefined : `${foreign.device} holds ${foreign.type}`;
}

async function obstacleTo(
  access: DirectAccess,
  mode: 'read-only' | 'read-write',
): Promise<string | undefined> {
  const { fileSystems } = await access.layout();
  const mounts = fileSystems
    .filter(({ type }) => /^ext[234]$/.test(type))
    .map(({ device }) => ({ device, path: `/${device}` }));
  const obstacles = await access.obstacles(mounts, mode);
  return obstacles.length === 0 ? undefined : obstacles.join('; ');
}

/**
 * Only the appliance replays, which an unclean file system leads to: e2fsck 1.47 loses the place of the file system
 * inside the disk when it opens it again after the replay (e2fsck/journal.c).
 */
async function replayJournals(
  access: ApplianceAccess,
  { replayJournal = false }: GuestOptions,
  { emit }: Context,
): Promise<void> {
  if (!replayJournal) return;
  const unclean = (await access.layout()).fileSystems.filter(({ clean }) => clean === false);
  if (unclean.length === 0) return;
  const devices = unclean.map(({ device }) => device);
  await access.replay(devices);
  const message = `the guest was not shut down properly: the journal of ${devices.join(', ')} was replayed in the overlay`;
  emit({ type: 'notice', notice: { code: 'journal-replayed', message } });
}
