import { randomNumbers } from './crash-campaign.js';

/** Chance that can be repeated: the same seed draws the same. */
export interface Draw {
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  integer(least: number, most: number): number;
  /** One of them; throws a `RangeError` where there is none. */
  of<T>(choices: readonly T[]): T;
  /** Some of them, each with this probability, in their order. */
  some<T>(choices: readonly T[], probability: number): T[];
}

/** Chance by a seed. */
export function drawBy(seed: number): Draw {
  const random = randomNumbers(seed);
  // Neighbouring seeds have neighbouring first numbers.
  for (let skipped = 0; skipped < 5; skipped += 1) random();
  const integer = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  return {
    chance: (probability) => random() < probability,
    integer,
    of: (choices) => {
      const chosen = choices[integer(0, choices.length - 1)];
      if (chosen === undefined) throw new RangeError('nothing to draw from');
      return chosen;
    },
    some: (choices, probability) => choices.filter(() => random() < probability),
  };
}
