import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree, Kernel } from '../model.js';
import { linkFile } from './link-files.js';
import { rulesIn } from './udev-rules.js';

/** A file that names interfaces and says something else in an initramfs than in the guest. */
export interface NamingDifference {
  readonly initramfs: string;
  /** Path in the guest: `/etc/systemd/network/10-lan.link`. */
  readonly file: string;
  readonly difference: 'missing in the initramfs' | 'only in the initramfs' | 'older in the initramfs';
}

/**
 * Compares the copies that update-initramfs made of .link and .rules files with the guest's own. It matters where
 * the network driver is in the initramfs, because the interface is named there first.
 */
export function namingDifferences(tree: GuestTree, kernels: readonly Kernel[]): NamingDifference[] {
  return kernels.flatMap(({ initramfs }) => {
    if (initramfs === undefined || !initramfs.modules.includes('xen-netfront')) return [];
    return kinds.flatMap((kind) => differencesOf(tree, initramfs.path, initramfs.texts, kind));
  });
}

interface Kind {
  readonly directory: string;
  readonly ending: string;
  /** Where the copies are, by the udev hook of initramfs-tools and by dracut. */
  readonly copies: RegExp;
  readonly shipped: ReadonlySet<string>;
  readonly gives: (text: string) => boolean;
}

const kinds: readonly Kind[] = [
  {
    directory: '/etc/systemd/network',
    ending: '.link',
    copies: /^(?:usr\/lib|lib|etc)\/systemd\/network\/([^/]+\.link)$/,
    shipped: new Set(['73-usb-net-by-mac.link', '98-default-mac-none.link', '99-default.link']),
    gives: (text) => {
      const link = linkFile('', [text]);
      return link.name !== undefined || link.namePolicy.length > 0;
    },
  },
  {
    directory: '/etc/udev/rules.d',
    ending: '.rules',
    copies: /^(?:usr\/lib|lib|etc)\/udev\/rules\.d\/([^/]+\.rules)$/,
    shipped: new Set(['75-net-description.rules', '80-net-setup-link.rules', '80-net-name-slot.rules']),
    gives: (text) => rulesIn('', text).length > 0,
  },
];

function differencesOf(
  tree: GuestTree,
  initramfs: string,
  texts: ReadonlyMap<string, string>,
  { directory, ending, copies, shipped, gives }: Kind,
): NamingDifference[] {
  const inside = new Map<string, string>();
  for (const [path, text] of texts) {
    const name = copies.exec(path.replace(/^\/+/, ''))?.[1];
    if (name !== undefined) inside.set(name, text);
  }
  // An initramfs always holds some of these files; none at all means that they weren't read.
  if (inside.size === 0) return [];
  const own = new Map<string, string>();
  for (const name of namesIn(tree, directory).filter((each) => each.endsWith(ending))) {
    own.set(name, textAt(tree, `${directory}/${name}`) ?? '');
  }
  const names = [...new Set([...own.keys(), ...inside.keys()])].sort();
  return names.flatMap((name) => {
    const [guest, copy] = [own.get(name), inside.get(name)];
    // What is only inside and known to be shipped comes from /usr/lib, which isn't compared.
    if (guest === copy || (guest === undefined && shipped.has(name))) return [];
    if (!gives(guest ?? '') && !gives(copy ?? '')) return [];
    const difference = copy === undefined ? 'missing' : guest === undefined ? 'only' : 'older';
    return [
      { initramfs, file: `${directory}/${name}`, difference: `${difference} in the initramfs` as const },
    ];
  });
}
