import type { DiskLayout, FileSystem } from '../../model.js';
import type { ExtSource } from '../../tools/debugfs-process.js';
import { type Content, type Partition, probeContent, readPartitions } from '../../tools/partition-table.js';
import { openExtFileSystem } from './ext-file-system.js';

/** The disk's layout, and where each ext file system of it starts. */
export interface DirectLayout {
  readonly layout: DiskLayout;
  readonly sources: ReadonlyMap<string, ExtSource>;
}

/** The disk as the appliance calls it, so that both ways use the same names. */
const disk = '/dev/sda';

/** Whether e2fsprogs' tools can read this type of file system, as blkid calls it. */
const isExt = (type: string): boolean => /^ext[234]$/.test(type);

/** Reads the partition table and what is in each partition. `whole` is the disk as a source at offset 0. */
export async function readDirectLayout(whole: ExtSource): Promise<DirectLayout> {
  const { table, partitions } = await readPartitions(whole.image, whole.signal);
  const places = partitions.length > 0 ? partitions : [undefined];
  const found = await Promise.all(places.map((partition) => lookAt(whole, partition)));
  const sources = new Map(
    found.flatMap(({ fileSystem, source }) => (source ? [[fileSystem.device, source]] : [])),
  );
  const fileSystems = found.map(({ fileSystem }) => fileSystem);
  return { layout: { partitionTable: partitions.length > 0 ? table : 'none', fileSystems }, sources };
}

interface Look {
  readonly fileSystem: FileSystem;
  readonly source?: ExtSource;
}

async function lookAt(whole: ExtSource, partition: Partition | undefined): Promise<Look> {
  const start = partition?.start ?? 0;
  const content = await probeContent(whole.image, start, partition?.bytes, whole.signal);
  const described = describe(partition, content);
  if (content === undefined || !isExt(content.type)) return { fileSystem: described };
  const source = { ...whole, offset: start };
  return { fileSystem: { ...described, ...(await stateOf(described.device, source)) }, source };
}

function describe(partition: Partition | undefined, content: Content | undefined): FileSystem {
  return {
    device: partition === undefined ? disk : `${disk}${partition.number}`,
    ...(partition === undefined ? {} : { partition: partition.number }),
    type: 'unknown',
    ...content,
    ...(partition?.uuid === undefined ? {} : { partitionUuid: partition.uuid }),
  };
}

/** A file system that debugfs can't open isn't clean; mounting it says why. */
async function stateOf(device: string, source: ExtSource): Promise<Pick<FileSystem, 'clean' | 'features'>> {
  const opened = await openExtFileSystem(device, { ...source, writable: false }).catch(() => undefined);
  source.signal.throwIfAborted();
  await opened?.close();
  if (opened === undefined) return { clean: false };
  const { clean, features } = opened.superblock;
  return { clean, features: [...features] };
}
