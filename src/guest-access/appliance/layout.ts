import type { DiskLayout, FileSystem, PartitionTable } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** The disk as the appliance calls it: the only one that it has. */
const disk = '/dev/sda';

/**
 * Reads the partition table, the file systems and logical volumes, and whether the ext file systems are clean.
 * `list-filesystems` would answer in one call and take 4.5 s under software emulation, 0.1 s this way.
 */
export async function readLayout(guestfish: Guestfish): Promise<DiskLayout> {
  const partitions = await guestfish.call('list-partitions');
  const fileSystems: FileSystem[] = [];
  for (const device of partitions.length > 0 ? partitions : [disk]) {
    fileSystems.push(await readFileSystem(guestfish, device));
  }
  if (fileSystems.some(({ type }) => type === 'LVM2_member')) {
    await guestfish.call('vgscan');
    await guestfish.call('vg-activate-all', 'true');
    for (const device of await guestfish.call('lvs'))
      fileSystems.push(await readFileSystem(guestfish, device));
  }
  return { partitionTable: partitions.length > 0 ? await partitionTable(guestfish) : 'none', fileSystems };
}

async function partitionTable(guestfish: Guestfish): Promise<PartitionTable> {
  const [type] = await guestfish.call('part-get-parttype', disk);
  return type === 'gpt' ? 'gpt' : type === 'msdos' ? 'mbr' : 'none';
}

async function readFileSystem(guestfish: Guestfish, device: string): Promise<FileSystem> {
  const tags = new Map<string, string>();
  for (const line of await guestfish.call('blkid', device)) {
    const [, key, value] = /^([A-Z_]+): (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) tags.set(key, value);
  }
  const partition = /^\/dev\/sda(\d+)$/.exec(device)?.[1];
  const type = tags.get('TYPE') ?? 'unknown';
  const uuid = tags.get('UUID');
  const label = tags.get('LABEL');
  const partitionUuid = tags.get('PART_ENTRY_UUID');
  const clean = /^ext[234]$/.test(type) ? await isCleanExt(guestfish, device) : undefined;
  return {
    device,
    type,
    ...(partition === undefined ? {} : { partition: Number(partition) }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(label === undefined ? {} : { label }),
    ...(partitionUuid === undefined ? {} : { partitionUuid }),
    ...(clean === undefined ? {} : { clean }),
  };
}

/** Clean means: unmounted properly and nothing left in the journal (`needs_recovery`). */
async function isCleanExt(guestfish: Guestfish, device: string): Promise<boolean> {
  const superblock = await guestfish.call('tune2fs-l', device);
  const features = superblock.find((line) => line.startsWith('Filesystem features:')) ?? '';
  const state = superblock.find((line) => line.startsWith('Filesystem state:')) ?? '';
  return !features.includes('needs_recovery') && /: clean$/.test(state);
}
