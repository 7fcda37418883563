import { randomUUID } from 'node:crypto';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../errors.js';
import type { Mount } from '../../model.js';
import type { ExtSource } from '../../tools/debugfs-process.js';
import { e2fsck } from '../../tools/e2fsck.js';
import { makeOutbox } from '../../tools/sandbox.js';
import type { GuestAccess } from '../guest-access.js';
import { appendFile } from './append.js';
import { downloadFile } from './download.js';
import { type ExtFileSystem, openExtFileSystem } from './ext-file-system.js';
import { type DirectLayout, readDirectLayout } from './layout.js';
import type { MountTable } from './lookup.js';
import { readSnapshot } from './snapshot.js';
import { canReadDirectly, canWriteDirectly } from './writable-features.js';
import { emptyFile, writeSteps } from './write.js';

export interface DirectOptions {
  /** The guest's disk as raw bytes, from `withRawView`. */
  readonly rawPath: string;
  readonly writable: boolean;
  /** A private folder of this run; it outlives the access. */
  readonly scratchDirectory: string;
  readonly signal: AbortSignal;
}

export interface DirectAccess extends GuestAccess {
  readonly kind: 'direct';
  /** Why these mounts can't be reached this way, one line each; `mount` throws when there is a reason. */
  obstacles(mounts: readonly Mount[], mode: 'read-only' | 'read-write'): Promise<string[]>;
  /** Ends what runs for the mounts. Must be called before the disk is gone. */
  close(): Promise<void>;
}

/** Reaches a guest's ext file systems through debugfs: no appliance, and nothing of the guest runs or is mounted. */
export async function openDirectAccess(options: DirectOptions): Promise<DirectAccess> {
  const whole = await openDisk(options);
  let layout: Promise<DirectLayout> | undefined;
  let mounts: MountTable = new Map();
  const known = (): Promise<DirectLayout> => {
    layout ??= readDirectLayout(whole);
    return layout;
  };
  const open = async (wanted: readonly Mount[], mode: Mode): Promise<Opening> =>
    openAll((await known()).sources, wanted, mode);
  const replace = async (table: MountTable): Promise<void> => {
    const old = mounts;
    mounts = table;
    await closeAll(old);
  };
  return {
    kind: 'direct',
    layout: async () => (await known()).layout,
    obstacles: async (wanted, mode) => {
      const { table, obstacles } = await open(wanted, mode);
      await closeAll(table);
      return obstacles;
    },
    mount: async (wanted, mode) => {
      const { table, obstacles } = await open(wanted, mode);
      if (obstacles.length > 0) {
        await closeAll(table);
        throw new ToolError(obstacles.join('; '), { remedy: 'use --access appliance' });
      }
      await replace(table);
    },
    snapshot: (request) => readSnapshot(mounts, request),
    download: (guestPath, hostPath, limit) => downloadFile(mounts, guestPath, hostPath, limit),
    write: (steps) => writeSteps(mounts, steps),
    append: (guestPath, content) => appendFile(mounts, guestPath, content),
    close: () => replace(new Map()),
    check: async (devices) => {
      await replace(new Map());
      return checkAll((await known()).sources, devices);
    },
  };
}

type Mode = 'read-only' | 'read-write';

/** libext2fs reads options after a `?` in a name, so the disk gets a name without one. */
async function openDisk({ rawPath, writable, scratchDirectory, signal }: DirectOptions): Promise<ExtSource> {
  if (scratchDirectory.includes('?')) throw new ToolError(`the path ${scratchDirectory} has a question mark`);
  const id = randomUUID();
  const image = join(scratchDirectory, `disk-${id}`);
  await symlink(rawPath, image);
  const outbox = join(scratchDirectory, `outbox-${id}`);
  await makeOutbox(outbox, writable ? { readWrite: [image] } : { readOnly: [image] });
  await writeFile(join(outbox, emptyFile), '', { flag: 'wx' });
  await chmod(join(outbox, emptyFile), 0o644);
  return { image, offset: 0, writable, scratch: scratchDirectory, outbox, signal };
}

interface Opening {
  readonly table: MountTable;
  readonly obstacles: string[];
}

const closeAll = async (mounts: MountTable): Promise<void> => {
  await Promise.all([...mounts.values()].map((fileSystem) => fileSystem.close()));
};

async function openAll(
  sources: DirectLayout['sources'],
  mounts: readonly Mount[],
  mode: Mode,
): Promise<Opening> {
  const table = new Map<string, ExtFileSystem>();
  const obstacles: string[] = [];
  for (const { device, path } of mounts) {
    const source = sources.get(device);
    if (source === undefined) {
      obstacles.push(`${device} has no ext file system`);
      continue;
    }
    const fileSystem = await openExtFileSystem(device, { ...source, writable: mode === 'read-write' }).catch(
      async (error: unknown) => {
        await closeAll(table);
        throw error;
      },
    );
    const obstacle = obstacleOf(fileSystem, source, mode);
    if (obstacle !== undefined) obstacles.push(`${device} can't be reached directly: ${obstacle}`);
    table.set(path === '/' ? path : path.replace(/\/+$/, ''), fileSystem);
  }
  return { table, obstacles };
}

function obstacleOf({ superblock }: ExtFileSystem, source: ExtSource, mode: Mode): string | undefined {
  const reading = canReadDirectly(superblock.features);
  if (!reading.ok) return reading.reason;
  if (mode === 'read-only') return undefined;
  if (!source.writable) return 'the image was opened for reading';
  const writing = canWriteDirectly(superblock.features);
  if (!writing.ok) return writing.reason;
  return superblock.clean ? undefined : 'it was not unmounted cleanly';
}

async function checkAll(sources: DirectLayout['sources'], devices: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const device of devices) {
    const source = sources.get(device);
    if (source === undefined) continue;
    problems.push(...(await e2fsck(source)).map((line) => `${device}: ${line}`));
  }
  return problems;
}
