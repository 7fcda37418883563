import { namesIn } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';

/** A network system that has files of its own, whether or not they do something. */
export interface NetworkSystem {
  readonly name: 'netplan' | 'systemd-networkd';
  /** In the order in which it reads them. */
  readonly files: readonly string[];
}

/** The network systems whose files an administrator wrote below /etc. */
export function systemsWithFiles(tree: GuestTree): NetworkSystem[] {
  const systems: readonly NetworkSystem[] = [
    { name: 'netplan', files: filesIn(tree, '/etc/netplan', /\.yaml$/) },
    { name: 'systemd-networkd', files: filesIn(tree, '/etc/systemd/network', /\.(?:network|netdev)$/) },
  ];
  return systems.filter(({ files }) => files.length > 0);
}

const filesIn = (tree: GuestTree, directory: string, name: RegExp): string[] =>
  namesIn(tree, directory)
    .filter((each) => name.test(each))
    .map((each) => `${directory}/${each}`);
