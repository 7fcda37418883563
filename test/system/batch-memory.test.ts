/** A dom0 with little memory: what would not fit is not started. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { listOf, tinyGuests } from './batch-guests.js';
import { convertImage, type Run, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';

let base = '';

test.before(async (t) => {
  t.timeout(120_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
});

test.after.always(() => removeTinyGuests(base));

/** Runs a batch on a host that says it has so much memory available, in MB. */
async function batchWith(
  folder: string,
  available: number,
  list: string,
  more: readonly string[] = [],
): Promise<Run> {
  const meminfo = join(folder, 'meminfo');
  await writeFile(
    meminfo,
    `MemTotal:  4000000 kB\nMemFree:  100000 kB\nMemAvailable:  ${available * 1024} kB\n`,
  );
  const prefix = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /proc/meminfo && exec "$@"', meminfo];
  return convertImage(folder, ['batch', '--json', '--jobs', '3', ...more, list], {}, prefix);
}

/** Beginnings and ends in their order, as `+web1 -web1`. */
const story = ({ events }: Run): string =>
  events
    .flatMap(({ type, disk }) => {
      const name = String(disk).replace(/.*\/(.*)\.img/, '$1');
      if (type === 'image-started') return [`+${name}`];
      return type === 'image-finished' ? [`-${name}`] : [];
    })
    .join(' ');

const awaited = ({ events }: Run): unknown[] =>
  events.flatMap(({ type, disk }) => (type === 'memory-awaited' ? [disk] : []));

test.serial('conversions through the appliance wait for one another', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web2']);
  const run = await batchWith(folder, 3000, await listOf(folder, images), ['--access', 'appliance']);
  t.is(run.exitCode, 0, run.stdout);
  t.is(story(run), '+web1 -web1 +web2 -web2');
  t.deepEqual(awaited(run), [images[1]]);
});

test.serial('a direct one waits only until the one before it is known to be direct, too', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web2']);
  const run = await batchWith(folder, 3000, await listOf(folder, images));
  t.is(run.exitCode, 0, run.stdout);
  t.deepEqual(awaited(run), [images[1]]);
  t.regex(story(run), /^\+web1 \+web2 /);
});

test.serial('where there is next to nothing, one after the other has a try', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web2']);
  const run = await batchWith(folder, 300, await listOf(folder, images));
  t.is(run.exitCode, 0, run.stdout);
  t.is(story(run), '+web1 -web1 +web2 -web2');
});

test.serial('where there is plenty, nobody waits', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web2', 'web3', 'web4']);
  const run = await batchWith(folder, 64_000, await listOf(folder, images));
  t.is(run.exitCode, 0, run.stdout);
  t.deepEqual(awaited(run), []);
  t.regex(story(run), /^\+web1 \+web2 \+web3 -web/);
});
