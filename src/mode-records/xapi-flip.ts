import { setTimeout } from 'node:timers/promises';
import { PoolError, RecordError } from '../errors.js';
import { type Call, withPool } from '../xapi/pool.js';
import { block, unblock } from './xapi-block.js';
import { type BootFields, bootFieldNames, bootFieldsOf, differing, isNothing } from './xapi-fields.js';
import type { XapiPlace } from './xapi-option.js';
import { vmSchema } from './xapi-records.js';
import { restProblem } from './xapi-rest.js';
import { vmName } from './xapi-target.js';
import { getRecord, poolName, readVm, type XapiVm } from './xapi-vm.js';

/** A change of the fields of one VM: each must be as in `from`, or as in `to` already. */
export interface BootChange {
  readonly uuid: string;
  readonly from: BootFields;
  readonly to: BootFields;
  /** All that the VM must say in the end, where more than these fields count. Throws nothing. */
  readonly goal?: (vm: XapiVm) => BootFields;
}

/** Milliseconds before it is tried again, where the connection was in the way. */
const pauses = [200, 1500];

/**
 * Changes the fields of a VM that is off, and reads them back. XAPI can't compare and set, so what could start the VM is
 * blocked first, and everything is compared after that. The VM is an HVM until the last of the fields is set, and is one
 * again with the first when it goes back. May be repeated, so it is, after a lost connection too: a field that has the
 * new value is left alone, and a mixture of old and new ones is what an interrupted run has left. Throws a `RecordError`.
 */
export async function changeVm(place: XapiPlace, change: BootChange, note: string): Promise<void> {
  for (const pause of [...pauses, undefined]) {
    try {
      return await withPool(place.pool, (call) => compareAndSet(call, place, change, note));
    } catch (error) {
      if (!(error instanceof PoolError)) throw error;
      if (error.failure !== 'lost' || pause === undefined) throw recordErrorOf(error, place);
      await setTimeout(pause);
    }
  }
}

const recordErrorOf = (error: PoolError, place: XapiPlace): RecordError =>
  new RecordError(
    `the VM ${JSON.stringify(place.vm)} couldn't be changed in ${poolName(place)}: ${error.message}`,
    {
      remedy: `${error.remedy || 'mend the cause'}, and run the same command again; until then the VM may be blocked from starting`,
      cause: error,
    },
  );

const stop = (message: string, remedy = 'look at it, and run the same command again'): never => {
  throw new RecordError(message, { remedy });
};

async function compareAndSet(call: Call, place: XapiPlace, change: BootChange, note: string): Promise<void> {
  const vm = await known(call, place, change);
  try {
    requireFit(vm, change);
    if (isNothing(differing(change.to, bootFieldsOf(vm.record, vm.disks))))
      return await unblock(call, vm.ref, note);
    await block(call, vm, note);
    const blocked = await known(call, place, change);
    requireFit(blocked, change);
    await setFields(call, blocked, change);
    requireSet(await known(call, place, change), change);
  } catch (error) {
    // Of a lost connection the next attempt, or the next run, sees to it.
    if (error instanceof RecordError || (error instanceof PoolError && error.failure === 'answer'))
      await unblock(call, vm.ref, note).catch(() => undefined);
    throw error;
  }
  await unblock(call, vm.ref, note);
}

async function known(call: Call, place: XapiPlace, { uuid }: BootChange): Promise<XapiVm> {
  const vm = await readVm(call, uuid);
  return vm ?? stop(`${poolName(place)} has no VM ${uuid} any more`);
}

/** Throws a `RecordError` unless the VM is off and every field is an old or a new one. */
function requireFit(vm: XapiVm, { from, to, goal }: BootChange): void {
  const busy = restProblem(vm);
  if (busy !== undefined) stop(busy.message, busy.remedy);
  const now = bootFieldsOf(vm.record, vm.disks);
  const gone = [...to.bootable.keys()].find((uuid) => !now.bootable.has(uuid));
  if (gone !== undefined) stop(`${vmName(vm.record)} has no VBD ${gone} any more`);
  const foreign = namesOf(differing(differing(now, to), from)).filter(
    // The other one's setter has put it there.
    (name) => name !== 'HVM_boot_policy' || to.vm.domain_type === undefined,
  );
  const missing =
    goal === undefined ? [] : namesOf(differing(goal(vm), now)).filter((name) => !has(to, name));
  const [name] = [...foreign, ...missing];
  if (name !== undefined)
    stop(`${vmName(vm.record)} was changed since: ${name} is neither the old nor the new one`);
}

const namesOf = ({ vm, bootable }: BootFields): string[] => [
  ...Object.keys(vm),
  ...[...bootable.keys()].map((uuid) => `bootable of the VBD ${uuid}`),
];

const has = (fields: BootFields, name: string): boolean => namesOf(fields).includes(name);

async function setFields(call: Call, vm: XapiVm, { to }: BootChange): Promise<void> {
  const wanted = differing(to, bootFieldsOf(vm.record, vm.disks));
  const { domain_type: type = to.vm.HVM_boot_policy === '' ? 'pv' : 'hvm' } = to.vm;
  const isBack = type === 'hvm';
  const mode = () => setMode(call, vm, wanted);
  if (isBack) await mode();
  for (const { uuid, ref } of vm.disks) {
    const bootable = wanted.bootable.get(uuid);
    if (bootable !== undefined) await call('VBD.set_bootable', ref, bootable);
  }
  for (const field of bootFieldNames) {
    if (field === 'domain_type' || field === 'HVM_boot_policy' || wanted.vm[field] === undefined) continue;
    await call(`VM.set_${field}`, vm.ref, wanted.vm[field]);
  }
  if (!isBack) await mode();
}

/** Either setter keeps the other field in step, the second by a default (xen-api's xapi_vm.ml, set_domain_type). */
async function setMode(call: Call, { ref }: XapiVm, { vm }: BootFields): Promise<void> {
  if (vm.domain_type !== undefined) await call('VM.set_domain_type', ref, vm.domain_type);
  if (vm.HVM_boot_policy === undefined) return;
  const { HVM_boot_policy: policy } = await getRecord(call, 'VM', ref, vmSchema);
  if (policy !== vm.HVM_boot_policy) await call('VM.set_HVM_boot_policy', ref, vm.HVM_boot_policy);
}

function requireSet(vm: XapiVm, { to }: BootChange): void {
  const left = differing(to, bootFieldsOf(vm.record, vm.disks));
  if (!isNothing(left)) stop(`${vmName(vm.record)} kept its ${namesOf(left).join(', ')} when it was changed`);
}
