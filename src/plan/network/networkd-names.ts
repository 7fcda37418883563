import type { Problem } from '../../model.js';
import { type Card, cardFamily, cardsAmong } from '../../network/cards.js';
import { isGlob } from '../../network/glob.js';
import type { Naming } from '../../network/interface-names.js';
import { networkByName, networkWithName, networkWithNames } from '../../network/networkd-edits.js';
import { lastValue, type NetworkdFile, networkdFile } from '../../network/networkd-files.js';
import { networkRefusals } from '../network-refusals.js';
import {
  type CardNames,
  type ConfiguredNames,
  type Focus,
  planCardNames,
  presentName,
  type Renaming,
} from './card-names.js';
import { firstPvName, type NetworkdNetwork, takes } from './networkd-view.js';

/** A file after an edit, and why; without reason when nothing changed. */
export interface MendedFile {
  readonly file: NetworkdFile;
  readonly reasons: readonly string[];
}

/** Which cards that .network files name change their names under PV. */
export function planNetworkdNames(
  networks: readonly NetworkdNetwork[],
  naming: Naming,
  focus: Focus,
): CardNames {
  const named = networks.filter(({ selection }) => selection.kind === 'names');
  return planCardNames(configuredNames(named), namedCards(named, naming), focus);
}

function namedCards(named: readonly NetworkdNetwork[], naming: Naming): Card[] {
  const pv = firstPvName(naming);
  // A list such as "eth0 ens3 enX0" holds the name already; the others in it are for other machines.
  const listed = named.flatMap((network) =>
    pv === undefined || network.names.length === 1 || !takes(network, pv) ? network.names : [pv],
  );
  return cardsAmong(naming, [...new Set(listed)]);
}

/** Whom the user means, by the present name: what a card will be called means that card. */
export function meantInterface(
  networks: readonly NetworkdNetwork[],
  naming: Naming,
  wanted: string | undefined,
): { readonly name?: string; readonly problems: readonly Problem[] } {
  if (wanted === undefined) return { problems: [] };
  const named = networks.filter(({ selection }) => selection.kind === 'names');
  const taken = networks.flatMap(({ names }) => names);
  const cards = namedCards(named, naming);
  const [hardware, another] = networks.filter(({ selection }) => selection.kind === 'hardware');
  const isHardware = wanted === firstPvName(naming) && !taken.includes(wanted) && cards.length === 0;
  const name = hardware?.names[0];
  if (isHardware && name !== undefined && another === undefined) return { name, problems: [] };
  return presentName(taken, cards, wanted);
}

const configuredNames = (named: readonly NetworkdNetwork[]): ConfiguredNames => ({
  taken: named.flatMap(({ names }) => names),
  partsOf: (name) => [
    name,
    ...named
      .filter(({ file }) =>
        ['Bridge', 'Bond', 'VLAN'].some((key) => lastValue(file, 'Network', key) === name),
      )
      .flatMap(({ names }) => names),
  ],
});

/** The file with the cards' new names in it. */
export function withNewNames(file: NetworkdFile, renamings: readonly Renaming[]): MendedFile {
  const reasons: string[] = [];
  let texts = file.texts;
  for (const { from, to, reason } of renamings) {
    const renamed = texts.map(({ path, text }) => ({ path, text: networkWithName(text, from, to) }));
    if (renamed.some(({ text }, index) => text !== texts[index]?.text)) {
      reasons.push(`${from} is called ${to} under PV (${reason})`);
    }
    texts = renamed;
  }
  return { file: networkdFile(file.name, texts), reasons };
}

/** The file with a [Match] that still takes its card under PV, where it went by a pattern or by emulated hardware. */
export function withMendedMatch(
  network: NetworkdNetwork,
  networks: readonly NetworkdNetwork[],
  naming: Naming,
): MendedFile {
  const { file, selection } = network;
  const pv = firstPvName(naming);
  const unchanged = { file, reasons: [] };
  if (pv === undefined) return unchanged;
  if (selection.kind === 'hardware') {
    const reason = `${selection.keys.join(', ')} of emulated hardware means nothing under PV, where the card is called ${pv}`;
    const plain = networkdFile(file.name, networkByName(file, selection.keys, pv));
    const texts = takes({ file: plain }, pv)
      ? plain.texts
      : networkWithNames(plain, [hasPattern(plain) ? pv.replace(/\d+$/, '*') : pv]);
    return { file: networkdFile(file.name, texts), reasons: [reason] };
  }
  if (selection.kind === 'addresses' && hasPattern(file) && !takes(network, pv)) {
    const reason = `Name=${(file.match.get('Name') ?? []).join(' ')} doesn't take the card under PV`;
    const texts = networkWithNames(file, [pv.replace(/\d+$/, '*')]);
    return { file: networkdFile(file.name, texts), reasons: [reason] };
  }
  const general = networks.filter((each) => each.selection.kind === 'patterns');
  if (selection.kind !== 'patterns' || general[0] !== network || general.some((each) => takes(each, pv)))
    return unchanged;
  // A file that names its card needs no pattern, and one that came before it would take the card away.
  if (networks.length > general.length) return unchanged;
  // What a file excludes by name isn't meant.
  if ((file.match.get('Name') ?? []).every((word) => word.startsWith('!'))) return unchanged;
  const added = pv.replace(/\d+$/, '*');
  const reason = `Name=${network.names.join(' ')} doesn't take ${pv}, as the card is called under PV`;
  return { file: networkdFile(file.name, networkWithNames(file, [added])), reasons: [reason] };
}

const hasPattern = ({ match }: NetworkdFile): boolean => (match.get('Name') ?? []).some(isGlob);

/** What makes it uncertain whether files are about the VM's card. */
export function unclearMatches(networks: readonly NetworkdNetwork[], naming: Naming): Problem[] {
  const pv = firstPvName(naming);
  const conditions = networks.flatMap(({ file, selection }) =>
    selection.unclear.map((key) => `${file.name} has ${key}= in [Match], whose result under PV isn't known`),
  );
  const hardware = networks
    .filter(({ selection }) => selection.kind === 'hardware')
    .map(({ file }) => file.name);
  const cards = networks.filter(
    ({ selection, names }) =>
      selection.kind === 'names' && names.some((name) => cardFamily(naming, name) !== undefined),
  );
  const general = networks.some((each) => each.selection.kind === 'patterns');
  const loose =
    networks.length > 1 &&
    networks.some(({ file, selection }) => selection.kind === 'hardware' && hasPattern(file));
  const several = hardware.length > 1 || (hardware.length === 1 && (cards.length > 0 || general || loose));
  const order = several
    ? [`${hardware.join(', ')}: which card of the VM is meant by its bus or driver isn't known under PV`]
    : [];
  const late =
    pv === undefined
      ? []
      : networks.flatMap((network, index) => {
          const first = networks
            .slice(0, index)
            .find((each) => each.selection.kind === 'patterns' && takes(each, pv));
          const isCard =
            network.selection.kind !== 'patterns' &&
            (network.selection.kind !== 'names' ||
              network.names.some((name) => cardFamily(naming, name) !== undefined));
          return first !== undefined && isCard
            ? [`${first.file.name} takes ${pv} before ${network.file.name} can`]
            : [];
        });
  return [...conditions, ...order, ...late].map((detail) => networkRefusals['ambiguous-network'](detail));
}
