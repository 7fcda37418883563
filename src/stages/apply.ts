import type { GuestAccess } from '../guest-access/guest-access.js';
import type { Facts, Plan } from '../model.js';

/** Makes the guest on the overlay what the plan says. */
export async function applyPlan(access: GuestAccess, facts: Facts, plan: Plan): Promise<void> {
  await access.mount(facts.mounts, 'read-write');
  await access.write(plan.steps.filter((step) => step.kind === 'file'));
}
