import type { Problem } from '../../model.js';
import { type Card, cardFamily } from '../../network/cards.js';
import type { Naming } from '../../network/interface-names.js';
import { networkRefusals } from '../network-refusals.js';
import { presentName } from './card-names.js';
import {
  automaticName,
  type NetworkManagerProfile,
  type NetworkManagerView,
} from './network-manager-view.js';
import type { Configured } from './requested-address.js';

/** What the request can be about: a profile, or the card for which NetworkManager makes one up. */
export interface Candidate extends Configured {
  /** Undefined: there is no profile. */
  readonly own?: NetworkManagerProfile;
  /** The name of the card that has none, where one is known. */
  readonly card?: string;
}

/** Whom the user means, by the present name. What is a profile's title and a card's name as well is a problem. */
export function meantInterface(
  profiles: readonly NetworkManagerProfile[],
  cards: readonly Card[],
  wanted: string | undefined,
): { readonly name?: string; readonly problems: readonly Problem[] } {
  if (wanted === undefined) return { problems: [] };
  const bound = [...profiles.flatMap(({ interfaces }) => interfaces), ...cards.map(({ name }) => name)];
  const titles = profiles.filter(
    ({ names, interfaces }) => names.includes(wanted) && !interfaces.includes(wanted),
  );
  const { name, problems } = presentName(bound, cards, wanted);
  if (problems.length > 0) return { problems };
  if (titles.length === 0) return { name, problems };
  const other = titles.find(({ interfaces }) => !interfaces.includes(name));
  if (!bound.includes(name) || other === undefined) return { name: wanted, problems };
  const detail = `${wanted} is the id of ${other.profile.path} and the name of another's interface`;
  return { problems: [networkRefusals['ambiguous-network'](detail)] };
}

/** The cards for which NetworkManager makes up a profile with DHCP, as far as anything names them. */
export function automaticCards(
  view: NetworkManagerView,
  naming: Naming,
  configured: readonly Card[],
  wanted: string | undefined,
): Candidate[] {
  if (!view.isAutomatic) return [];
  const known = configured.map(({ name }) => name);
  const isNew =
    wanted !== undefined &&
    !known.includes(wanted) &&
    !view.profiles.some(({ names }) => names.includes(wanted)) &&
    isBeside(naming, known, wanted);
  const cards = isNew ? [...known, wanted] : known;
  const served = { isServed: true, addresses: [] };
  return cards.length === 0
    ? [{ ...served, names: [automaticName] }]
    : cards.map((card) => ({ ...served, card, names: [card, automaticName] }));
}

/** Whether a card of this name can be there beside those: a name of another kind is a former or future one of theirs. */
function isBeside(naming: Naming, known: readonly string[], wanted: string): boolean {
  const families = [...known, wanted].map((name) => cardFamily(naming, name));
  return families.every((family) => family !== undefined && family === families.at(-1));
}
