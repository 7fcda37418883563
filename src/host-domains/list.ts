import type { HostDomain } from './domain.js';
import { libvirtDomains } from './libvirt.js';
import { savedDomains } from './saved.js';
import { xenDomains } from './xen.js';

/** Who knows of domains on this host, one a line. Each says nothing, and starts no program, where it isn't in use. */
const sources: readonly (() => Promise<HostDomain[]>)[] = [xenDomains, savedDomains, libvirtDomains];

/** Every domain that has its disks now or has been saved with them. Throws a `ToolError` where that can't be known. */
export const hostDomains = async (): Promise<HostDomain[]> =>
  (await Promise.all(sources.map((domainsOf) => domainsOf()))).flat();
