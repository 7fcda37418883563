import { namesIn, resolvePath } from '../guest-files/guest-tree.js';
import type { Facts, GuestTree } from '../model.js';

/** Where the guest's programs read their name servers. */
export type ResolverFile =
  /** A file that stays as it is written. `path` is free of symbolic links. */
  | { readonly kind: 'plain'; readonly path: string; readonly text: string }
  /** Nothing is there; `path` is where it belongs. */
  | { readonly kind: 'absent'; readonly path: string }
  /** A link to something that a program makes while the guest runs. */
  | { readonly kind: 'made'; readonly target: string };

const resolvConf = '/etc/resolv.conf';

/** What /etc/resolv.conf is in this guest. */
export function resolverFile(tree: GuestTree): ResolverFile {
  const path = resolvePath(tree, resolvConf) ?? resolvConf;
  const node = tree.get(path);
  if (node?.kind === 'file' && !path.startsWith('/run/')) return { kind: 'plain', path, text: node.text };
  return tree.has(resolvConf) ? { kind: 'made', target: path } : { kind: 'absent', path };
}

/**
 * Whether something in the guest reads `dns-nameservers` from /etc/network/interfaces: resolvconf, or ifupdown's hook
 * for systemd-resolved, which does nothing as long as that service isn't enabled (ifupdown 0.8.41 always ships it).
 * The files of resolvconf outlive the package, and its hook does nothing then.
 */
export function readsDnsOptions({ tree, packages }: Pick<Facts, 'tree' | 'packages'>): boolean {
  const hooks = namesIn(tree, '/etc/network/if-up.d');
  const isThere = packages.size === 0 || packages.has('resolvconf') || packages.has('openresolv');
  const hasHook =
    hooks.includes('000resolvconf') ||
    tree.has('/etc/resolvconf') ||
    namesIn(tree, '/etc/resolvconf').length > 0;
  return (isThere && hasHook) || (hooks.includes('resolved') && resolvedIsEnabled(tree));
}

/** `systemctl enable` makes these links, the first two by version. */
const resolvedIsEnabled = (tree: GuestTree): boolean =>
  [
    '/etc/systemd/system/multi-user.target.wants/systemd-resolved.service',
    '/etc/systemd/system/sysinit.target.wants/systemd-resolved.service',
    '/etc/systemd/system/dbus-org.freedesktop.resolve1.service',
  ].some((path) => tree.has(path));
