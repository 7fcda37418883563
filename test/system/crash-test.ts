/** `scripts/crash-test [KILLS] [SEED]`: kills conversions at every step and at random times, and prints what came of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import {
  emptyRow,
  everyStep,
  everyWrite,
  grounds,
  type RandomKind,
  type Row,
  randomKill,
  randomKinds,
  randomNumbers,
} from './crash-campaign.js';
import { measure } from './crash-durations.js';
import { prepareTinyGuests } from './tiny-guest.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** SIGINT ends the random kills early: what has been counted is shown. */
let isStopped = false;
process.on('SIGINT', () => {
  isStopped = true;
});

/** One line of the table; what was lost is told in full. */
function show(row: Row): Row {
  const states = [...row.states].map(([state, count]) => `${state} ${count}`).join(', ');
  say(
    `${row.kind}: ${row.faults} faults; journal: ${states}; then converted ${row.converted}, original ${row.original}, lost ${row.lost.length}; ${Math.round(row.seconds)} s`,
  );
  for (const one of row.lost) say(`LOST: ${one}`);
  return row;
}

/** A kill that came too late isn't counted; so many of them in a row mean that something else is wrong. */
const maximumMisses = 100;

/** Kills until as many have hit as were asked for, each kind of them in its turn. */
async function randomKills(kills: number, seed: number, ground: ReturnType<typeof grounds>['ground']) {
  const random = randomNumbers(seed);
  const durations = await measure(await ground('raw'));
  const rows = new Map<RandomKind, Row>(
    randomKinds.map((kind) => [kind, emptyRow(`kill at random, ${kind}`)]),
  );
  let hits = 0;
  for (let misses = 0; hits < kills && misses < maximumMisses && !isStopped; ) {
    const kind = randomKinds[hits % randomKinds.length] ?? 'anywhere';
    const before = rows.get(kind) ?? emptyRow(kind);
    const after = await randomKill(before, kind, { ground, random, durations });
    rows.set(kind, after);
    if (after.faults > before.faults) hits += 1;
    if (after.lost.length > before.lost.length) say(`LOST: ${after.lost.at(-1)}`);
    else if (after.faults > before.faults && hits % 20 === 0) say(`${hits} kills`);
    misses = after.faults > before.faults ? 0 : misses + 1;
  }
  return [...rows.values()].map(show);
}

const kills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const folder = await mkdtemp('/var/tmp/convert-image-crash-');
const { ground, release } = grounds(await prepareTinyGuests(folder), folder);
say(`${kills} random kills, seed ${seed}`);
try {
  const rows = await randomKills(kills, seed, ground);
  const raw = await ground('raw');
  for (const start of ['half', 'done', 'fresh'] as const)
    rows.push(show(await everyStep(raw, start, 'kill')));
  for (const form of ['raw', 'qcow2', 'vhd', 'device'] as const)
    rows.push(show(await everyWrite(await ground(form), 'kill-both')));
  for (const how of ['kill', 'EIO', 'ENOSPC'] as const) rows.push(show(await everyWrite(raw, how)));
  for (const how of ['EIO', 'ENOSPC'] as const)
    for (const start of ['half', 'done', 'fresh'] as const) rows.push(show(await everyStep(raw, start, how)));
  const lost = rows.flatMap((row) => row.lost).length;
  const faults = rows.reduce((sum, row) => sum + row.faults, 0);
  say(`${faults} faults, lost ${lost}`);
  process.exitCode = lost === 0 ? 0 : 1;
} finally {
  await release();
  await rm(folder, { recursive: true, force: true });
}
