import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { libvirtDomainsAt } from '../tools/virsh.js';
import type { HostDomain } from './domain.js';

/** Where libvirt's daemons listen: the one for everything, and those for one hypervisor each (libvirtd(8), virtqemud(8)). */
const connections = [
  { uri: 'qemu:///system', sockets: ['libvirt-sock', 'virtqemud-sock'] },
  { uri: 'xen:///system', sockets: ['libvirt-sock', 'virtxend-sock'] },
] as const;

/**
 * The domains of the libvirt daemons of this host, and of the one that `LIBVIRT_DEFAULT_URI` names, if it is on this host.
 * Throws a `ToolError` when one hangs. A QEMU domain that runs is seen by its process too; one of Xen's by xl; what only
 * libvirt knows of are saved ones, and those of a connection of a user's own.
 */
export async function libvirtDomains(
  folder = '/run/libvirt',
  given = process.env.LIBVIRT_DEFAULT_URI,
): Promise<HostDomain[]> {
  const uris = new Set(given !== undefined && isLocal(given) ? [given] : []);
  for (const { uri, sockets } of connections) {
    if ((await Promise.all(sockets.map((name) => exists(join(folder, name))))).includes(true)) uris.add(uri);
  }
  const found = await Promise.all([...uris].map(domainsAt));
  return found.flat();
}

/** No host, and no way to another one (libvirt's uri.html). */
const isLocal = (uri: string): boolean => /^[a-z]+(?:\+unix)?:\/\/\//.test(uri);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const domainsAt = async (uri: string): Promise<HostDomain[]> =>
  (await libvirtDomainsAt(uri)).map((domain) => ({ ...domain, knownBy: `libvirt, ${uri}` }));
