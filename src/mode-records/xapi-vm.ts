import { z } from 'zod';
import { PoolError } from '../errors.js';
import type { Problem } from '../model.js';
import type { Call } from '../xapi/pool.js';
import type { RecordVif } from './mode-record.js';
import type { XapiPlace } from './xapi-option.js';
import { xapiProblems } from './xapi-problems.js';
import {
  networkSchema,
  srSchema,
  type VbdRecord,
  type VmRecord,
  vbdSchema,
  vdiSchema,
  vifSchema,
  vmSchema,
} from './xapi-records.js';
import { pathOfVdi, type VdiName } from './xapi-storage.js';

/** A disk or drive of a VM. */
export interface VmDisk extends VbdRecord {
  readonly ref: string;
  /** What is in it; undefined for an empty drive. */
  readonly content?: VdiName & {
    /** In a dom0; empty where the kind of storage doesn't tell. */
    readonly path: string;
    readonly format: string;
    /** References of every VBD that has it, this one too. */
    readonly users: readonly string[];
  };
}

/** What a pool says about a VM. */
export interface XapiVm {
  readonly ref: string;
  readonly record: VmRecord;
  /** In the order of their device numbers. */
  readonly disks: readonly VmDisk[];
}

export type VmReading =
  | { readonly kind: 'vm'; readonly vm: XapiVm }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** For people. */
export const poolName = ({ pool }: XapiPlace): string => `the pool at ${pool.host}`;

/** Reads one record. Throws a `PoolError`, also where it isn't what the published API says. */
export async function getRecord<T>(
  call: Call,
  className: string,
  ref: string,
  schema: z.ZodType<T>,
): Promise<T> {
  return checked(schema, await call(`${className}.get_record`, ref), `${className}.get_record`);
}

/** An answer that is as the published API says. Throws a `PoolError`. */
export function checked<T>(schema: z.ZodType<T>, answer: unknown, method: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const wrong = z.prettifyError(parsed.error).replaceAll('\n', ' ');
  throw new PoolError(`its answer to ${method} is not what XAPI is known to say: ${wrong}`, 'answer', '');
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Finds the VM that is meant, by its uuid or its only name, and reads it. Throws a `PoolError`. */
export async function findVm(call: Call, place: XapiPlace): Promise<VmReading> {
  const refs = uuidForm.test(place.vm)
    ? [await byUuid(call, place.vm.toLowerCase())]
    : checked(z.array(z.string()), await call('VM.get_by_name_label', place.vm), 'VM.get_by_name_label');
  const found: { readonly ref: string; readonly record: VmRecord }[] = [];
  for (const ref of refs) {
    if (ref === undefined) continue;
    const record = await getRecord(call, 'VM', ref, vmSchema);
    if (!record.is_a_template && !record.is_a_snapshot && !record.is_control_domain)
      found.push({ ref, record });
  }
  const [one] = found;
  if (one === undefined)
    return { kind: 'problem', problem: xapiProblems['record-no-machine'](poolName(place), place.vm) };
  if (found.length === 1) return { kind: 'vm', vm: await withDisks(call, one.ref, one.record) };
  const uuids = found.map(({ record }) => record.uuid).sort();
  return {
    kind: 'problem',
    problem: xapiProblems['record-ambiguous'](poolName(place), place.pool.host, place.vm, uuids),
  };
}

/** Reads the VM of that uuid; undefined when there is none. Throws a `PoolError`. */
export async function readVm(call: Call, uuid: string): Promise<XapiVm | undefined> {
  const ref = await byUuid(call, uuid);
  return ref === undefined ? undefined : withDisks(call, ref, await getRecord(call, 'VM', ref, vmSchema));
}

async function byUuid(call: Call, uuid: string): Promise<string | undefined> {
  try {
    return checked(z.string(), await call('VM.get_by_uuid', uuid), 'VM.get_by_uuid');
  } catch (error) {
    if (error instanceof PoolError && error.code === 'UUID_INVALID') return undefined;
    throw error;
  }
}

async function withDisks(call: Call, ref: string, record: VmRecord): Promise<XapiVm> {
  const disks: VmDisk[] = [];
  for (const vbd of record.VBDs) disks.push(await readDisk(call, vbd));
  return {
    ref,
    record,
    disks: disks.sort((one, other) => Number(one.userdevice) - Number(other.userdevice)),
  };
}

async function readDisk(call: Call, ref: string): Promise<VmDisk> {
  const vbd = await getRecord(call, 'VBD', ref, vbdSchema);
  if (vbd.empty || vbd.VDI === 'OpaqueRef:NULL') return { ...vbd, ref };
  const { uuid: vdi, SR, VBDs: users, sm_config } = await getRecord(call, 'VDI', vbd.VDI, vdiSchema);
  const { uuid: sr, type } = await getRecord(call, 'SR', SR, srSchema);
  const { vdi_type: kind = 'vhd' } = sm_config;
  const path = pathOfVdi(type, { sr, vdi }, kind);
  return { ...vbd, ref, content: { sr, vdi, users, path, format: kind === 'aio' ? 'raw' : kind } };
}

/** Reads the network cards of a VM. Throws a `PoolError`. */
export async function readVifs(call: Call, { record }: XapiVm): Promise<RecordVif[]> {
  const vifs: RecordVif[] = [];
  for (const ref of record.VIFs) {
    const { MAC: mac, network, ipv4_allowed: addresses } = await getRecord(call, 'VIF', ref, vifSchema);
    const { bridge } = await getRecord(call, 'network', network, networkSchema);
    vifs.push({ mac, bridge, ...(addresses.length === 0 ? {} : { ip: addresses.join(' ') }) });
  }
  return vifs;
}
