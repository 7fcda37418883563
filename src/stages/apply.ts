import type { GuestAccess } from '../guest-access/guest-access.js';
import type { Facts, Plan } from '../model.js';
import { extendInitramfs } from './extend-initramfs.js';

/** Makes the guest on the overlay what the plan says. */
export async function applyPlan(
  access: GuestAccess,
  facts: Facts,
  { steps }: Plan,
  scratch: string,
): Promise<void> {
  await access.mount(facts.mounts, 'read-write');
  for (const step of steps) if (step.kind === 'initramfs') await extendInitramfs(access, step, scratch);
  await access.write(steps.filter((step) => step.kind === 'file'));
}
