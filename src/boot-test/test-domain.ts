import { basename } from 'node:path';
import { isAlive } from '../state/process-identity.js';
import { isDom0 } from '../tools/host-xen.js';
import { destroyDomain } from '../tools/xl.js';
import { xlDomains } from '../tools/xl-domains.js';

const prefix = 'convert-image-test-';

/** The throw-away domain of a run: its name is that of the run's scratch folder, and so says which process owns it. */
export const testDomainName = (scratch: string): string => `${prefix}${basename(scratch)}`;

/**
 * Destroys the throw-away domains of runs that are gone: of those that were killed with SIGKILL. Their loop devices and
 * layers go with them. Does nothing outside of a dom0. Throws a `ToolError`.
 */
export async function sweepTestDomains(): Promise<void> {
  if (!(await isDom0())) return;
  for (const { name } of (await xlDomains()) ?? []) {
    if (!name.startsWith(prefix)) continue;
    const owner = name.slice(prefix.length, name.lastIndexOf('-'));
    if (!(await isAlive(owner))) await destroyDomain(name);
  }
}
