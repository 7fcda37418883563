/** `scripts/fleet-test [GUESTS] [SEED]`: a campaign against a fleet, and its figures. */
import { mkdtemp, rm } from 'node:fs/promises';
import { runCampaign } from './fleet-campaign.js';
import { endWorkers } from './fleet-run.js';
import { startCluster } from './postgres-cluster.js';
import { prepareTinyGuests } from './tiny-guest.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const guests = Number(process.argv[2] ?? 50);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const folder = await mkdtemp('/var/tmp/convert-image-fleet-');
const cluster = await startCluster();
say(`${guests} guests, seed ${seed}`);
try {
  const base = await prepareTinyGuests(folder);
  // A guest takes some seconds, and what is killed is begun again.
  const limitMs = 120_000 + guests * 20_000;
  const result = await runCampaign(base, folder, cluster, { guests, seed, limitMs });
  const { seconds, workerKills, databaseKills, said, faults } = result;
  say(`${workerKills} kills of a worker, ${databaseKills} of PostgreSQL, ${seconds} s`);
  say(
    Object.entries(said)
      .map(([title, count]) => `${title} ${count}`)
      .join(', '),
  );
  for (const fault of faults) say(`LOST: ${fault}`);
  say(`lost ${faults.length}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await endWorkers();
  await cluster.remove();
  await rm(folder, { recursive: true, force: true });
}
