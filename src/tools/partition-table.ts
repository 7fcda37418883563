import { ExecaError } from 'execa';
import { z } from 'zod';
import { ToolError } from '../errors.js';
import type { PartitionTable } from '../model.js';
import { describeEnd, limitReached } from './limits.js';
import { run } from './run.js';
import { sandboxed } from './sandbox.js';
import { endWholeGroup, ownGroup } from './whole-group.js';

/** A partition; sizes in bytes. */
export interface Partition {
  readonly number: number;
  readonly start: number;
  readonly bytes: number;
  /** GPT partition id in lower case, or the MBR form `12345678-01`. */
  readonly uuid?: string;
}

export interface Partitions {
  readonly table: PartitionTable;
  /** By number; extended partitions are among them, as in the kernel. */
  readonly partitions: readonly Partition[];
}

const sfdiskSchema = z.object({
  partitiontable: z.object({
    label: z.string(),
    id: z.string().optional(),
    sectorsize: z.number().int().positive().optional(),
    partitions: z
      .array(
        z.object({
          node: z.string(),
          start: z.number().int().nonnegative(),
          size: z.number().int().nonnegative(),
          uuid: z.string().optional(),
        }),
      )
      .optional(),
  }),
});

/** Reads the partition table of a raw image by sfdisk, which takes images for disks of 512-byte sectors. */
export async function readPartitions(rawPath: string, signal: AbortSignal): Promise<Partitions> {
  const none: Partitions = { table: 'none', partitions: [] };
  const words = await sandboxed({ program: 'sfdisk', args: ['--json', rawPath], readOnly: [rawPath] });
  const options = { ...ownGroup, reject: false, cancelSignal: signal } as const;
  const result = await endWholeGroup(run(options)`${words}`, signal);
  const { stdout, exitCode, code, stderr } = result;
  signal.throwIfAborted();
  if (code === 'ENOENT') throw new ToolError('sfdisk is not installed', { remedy: 'apt install fdisk' });
  if (exitCode !== 0) {
    if (/does not contain a recognized partition table/.test(stderr)) return none;
    const reason = limitReached({ ...result, said: stderr }) ?? stderr.trim();
    throw new ToolError(`sfdisk: ${reason || 'it could not read the partition table'}`);
  }
  const { partitiontable } = parseTable(stdout);
  const table = partitiontable.label === 'gpt' ? 'gpt' : partitiontable.label === 'dos' ? 'mbr' : 'none';
  if (table === 'none') return none;
  const sector = partitiontable.sectorsize ?? 512;
  const partitions = (partitiontable.partitions ?? []).map(({ node, start, size, uuid }) => {
    const number = Number(/\d+$/.exec(node)?.[0]);
    const id = table === 'gpt' ? uuid?.toLowerCase() : mbrUuid(partitiontable.id, number);
    return { number, start: start * sector, bytes: size * sector, ...(id === undefined ? {} : { uuid: id }) };
  });
  return { table, partitions: partitions.sort((one, other) => one.number - other.number) };
}

function parseTable(json: string): z.infer<typeof sfdiskSchema> {
  try {
    return sfdiskSchema.parse(JSON.parse(json));
  } catch (error) {
    throw new ToolError('sfdisk answered in an unknown form', { cause: error });
  }
}

/** As the kernel and blkid make it up from the disk's signature, `0x12345678`; a disk without one has no ids. */
function mbrUuid(id: string | undefined, number: number): string | undefined {
  const signature = /^0x([0-9a-f]{1,8})$/i
    .exec(id ?? '')?.[1]
    ?.toLowerCase()
    .padStart(8, '0');
  if (signature === undefined || signature === '00000000') return undefined;
  return `${signature}-${number.toString(16).padStart(2, '0')}`;
}

/** What blkid recognised at a place. Texts hold one character per byte. */
export interface Content {
  readonly type: string;
  readonly uuid?: string;
  readonly label?: string;
}

/** Exit codes of `blkid -p` (blkid(8)): nothing recognised, and several things recognised. */
const unrecognised = 2;
const ambivalent = 8;

/** Asks blkid what lies in a part of a raw image; undefined when it recognises nothing, or two things at once. */
export async function probeContent(
  rawPath: string,
  start: number,
  bytes: number | undefined,
  signal: AbortSignal,
): Promise<Content | undefined> {
  const size = bytes === undefined ? [] : ['-S', String(bytes)];
  const args = ['-p', '-o', 'udev', '-O', String(start), ...size, rawPath];
  const words = await sandboxed({ program: 'blkid', args, readOnly: [rawPath] });
  try {
    const options = { ...ownGroup, encoding: 'latin1', cancelSignal: signal } as const;
    const { stdout } = await endWholeGroup(run(options)`${words}`, signal);
    return parseContent(stdout);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.exitCode === unrecognised || error.exitCode === ambivalent) return undefined;
    const missing = error.code === 'ENOENT';
    const message = missing
      ? 'blkid is not installed'
      : `blkid: ${limitReached(error) ?? (String(error.stderr).trim() || describeEnd(error))}`;
    throw new ToolError(message, { remedy: missing ? 'apt install util-linux' : '', cause: error });
  }
}

function parseContent(text: string): Content | undefined {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), decode(line.slice(equals + 1)));
  }
  const type = values.get('ID_FS_TYPE');
  const uuid = values.get('ID_FS_UUID_ENC');
  const label = values.get('ID_FS_LABEL_ENC');
  if (type === undefined) return undefined;
  return { type, ...(uuid === undefined ? {} : { uuid }), ...(label === undefined ? {} : { label }) };
}

/** The `_ENC` values of blkid write unsafe bytes as `\x20`. */
const decode = (text: string): string =>
  text.replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
