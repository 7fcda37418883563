import type { Notice, Problem } from '../../model.js';
import { cardFamily, cardsAmong, isSettled } from '../../network/cards.js';
import { isGlob, matchesGlob } from '../../network/glob.js';
import { type Naming, nameUnderPv } from '../../network/interface-names.js';
import type { NetplanDefinition, NetplanView } from '../../network/netplan.js';
import {
  cardSelector,
  currentName,
  definitionsNamed,
  definitionsUnder,
  inOrderOfTrial,
  literalName,
  takesName,
  takesXen,
} from '../../network/netplan-cards.js';
import { networkRefusals } from '../network-refusals.js';
import { type CardNames, type Focus, planCardNames, type Renaming } from './card-names.js';

/** A pattern or driver that takes no card of Xen, and what takes one. */
export interface SelectorRepair {
  readonly definition: NetplanDefinition;
  readonly key: 'name' | 'driver';
  readonly to: string;
  readonly reason: string;
}

/** What becomes of the cards' names, and which definitions the cards get under PV. */
export interface NetplanNames {
  /** Cards that the configuration calls by one name. */
  readonly renamings: readonly Renaming[];
  readonly repairs: readonly SelectorRepair[];
  /** The definitions of `ethernets:` that a card gets, each with the names of its cards. */
  readonly inUse: ReadonlyMap<NetplanDefinition, readonly string[]>;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/** Plans the names of all cards in a netplan configuration. */
export function planNetplanNames(view: NetplanView, naming: Naming, focus: Focus): NetplanNames {
  const ethernets = view.definitions.filter(({ section }) => section === 'ethernets');
  const literals = ethernets.flatMap((each) => literalName(each) ?? []);
  const cards = cardsAmong(
    naming,
    unique([...literals, ...ethernets.flatMap((each) => knownAs(naming, each) ?? [])]),
  );
  const interfaces = {
    taken: view.definitions.flatMap((each) => currentName(each) ?? []),
    partsOf: (name: string) =>
      definitionsNamed(view, name)
        .flatMap((each) => definitionsUnder(view, each))
        .flatMap((each) => literalName(each) ?? []),
  };
  // What netplan itself names a card, it is called under PV too.
  const given = new Set(ethernets.flatMap(({ setName }) => setName ?? []));
  const called = cards.filter(({ name }) => literals.includes(name) && !given.has(name));
  const names = planCardNames(interfaces, called, focus);
  const left = called.filter(
    (card) => !isSettled(card) && !names.renamings.some(({ from }) => from === card.name),
  );
  const pvNames = presentNames(ethernets, names, new Set(left.map(({ name }) => name)));
  const unnamed = nameUnderPv(naming, { handle: 0, currentName: '' });
  const present = pvNames.length > 0 || unnamed.kind === 'unknown' ? pvNames : [unnamed.name];
  const renamed = (definition: NetplanDefinition) => afterRenaming(definition, names.renamings);
  const mended = repairsFor(pvNames.length === 0 ? ethernets : [], present);
  return {
    renamings: names.renamings,
    repairs: mended.repairs,
    inUse: definitionsInUse(ethernets, present, renamed, mended.repairs),
    problems: [...names.problems, ...mended.problems, ...oddNames(ethernets, names.renamings)],
    notices: [...names.notices, ...macNotices(ethernets)],
  };
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** cloud-init's ids are the names that the cards had, so they count where positions are told by names. */
const knownAs = (naming: Naming, definition: NetplanDefinition): string | undefined =>
  currentName(definition) ?? (cardFamily(naming, definition.id) === undefined ? undefined : definition.id);

/** The names that cards have under PV by their definitions; empty when only patterns speak of cards. */
function presentNames(
  ethernets: readonly NetplanDefinition[],
  { renamings }: CardNames,
  left: ReadonlySet<string>,
): string[] {
  const names = ethernets.flatMap((definition) => {
    const name = currentName(definition);
    if (name === undefined || left.has(name)) return [];
    return [renamings.find(({ from }) => from === name && definition.setName === undefined)?.to ?? name];
  });
  return unique(names);
}

function afterRenaming(definition: NetplanDefinition, renamings: readonly Renaming[]): NetplanDefinition {
  const to = renamings.find(({ from }) => from === literalName(definition))?.to;
  if (to === undefined) return definition;
  const { match } = definition;
  return match === undefined ? { ...definition, id: to } : { ...definition, match: { ...match, name: to } };
}

function definitionsInUse(
  ethernets: readonly NetplanDefinition[],
  present: readonly string[],
  renamed: (definition: NetplanDefinition) => NetplanDefinition,
  repairs: readonly SelectorRepair[],
): Map<NetplanDefinition, string[]> {
  const found = new Map<NetplanDefinition, string[]>();
  const originals = new Map(ethernets.map((each) => [renamed(each), each]));
  const ordered = inOrderOfTrial([...originals.keys()]);
  for (const name of present) {
    const first = ordered.find((each) => takesName(each, name));
    const owner = first === undefined ? repairs[0]?.definition : originals.get(first);
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), name]);
  }
  // A card that is known by its MAC address alone is there whatever it is called.
  for (const each of ethernets.filter((other) => cardSelector(other)?.kind === 'mac')) {
    if (currentName(each) === undefined) found.set(each, found.get(each) ?? []);
  }
  return found;
}

