/** pg-boss, the queue in PostgreSQL, set up as the fleet needs it. Nothing outside this folder knows of it. */
import type PgBoss from 'pg-boss';
import type { Execute } from '../../database/pool.js';

/** Where the fleet's tables are, if nobody says otherwise. */
export const defaultSchema = 'convert_image';

/** Letters of jobs that need a person. */
export const deadLetters = 'dead-letter';

/** The queue of a host. */
export const queueOf = (host: string): string => `host.${host}`;

/** The host of such a queue. */
export const hostOf = (queue: string): string => queue.slice('host.'.length);

/** What waits, and what is done, stays a year and a month, as reports do; pg-boss by itself drops both within days. */
const keptDays = 400;

/**
 * After this a job counts as lost whose worker says nothing. pg-boss takes no more than a day; a kernel's installation takes
 * a quarter of an hour, and a worker that restarts takes up its own at once.
 */
const expirySeconds = 23 * 60 * 60;

const retentionMinutes = keptDays * 24 * 60;

/** How often a worker looks whether it is its turn to expire what is lost. */
const maintenanceSeconds = 300;

/**
 * A pg-boss whose statements all go through `execute`, be it a pool's or a transaction's. Its job methods need no start;
 * `start` looks at the tables, and makes them if `migrate` says so.
 */
export async function bossOn(
  execute: Execute,
  schema: string,
  given: { readonly migrate?: boolean; readonly supervise?: boolean } = {},
): Promise<PgBoss> {
  const { default: Boss } = await import('pg-boss');
  const boss = new Boss({
    db: { executeSql: (text, values) => execute(text, values) },
    schema,
    schedule: false,
    migrate: given.migrate ?? false,
    supervise: given.supervise ?? false,
    maintenanceIntervalSeconds: maintenanceSeconds,
    archiveCompletedAfterSeconds: keptDays * 24 * 60 * 60,
    deleteAfterDays: keptDays,
  });
  // Its own housekeeping fails while the server is away; whoever has work for it notices that by himself.
  boss.on('error', () => undefined);
  return boss;
}

/** Makes the queues that aren't there. Two who do so at the same time would lock each other out: take the fleet's lock. */
export async function makeQueues(boss: PgBoss, hosts: readonly string[]): Promise<void> {
  await boss.createQueue(deadLetters, { name: deadLetters, policy: 'standard', retentionMinutes });
  for (const host of hosts) {
    const name = queueOf(host);
    await boss.createQueue(name, {
      name,
      policy: 'stately',
      deadLetter: deadLetters,
      expireInSeconds: expirySeconds,
      retentionMinutes,
    });
  }
}

/** The schema's name as SQL takes it: it was checked to be a plain one. */
export const isSchemaName = (name: string): boolean => /^[a-z_][a-z0-9_]{0,49}$/.test(name);
