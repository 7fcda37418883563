/** A small helping of what scripts/fuzz does by the hundred thousand: seeds that stay, and one that is new each time. */
import test from 'ava';
import { inputOf } from '../fuzz/input.js';
import { shrunk } from '../fuzz/shrink.js';
import { BrokenRule, type FuzzTarget } from '../fuzz/target.js';
import { targets } from '../fuzz/targets/list.js';
import { tryInput } from '../fuzz/trial.js';

const inputsEach = Number(process.env.FUZZ_INPUTS ?? 8);
/** Long inputs are for scripts/fuzz: they take their time, and this machine may have other work. */
const longest = 64 * 1024;

for (const target of targets) {
  test(`${target.name}: an answer to any input`, (t) => {
    const seeds = target.seeds();
    t.true(seeds.length > 0);
    const unforeseen = Date.now() % 1_000_000;
    for (const seed of [1, 2, unforeseen]) {
      for (let index = 0; index < inputsEach; index += 1) {
        const input = inputOf(target, seeds, seed, index);
        const failure = input.length > longest ? undefined : tryInput(target, input).failure;
        // How long it takes depends on what else runs here.
        if (failure !== undefined && failure.kind !== 'slow')
          t.fail(
            `FUZZ_ONLY='${target.name}' scripts/fuzz 100000 ${seed}, input ${index}: ${failure.message}`,
          );
      }
    }
  });
}

/** Breaks its rule for inputs with an `x` behind a `y`. */
const wrong: FuzzTarget = {
  name: 'wrong',
  seeds: () => [],
  keywords: ['x', 'y'],
  check: (input) => {
    if (/y.*x/s.test(input.toString('latin1'))) throw new BrokenRule('y before x');
  },
};

test('the same seed and number give the same input', (t) => {
  const [one, other] = [inputOf(wrong, [], 5, 3), inputOf(wrong, [], 5, 3)];
  t.deepEqual(one, other);
  t.notDeepEqual(inputOf(wrong, [], 5, 4), one);
});

test('a broken rule is noticed and its input made small', (t) => {
  const input = Buffer.from(`${'a'.repeat(300)}y${'b'.repeat(200)}x${'c'.repeat(100)}`);
  t.is(tryInput(wrong, input).failure?.kind, 'throws');
  t.is(tryInput(wrong, Buffer.from('xy')).failure, undefined);
  const smallest = shrunk(input, (each) => tryInput(wrong, each).failure !== undefined);
  t.is(smallest.toString(), 'yx');
});

test('an input that takes long is noticed', (t) => {
  const slow: FuzzTarget = {
    ...wrong,
    check: () => {
      const end = Date.now() + 1500;
      for (let now = 0; now < end; now = Date.now());
    },
  };
  const { failure, ms } = tryInput(slow, Buffer.from('a'));
  // On a busy machine a second and a half on the clock may be less of processor time.
  t.true(ms > 1000 ? failure?.kind === 'slow' : failure === undefined);
});
