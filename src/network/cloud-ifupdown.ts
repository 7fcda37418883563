import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import { headerWords, parseInterfaces } from './ifupdown.js';
import { interfacesFiles } from './ifupdown-files.js';

const helper = '/etc/network/cloud-ifupdown-helper';
const generated = '/run/network/interfaces.d';

/**
 * The names of cards that Debian's cloud images, buster and bullseye, configure by themselves: a udev rule runs a script
 * that writes a stanza with DHCP to /run for every card of such a name, unless ifupdown knows the card already
 * (`ifup --no-act`). Patterns of fnmatch; none where a part of it is missing.
 */
export function cloudIfupdownPatterns(tree: GuestTree): string[] {
  const template = textAt(tree, '/etc/network/cloud-interfaces-template') ?? '';
  const asks = /^[ \t]*iface[ \t]+\S+[ \t]+inet[ \t]+dhcp\b/m.test(template);
  if (!asks || textAt(tree, helper) === undefined || !readsGenerated(tree)) return [];
  const rules = namesIn(tree, '/etc/udev/rules.d').map(
    (name) => textAt(tree, `/etc/udev/rules.d/${name}`) ?? '',
  );
  return rules.flatMap((text) => text.split('\n')).flatMap(patternsIn);
}

/** A rule that asks for a driver, as Azure's images have it, isn't about a card of Xen. */
function patternsIn(line: string): string[] {
  if (/^[ \t]*#/.test(line) || !line.includes(helper) || /DRIVERS?==/.test(line)) return [];
  return /ENV\{INTERFACE\}=="([^"]*)"/.exec(line)?.[1]?.split('|') ?? ['*'];
}

const readsGenerated = (tree: GuestTree): boolean =>
  interfacesFiles(tree).some((path) =>
    parseInterfaces(textAt(tree, path) ?? '').some(
      (stanza) =>
        stanza.keyword.startsWith('source') &&
        headerWords(stanza).some((word) => word.replace(/\/\*?$/, '') === generated),
    ),
  );
