import { mkdtemp, rm } from 'node:fs/promises';
import test from 'ava';
import { attempt, emptyRow, type Ground, grounds, randomNumbers, type Start } from './crash-campaign.js';
import type { Write } from './crash-run.js';
import { prepareTinyGuests } from './tiny-guest.js';

/** The part of `scripts/crash-test` that every run of the tests can afford: kills between the states of the journal. */

const folder = await mkdtemp('/var/tmp/convert-image-crash-');
let given: ReturnType<typeof grounds> | undefined;
let raw: Ground;

test.before(async (t) => {
  t.timeout(300_000);
  given = grounds(await prepareTinyGuests(folder), folder);
  raw = await given.ground('raw');
});

test.after.always(async () => {
  await given?.release();
  await rm(folder, { recursive: true, force: true });
});

const starts: Readonly<Record<Start, string>> = {
  fresh: 'a conversion',
  half: 'a roll forward',
  done: 'an undo',
};

for (const start of ['fresh', 'half', 'done'] as const) {
  test.serial(
    `${starts[start]} that is killed before each line of its journal and each renaming`,
    async (t) => {
      t.timeout(300_000);
      let row = emptyRow(start);
      const changes = raw.steps[start].filter(({ call }) => call === 'ftruncate' || call === 'rename');
      // A whole conversion is dear: of its steps those after which something is new outside of its scratch folder.
      const steps = start === 'fresh' ? changes.slice(-4) : changes;
      for (const [index, step] of steps.entries()) {
        const way = index % 2 === 0 ? 'undo' : 'finish';
        row = await attempt(row, raw, { start, fault: { kind: 'step', step, how: 'kill' }, ways: [way] });
      }
      t.deepEqual(row.lost, []);
      t.true(row.faults >= 3, `${row.faults} faults`);
      t.log(`${row.faults} kills, journal ${JSON.stringify([...row.states])}, ${Math.round(row.seconds)} s`);
    },
  );
}

const accidents = [
  ['kill', 'half', 'undo'],
  ['kill-both', 'done', 'undo'],
  ['EIO', 'done', 'finish'],
  ['ENOSPC', 'half', 'finish'],
] as const;

test.serial('the QEMU that writes is killed, alone and with the program, or can not write', async (t) => {
  t.timeout(300_000);
  let row = emptyRow('writer');
  const write: Write = { call: 'pwritev', nth: 1 };
  for (const [how, start, way] of accidents)
    row = await attempt(row, raw, { start, fault: { kind: 'writer', write, how }, ways: [way] });
  t.deepEqual(row.lost, []);
});

test('random numbers are the same for the same seed', (t) => {
  const [one, other] = [randomNumbers(7), randomNumbers(7)];
  const drawn = Array.from({ length: 1000 }, one);
  t.deepEqual(drawn, Array.from({ length: 1000 }, other));
  t.true(drawn.every((number) => number >= 0 && number < 1));
  t.true(Math.abs(drawn.reduce((sum, number) => sum + number, 0) / 1000 - 0.5) < 0.05);
});
