import type { Edit, Facts, GuestTree, Notice } from '../../model.js';
import { optionValue, type Stanza } from '../../network/ifupdown.js';
import { type ResolverFile, readsDnsOptions, resolverFile } from '../../network/name-resolution.js';
import { nameservers, withNameservers } from '../../network/resolv-conf.js';

/** Where the name servers go when an interface no longer learns them by DHCP. */
export interface NameServerPlan {
  /** For `dns-nameservers` in the interface's stanza. */
  readonly inStanza: readonly string[];
  readonly edits: readonly Edit[];
  readonly notices: readonly Notice[];
}

/** Plans the name servers of an interface that becomes static; with none given, those that are there stay. */
export function planNameServers(facts: Facts, stanza: Stanza, wanted: readonly string[]): NameServerPlan {
  const file = resolverFile(facts.tree);
  const hook = readsDnsOptions(facts);
  if (wanted.length > 0) return writtenServers(file, hook, wanted);
  const inStanza = hook && optionValue(stanza, 'dns-nameservers') !== undefined;
  const inFile = file.kind === 'plain' && nameservers(file.text).length > 0;
  const notices = inStanza || inFile ? [] : [noServers(file, 'none was given')];
  return { inStanza: [], edits: [], notices };
}

/**
 * Plans the name servers of an interface whose own configuration says them in a way that systemd-resolved or
 * NetworkManager reads. `present`: how many it has once it is static. A file that nothing makes gets them as well.
 */
export function planOwnServers(
  tree: GuestTree,
  present: number,
  wanted: readonly string[],
): Omit<NameServerPlan, 'inStanza'> {
  const file = resolverFile(tree);
  const { edits } =
    wanted.length > 0 && file.kind === 'plain' ? writtenServers(file, true, wanted) : { edits: [] };
  const inFile = file.kind === 'plain' && nameservers(file.text).length > 0;
  const notices = present > 0 || wanted.length > 0 || inFile ? [] : [noServers(file, 'none was given')];
  return { edits, notices };
}

/** Plans name servers that only /etc/resolv.conf can say. */
export function planFileServers(
  tree: GuestTree,
  wanted: readonly string[],
): Omit<NameServerPlan, 'inStanza'> {
  return wanted.length > 0
    ? writtenServers(resolverFile(tree), false, wanted)
    : planOwnServers(tree, 0, wanted);
}

function writtenServers(file: ResolverFile, hook: boolean, wanted: readonly string[]): NameServerPlan {
  const inStanza = hook ? wanted : [];
  // resolvconf makes the file anew if it is in charge; if it isn't any more, the file counts. So both get them.
  if (file.kind === 'plain' || (file.kind === 'absent' && !hook)) {
    const before = file.kind === 'plain' ? file.text : '';
    const text = withNameservers(before, wanted);
    const reason = 'the name servers no longer come by DHCP';
    const edit: Edit = { path: file.path, node: { kind: 'file', text }, reason };
    return { inStanza, edits: text === before ? [] : [edit], notices: [] };
  }
  const lost = !hook && file.kind === 'made';
  return { inStanza, edits: [], notices: lost ? [noServers(file, 'the given ones have no place')] : [] };
}

const noServers = (file: ResolverFile, why: string): Notice => ({
  code: 'no-dns',
  message: `the guest may have no name server: they came by DHCP, ${why}, and ${stateOf(file)}`,
});

function stateOf(file: ResolverFile): string {
  if (file.kind === 'absent') return 'there is no /etc/resolv.conf';
  if (file.kind === 'made') return `/etc/resolv.conf is made while the guest runs (${file.target})`;
  return '/etc/resolv.conf names none';
}
