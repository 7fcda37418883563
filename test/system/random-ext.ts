/** `scripts/random-ext [COUNT] [SEED]`: edits random ext file systems through direct access, and prints what came of it. */
import { type Trial, tryAll } from './random-ext-trial.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    isStopped = true;
  });

const count = Number(process.argv[2] ?? 1000);
const first = Number(process.argv[3] ?? Date.now() % 1_000_000);
const started = Date.now();
const trials: Trial[] = [];
let failed = 0;
/** What is wrong about a trial is told in full. */
function tell(seed: number, result: Trial | Error): void {
  const wrong = result instanceof Error ? [result.stack] : result.wrong;
  const features = result instanceof Error ? '' : ` (${result.features.join(' ')})`;
  for (const line of wrong) say(`WRONG: seed ${seed}${features}: ${line}`);
  if (wrong.length > 0) failed += 1;
  if (!(result instanceof Error)) trials.push(result);
  if (trials.length % 100 === 0) say(`${trials.length} file systems`);
}

function* seeds(): Generator<number> {
  for (let seed = first; seed < first + count && !isStopped; seed += 1) yield seed;
}

say(`${count} file systems, seed ${first}`);
await tryAll(seeds(), tell);
for (const kind of ['written', 'left to the appliance', 'full'] as const)
  say(`${kind}: ${trials.filter((trial) => trial.kind === kind).length}`);
const declined = trials.flatMap((trial) => trial.declined).length;
say(
  `${trials.flatMap(({ steps }) => steps).length} edits, ${declined} left to the appliance, with nothing written`,
);
say(`${failed} wrong, in ${Math.round((Date.now() - started) / 1000)} s`);
process.exitCode = failed === 0 ? 0 : 1;
