import type { GuestTree } from '../model.js';
import { namesIn } from './guest-tree.js';

const units = '/etc/systemd/system';

/**
 * Whether systemd starts a unit at boot, as `systemctl enable` writes it: a link in a `.wants` or `.requires` folder,
 * or under an alias such as `dbus-org.freedesktop.network1.service`. A masked unit isn't started.
 */
export function isEnabled(tree: GuestTree, unit: string, aliases: readonly string[] = []): boolean {
  const own = tree.get(`${units}/${unit}`);
  if (own?.kind === 'symlink' && own.target === '/dev/null') return false;
  const folders = namesIn(tree, units).filter((name) => /\.(?:wants|requires)$/.test(name));
  return (
    folders.some((folder) => isThere(tree, `${units}/${folder}/${unit}`)) ||
    aliases.some((alias) => isThere(tree, `${units}/${alias}`))
  );
}

function isThere(tree: GuestTree, path: string): boolean {
  const node = tree.get(path);
  return node !== undefined && !(node.kind === 'symlink' && node.target === '/dev/null');
}
