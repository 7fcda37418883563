import type { Notice, Problem } from '../../model.js';
import { type Card, isSettled } from '../../network/cards.js';
import { networkRefusals } from '../network-refusals.js';

/** A card that is called otherwise under PV, and why. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface CardNames {
  readonly renamings: readonly Renaming[];
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/** The names of interfaces in a configuration, whatever system it is for. */
export interface ConfiguredNames {
  /** All of them: none may become the name of another. */
  readonly taken: readonly string[];
  /** An interface and what it is made of: the ports of a bridge or bond, and theirs. */
  readonly partsOf: (name: string) => readonly string[];
}

/** The interface that the request is about; `named`: the user said so. */
export interface Focus {
  readonly name?: string;
  readonly named: boolean;
}

/** Which cards of the guest's configuration change their names under PV. */
export function planCardNames(configured: ConfiguredNames, cards: readonly Card[], focus: Focus): CardNames {
  const moving = movingCards(configured, cards, focus);
  if (moving === undefined) {
    const names = cards.map(({ name }) => name).join(', ');
    const detail = `it names cards in different ways (${names}), of which only one can be there`;
    return { renamings: [], problems: [networkRefusals['ambiguous-network'](detail)], notices: [] };
  }
  const changing = moving.filter((card) => !isSettled(card));
  const renamings = changing.flatMap(({ name, pv }) =>
    pv.kind === 'known' ? [{ from: name, to: pv.name, reason: pv.reason }] : [],
  );
  const left = cards.filter((card) => !moving.includes(card) && !isSettled(card));
  return {
    renamings,
    problems: [...unknownNames(changing), ...collisions(configured, renamings)],
    notices: [...orderNotices(changing), ...doubtNotices(moving), ...leftNotices(left)],
  };
}

/**
 * The cards that are there under PV. Names of different kinds are never all in use: then the card of the interface
 * in focus and those of its kind count, if the user named it or its name is right already. Undefined: can't be told.
 */
function movingCards(
  { partsOf }: ConfiguredNames,
  cards: readonly Card[],
  { name, named }: Focus,
): readonly Card[] | undefined {
  const families = new Set(cards.map(({ family }) => family).filter((family) => family !== 'given'));
  if (families.size <= 1) return cards;
  const parts = name === undefined ? [] : partsOf(name);
  // The interface itself comes first among its parts.
  const [card] = parts.flatMap((part) => cards.find((each) => each.name === part) ?? []);
  if (card !== undefined && (named || isSettled(card))) {
    return cards.filter(({ family }) => family === card.family || family === 'given');
  }
  return card === undefined && cards.some(isSettled) ? [] : undefined;
}

/**
 * The present name of the interface that the user named: people may say what its card will be called. A name that is in
 * the configuration means itself. Several cards that could get the name are a problem.
 */
export function presentName(
  taken: readonly string[],
  cards: readonly Card[],
  wanted: string,
): { readonly name: string; readonly problems: readonly Problem[] } {
  if (taken.includes(wanted)) return { name: wanted, problems: [] };
  const [card, another] = cards.filter(({ pv }) => pv.kind === 'known' && pv.name === wanted);
  if (another === undefined) return { name: card?.name ?? wanted, problems: [] };
  const detail = `${card?.name} and ${another.name} could both be called ${wanted}`;
  return { name: wanted, problems: [networkRefusals['ambiguous-network'](detail)] };
}

const unknownNames = (cards: readonly Card[]): Problem[] =>
  cards.flatMap(({ name, pv }) =>
    pv.kind === 'unknown'
      ? [networkRefusals['ambiguous-network'](`what ${name} will be called is not known (${pv.reason})`)]
      : [],
  );

function collisions(configured: ConfiguredNames, renamings: readonly Renaming[]): Problem[] {
  const taken = new Set(configured.taken);
  return renamings.flatMap(({ from, to }, index) => {
    const another = taken.has(to) || renamings.slice(0, index).some((earlier) => earlier.to === to);
    const detail = `${from} will be called ${to}, and the configuration has another ${to}`;
    return another ? [networkRefusals['ambiguous-network'](detail)] : [];
  });
}

const orderNotices = (changing: readonly Card[]): Notice[] => {
  const guessed = changing.filter(({ handle }) => handle > 0);
  if (guessed.length === 0) return [];
  const list = changing.map(({ name, handle }) => `${name} is network interface ${handle}`).join(', ');
  return [
    {
      code: 'interface-order',
      message: `it is assumed that ${list} of the VM's configuration, counted from 0`,
    },
  ];
};

const doubtNotices = (cards: readonly Card[]): Notice[] =>
  cards.flatMap(({ pv, name }) =>
    pv.kind === 'known' && pv.doubts.length > 0
      ? [
          {
            code: 'interface-name-uncertain',
            message: `${name} is expected to be called ${pv.name}, but ${pv.doubts.join(', ')} may name it otherwise`,
          },
        ]
      : [],
  );

const leftNotices = (left: readonly Card[]): Notice[] =>
  left.map(({ name }) => ({
    code: 'interface-left',
    message: `no card will be called ${name} under PV; its configuration stays as it is`,
  }));
