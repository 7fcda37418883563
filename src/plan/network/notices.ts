import type { Facts, GuestTree, NetworkRequest, Notice } from '../../model.js';
import { optionValue } from '../../network/ifupdown.js';
import type { InterfaceDefinition } from '../../network/ifupdown-view.js';
import { namingDifferences } from '../../network/initramfs-names.js';
import {
  bootedCommandLine,
  configuredCommandLine,
  kernelParameter,
} from '../../network/kernel-parameters.js';
import { filesNaming } from '../../network/name-mentions.js';
import { sameNetmask } from '../../network/netmask.js';
import { systemsWithFiles } from '../../network/network-system.js';
import type { Renaming } from './card-names.js';

/** Other files of the guest that still say a card's former name; `own` are those that get the new one. */
export const mentionNotices = (
  tree: GuestTree,
  renamings: readonly Renaming[],
  own: readonly string[] = [],
): Notice[] =>
  renamings.flatMap(({ from, to }) => {
    const files = filesNaming(tree, from).filter((path) => !own.includes(path));
    const message = `${files.join(', ')} still names ${from}, which is called ${to} under PV; look whether it matters`;
    return files.length === 0 ? [] : [{ code: 'interface-name-elsewhere', message }];
  });

/** Network systems whose files do nothing at boot. `inCharge`: the names of those that configure a card. */
export const idleSystemNotices = (tree: GuestTree, inCharge: readonly string[]): Notice[] =>
  systemsWithFiles(tree)
    .filter(({ name }) => !inCharge.includes(name))
    .map(({ name, files }) => ({
      code: 'other-network-config',
      message: `the guest also has files of ${name} that configure no card at boot; they stay as they are: ${files.join(', ')}`,
    }));

/** Where names may come out otherwise than the guest's present files say. */
export function namingNotices({ tree, kernels }: Facts): Notice[] {
  const copies = namingDifferences(tree, kernels).map(({ initramfs, file, difference }) => ({
    code: 'initramfs-naming-differs',
    message: `${file} is ${difference} ${initramfs}, which names the network interface first; run update-initramfs -u in the guest`,
  }));
  const [booted, configured] = [bootedCommandLine(tree), configuredCommandLine(tree)];
  const changed = ['net.ifnames', 'net.naming-scheme'].filter(
    (key) =>
      tree.has('/etc/default/grub') && kernelParameter(booted, key) !== kernelParameter(configured, key),
  );
  const later = changed.map((key) => ({
    code: 'interface-name-may-change',
    message: `grub.cfg and /etc/default/grub disagree about ${key}: the next update-grub may rename the interface`,
  }));
  return [...copies, ...later];
}

/** A static interface stays as it is; what was asked for and isn't so is said. */
export function differenceNotices(
  definition: InterfaceDefinition | undefined,
  request: NetworkRequest,
): Notice[] {
  if (definition?.method !== 'static' || request.policy !== 'static' || request.address === undefined)
    return [];
  const { stanza, name } = definition;
  const [mask, gateway] = [maskIn(definition), optionValue(stanza, 'gateway')];
  const differences = [
    request.prefix !== undefined && mask !== undefined && !sameNetmask(mask, request.prefix)
      ? `netmask ${mask}`
      : '',
    request.gateway !== undefined && gateway !== request.gateway ? `gateway ${gateway ?? 'none'}` : '',
  ].filter((text) => text !== '');
  if (differences.length === 0) return [];
  const message = `${name} is static already and keeps its ${differences.join(' and ')}, which isn't what was given`;
  return [{ code: 'network-differs', message }];
}

const maskIn = ({ stanza }: InterfaceDefinition): string | undefined =>
  optionValue(stanza, 'netmask') ?? optionValue(stanza, 'address')?.split('/')[1];
