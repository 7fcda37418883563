import type { Problem } from '../model.js';
import type { Call } from '../xapi/pool.js';
import { xapiProblems } from './xapi-problems.js';
import { vbdSchema } from './xapi-records.js';
import { vmName } from './xapi-target.js';
import { getRecord, type VmDisk, type XapiVm } from './xapi-vm.js';

/**
 * Why the VM must not be touched now; undefined when it is off and nobody does anything with it. An operation shows in
 * `current_operations` before the power state changes, so that one that began before it was blocked is seen too.
 */
export function restProblem({ record }: XapiVm): Problem | undefined {
  if (record.power_state !== 'Halted')
    return xapiProblems['record-machine-on'](vmName(record), record.power_state);
  const operations = [...new Set(Object.values(record.current_operations))];
  return operations.length === 0
    ? undefined
    : xapiProblems['record-machine-busy'](vmName(record), operations);
}

/** Whether somebody else has the VM's disk: another VM, or a control domain that backs it up. Throws a `PoolError`. */
export async function attachedProblem(
  call: Call,
  { record }: XapiVm,
  { ref, content }: VmDisk,
  imagePath: string,
): Promise<Problem | undefined> {
  for (const user of content?.users ?? []) {
    if (user === ref) continue;
    const { currently_attached: isAttached } = await getRecord(call, 'VBD', user, vbdSchema);
    if (isAttached) return xapiProblems['record-disk-attached'](vmName(record), imagePath);
  }
  return undefined;
}
