import { ToolError } from '../errors.js';
import { isDom0 } from '../tools/host-xen.js';
import { type BlockBackend, blockBackends } from '../tools/xenstore.js';
import { type XlDomain, xlDomains } from '../tools/xl-domains.js';
import type { HostDomain } from './domain.js';

/**
 * The domains of this dom0, by whatever tool stack; none on a host that isn't a dom0, which no program is started for.
 * Where they can't be found out a `ToolError` is thrown: the disk may be in use then, and nothing else would show it,
 * since the kernel's back end takes no lock on what it serves.
 */
export async function xenDomains(isXen: () => Promise<boolean> = isDom0): Promise<HostDomain[]> {
  if (!(await isXen())) return [];
  const [domains, backends] = await Promise.all([xlDomains(), blockBackends()]);
  if (domains === undefined && backends === undefined) {
    throw new ToolError(
      "which domains of this host have the disk can't be found out without xl or xenstore-ls",
      {
        remedy: 'install xen-utils or xenstore-utils',
      },
    );
  }
  return [
    ...(domains ?? []).map(toldByXl),
    ...(backends ?? []).map((backend) => behind(backend, domains ?? [])),
  ];
}

const toldByXl = ({ name, state, disks }: XlDomain): HostDomain => ({ name, state, knownBy: 'xl', disks });

/** What is served to one that xl lists is known by its name. */
function behind({ domain, disks }: BlockBackend, known: readonly XlDomain[]): HostDomain {
  const row = known.find(({ id }) => id === domain);
  if (row !== undefined) return { ...toldByXl(row), disks };
  return { name: `number ${domain}`, state: 'running', knownBy: 'xenstore', disks };
}
