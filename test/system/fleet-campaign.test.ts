/** Four workers with fifty guests, killed with their database at random times: nothing is lost, nothing done twice. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { runCampaign } from './fleet-campaign.js';
import { endWorkers } from './fleet-run.js';
import { type Cluster, startCluster } from './postgres-cluster.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';

let base = '';
let cluster: Cluster;

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
  cluster = await startCluster();
});

test.after.always(async () => {
  await endWorkers();
  await cluster?.remove();
  await removeTinyGuests(base);
});

test.serial('fifty guests, four workers, and kill -9', async (t) => {
  t.timeout(1_500_000);
  const seed = Date.now() % 1_000_000;
  const given = { guests: 50, seed, limitMs: 1_200_000 };
  const result = await runCampaign(base, join(base, '..'), cluster, given);
  t.log(JSON.stringify({ seed, ...result }));
  t.deepEqual(result.faults, [], `seed ${seed}`);
  t.true(result.workerKills + result.databaseKills > 0);
});
