import { hostname } from 'node:os';
import { PoolError } from '../errors.js';
import type { Call } from '../xapi/pool.js';
import { vmSchema } from './xapi-records.js';
import { getRecord, type XapiVm } from './xapi-vm.js';

/** What must not happen to a VM whose disk or record is worked on: it would use the disk, or copy or move it half done. */
const operations = [
  'start',
  'start_on',
  'resume',
  'resume_on',
  'snapshot',
  'checkpoint',
  'clone',
  'copy',
  'export',
  'revert',
  'migrate_send',
  'make_into_template',
  'destroy',
] as const;

/**
 * What stands for a blocked operation in XAPI's `blocked_operations`, and is shown to who tries it. The same for every run
 * on this host with this image, so that a run finds again what a killed one has left.
 */
export const blockNote = (imagePath: string): string =>
  `convert-image on ${hostname()} works on its disk ${JSON.stringify(imagePath)}; if it was killed, run it again, or remove this`;

/** Blocks the VM's operations; what somebody else has blocked stays as it is. Throws a `PoolError`. */
export async function block(call: Call, { ref, record }: XapiVm, note: string): Promise<void> {
  for (const operation of operations) {
    if (record.blocked_operations[operation] !== undefined) continue;
    try {
      await call('VM.add_to_blocked_operations', ref, operation, note);
    } catch (error) {
      // Somebody was faster.
      if (!(error instanceof PoolError) || error.code !== 'MAP_DUPLICATE_KEY') throw error;
    }
  }
}

/** Takes away what this program has blocked for this image, now or in a run that was killed. Throws a `PoolError`. */
export async function unblock(call: Call, ref: string, note: string): Promise<void> {
  const { blocked_operations: blocked } = await getRecord(call, 'VM', ref, vmSchema);
  for (const [operation, value] of Object.entries(blocked))
    if (value === note) await call('VM.remove_from_blocked_operations', ref, operation);
}