/** Names that emulated cards have, by which a pattern shows that it is about them. */
const emulatedNames = ['ens3', 'ens33', 'enp0s3', 'enp1s0', 'eno1', 'eth0', 'enX0'];

function repairsFor(
  ethernets: readonly NetplanDefinition[],
  [name]: readonly string[],
): { repairs: SelectorRepair[]; problems: Problem[] } {
  const nothing = { repairs: [], problems: [] };
  if (name === undefined || ethernets.some((each) => takesName(each, name))) return nothing;
  if (ethernets.some((each) => cardSelector(each)?.kind === 'mac')) return nothing;
  const repairs = ethernets.flatMap((each) => repairOf(each, name) ?? []);
  if (repairs.length <= 1 && repairs.every(isPlain)) return { repairs, problems: [] };
  const ids = repairs.map(({ definition }) => definition.id).join(', ');
  const detail = `netplan finds cards by a match that takes none of Xen's (${ids}), which would be ${name}`;
  return { repairs: [], problems: [networkRefusals['ambiguous-network'](detail)] };
}

function repairOf(definition: NetplanDefinition, name: string): SelectorRepair | undefined {
  const selector = cardSelector(definition);
  if (selector?.kind === 'driver') {
    const reason = "the driver of Xen's card is called vif";
    if (takesXen(selector.drivers)) return undefined;
    return { definition, key: 'driver', to: 'vif', reason };
  }
  if (selector?.kind !== 'glob' || !emulatedNames.some((each) => matchesGlob(selector.glob, each)))
    return undefined;
  return {
    definition,
    key: 'name',
    to: name.replace(/\d+$/, '*'),
    reason: `the card is called ${name} under PV`,
  };
}

/** A driver beside a name, or several drivers, say more than can be carried over. */
const isPlain = ({ definition: { match, table }, key }: SelectorRepair): boolean =>
  key === 'name' || (match?.name === undefined && match?.drivers?.length === 1 && table.has('match'));

/** systemd.link(5): OriginalName= is the kernel's name, so a name that is given to a card of a given name is odd. */
function oddNames(ethernets: readonly NetplanDefinition[], renamings: readonly Renaming[]): Problem[] {
  const odd = ethernets.filter(
    (each) =>
      each.setName !== undefined &&
      (renamings.some(({ from }) => from === literalName(each)) ||
        (each.match?.macaddress === undefined && isGlob(each.match?.name ?? ''))),
  );
  return odd.map(({ id }) =>
    networkRefusals['ambiguous-network'](
      `netplan's ${id} finds a card by its name and gives it another (set-name)`,
    ),
  );
}

const macNotices = (ethernets: readonly NetplanDefinition[]): Notice[] => {
  const macs = unique(ethernets.flatMap(({ match }) => match?.macaddress ?? []));
  if (macs.length === 0) return [];
  const message = `netplan finds the network card by its MAC address (${macs.join(', ')}); the VM's configuration must keep it`;
  return [{ code: 'card-by-mac', message }];
};
