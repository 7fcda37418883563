import test from 'ava';
import { inFolder } from './ext-images.js';
import { features, unwritable } from './random-ext-options.js';
import { type Trial, tryAll, tryThroughAppliance } from './random-ext-trial.js';

/** More of them, and from another number on, by scripts/random-ext. */
const count = 60;

test('random file systems: what direct access edits is what was asked, and the rest is left alone', async (t) => {
  t.timeout(10 * 60_000);
  const trials: Trial[] = [];
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  await tryAll(seeds.values(), (seed, result) => {
    if (result instanceof Error) t.fail(`seed ${seed}: ${result.stack}`);
    else trials.push(result);
  });
  for (const { seed, features, wrong } of trials)
    t.deepEqual(wrong, [], `seed ${seed}: ${features.join(' ')}`);
  const known = [...Object.keys(features), ...unwritable];
  const seen = new Set(trials.flatMap((trial) => trial.features));
  t.deepEqual(
    known.filter((name) => !seen.has(name)),
    [],
    'features that none of them has',
  );
  for (const kind of ['written', 'left to the appliance'] as const)
    t.true(trials.filter((trial) => trial.kind === kind).length >= 5, kind);
  t.true(trials.flatMap(({ steps }) => steps).length > 200);
});

/** One with quota files, which debugfs doesn't keep, and one that it can edit. */
for (const seed of [25, 33]) {
  test(`the appliance edits them, too, whatever their features are: seed ${seed}`, (t) =>
    inFolder(async (folder) => {
      t.timeout(5 * 60_000);
      const trial = await tryThroughAppliance(folder, seed);
      t.deepEqual(trial?.wrong, [], trial?.features.join(' '));
      t.true((trial?.steps.length ?? 0) > 0);
    }));
}
