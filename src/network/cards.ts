import { isGivenName, type Naming, nameUnderPv, type PvName } from './interface-names.js';

/** How a network card's name came about; names of one kind don't turn up beside those of another on one machine. */
export type CardFamily = 'kernel' | 'xen' | 'pci' | 'given';

/** A network card that the guest's files name, and what it will be called. */
export interface Card {
  readonly name: string;
  readonly family: CardFamily;
  /** Number of the network interface in the VM's configuration that it is taken for. */
  readonly handle: number;
  readonly pv: PvName;
}

/** The kind of a name that an emulated, PV-on-HVM or given card can have; undefined for bridges, bonds and the like. */
export function cardFamily(naming: Naming, name: string): CardFamily | undefined {
  if (isGivenName(naming, name)) return 'given';
  if (/^eth\d{1,3}$/.test(name)) return 'kernel';
  if (/^enX\d{1,5}$/.test(name)) return 'xen';
  // systemd.net-naming-scheme(7): onboard, slot, path and MAC names of an Ethernet card.
  return /^en(?:[opsPvai]\d[0-9a-zA-Z]{0,11}|x[0-9a-f]{12})$/.test(name) ? 'pci' : undefined;
}

/**
 * The network cards among some interface names, in the order of the VM's configuration: the number in `eth1` and
 * `enX1` is the position there; `ens3`, `ens4` are taken to be in the order of their numbers.
 */
export function cardsAmong(naming: Naming, names: readonly string[]): Card[] {
  const sorted = [...names].sort(byNumbersInside);
  const counts = new Map<CardFamily, number>();
  return sorted.flatMap((name) => {
    const family = cardFamily(naming, name);
    if (family === undefined) return [];
    const position = counts.get(family) ?? 0;
    counts.set(family, position + 1);
    const handle = Number(/^(?:eth|enX)(\d{1,5})$/.exec(name)?.[1] ?? position);
    return [{ name, family, handle, pv: nameUnderPv(naming, { handle, currentName: name }) }];
  });
}

/** Whether a card's name stays what it is. */
export const isSettled = ({ name, pv }: Card): boolean => pv.kind === 'known' && pv.name === name;

/** `ens10` after `ens9`. */
function byNumbersInside(one: string, other: string): number {
  const [ones, others] = [chunks(one), chunks(other)];
  for (const [at, chunk] of ones.entries()) {
    const facing = others[at];
    if (facing === undefined) return 1;
    if (chunk === facing) continue;
    const difference = Number(chunk) - Number(facing);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
    return chunk < facing ? -1 : 1;
  }
  return ones.length - others.length;
}

const chunks = (name: string): string[] => name.match(/\d+|\D+/g) ?? [];
