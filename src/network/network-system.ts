import { namesIn, nodeAt, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import { matchesGlob } from './glob.js';

/** A way to configure the network other than ifupdown that a guest has files of. */
export interface NetworkSystem {
  readonly name: string;
  /** What tells that it is there: its configuration, in the order in which it is read. */
  readonly files: readonly string[];
}

/** The network systems other than ifupdown whose configuration the guest has. */
export function otherNetworkSystems(tree: GuestTree): NetworkSystem[] {
  const existing = (paths: readonly string[]) => paths.filter((path) => nodeAt(tree, path) !== undefined);
  const systems = [
    { name: 'netplan', files: filesIn(tree, '/etc/netplan', /\.yaml$/) },
    { name: 'systemd-networkd', files: filesIn(tree, '/etc/systemd/network', /\.(?:network|netdev)$/) },
    {
      name: 'NetworkManager',
      files: [
        ...filesIn(tree, '/etc/NetworkManager/system-connections', /./),
        ...existing(['/etc/NetworkManager/NetworkManager.conf']),
      ],
    },
    {
      name: "cloud images' ifupdown helper, which asks DHCP for every card at boot",
      files: existing(['/etc/network/cloud-ifupdown-helper', '/etc/network/cloud-interfaces-template']),
    },
    { name: 'dhcpcd', files: existing(['/etc/dhcpcd.conf']) },
  ];
  return systems.filter(({ files }) => files.length > 0);
}

/**
 * Whether a card with this name is configured no worse than under its present name: nothing names cards at all, or
 * some name or pattern takes this one too.
 */
export function worksUnderName(tree: GuestTree, systems: readonly NetworkSystem[], name: string): boolean {
  const texts = systems.flatMap(({ files }) => files.map((path) => textAt(tree, path) ?? ''));
  const words = texts.flatMap(cardWords);
  return words.length === 0 || words.some((word) => matchesGlob(word, name));
}

/** Names and patterns of Ethernet cards outside of comments. */
const cardWords = (text: string): string[] =>
  text
    .replace(/^[ \t]*[#;].*$/gm, '')
    .match(/(?<![\w.:/-])(?:eth[\d*?]|en(?:[opsPvaiX][\d*?]|x[0-9a-f*?]|\*))[\w*?]*(?![\w-])/g) ?? [];

const filesIn = (tree: GuestTree, directory: string, name: RegExp): string[] =>
  namesIn(tree, directory)
    .filter((each) => name.test(each))
    .map((each) => `${directory}/${each}`);
