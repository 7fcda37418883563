import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { lookUntil } from './live-processes.js';
import { convertImage, environmentIn, type Run } from './program.js';

/** Runs a command of the program on the fleet at `url`. */
export const onFleet = (
  folder: string,
  url: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Run> => convertImage(folder, [...args, '--json'], { CONVERT_IMAGE_FLEET: url, ...environment });

/** An image of a list. */
export interface Listed {
  readonly disk: string;
  readonly host: string;
  /** More keys, as YAML has them. */
  readonly keys?: string;
}

/** Writes a list of these images, whose addresses count on from 18.181.3.1. */
export async function fleetList(
  folder: string,
  images: readonly Listed[],
  defaults = 'record: none',
): Promise<string> {
  const lines = images.map(({ disk, host, keys }, index) => {
    const address = `18.181.${3 + Math.floor(index / 250)}.${1 + (index % 250)}`;
    return `  - {disk: ${disk}, host: ${host}, address: ${address}${keys === undefined ? '' : `, ${keys}`}}`;
  });
  const path = join(folder, 'fleet.yaml');
  await writeFile(path, [`defaults: {site: xvm, ${defaults}}`, 'images:', ...lines, ''].join('\n'));
  return path;
}

/** A line of a worker's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A worker at work, as a process of its own. */
export interface RunningWorker {
  readonly host: string;
  readonly pid: number;
  readonly lines: readonly LogLine[];
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{
    readonly exitCode?: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

const started: RunningWorker[] = [];

/** Ends the workers that a test which failed has left: each has its host's name on this machine. */
export async function endWorkers(): Promise<void> {
  for (const { kill, ended } of started.splice(0)) {
    kill('SIGKILL');
    await ended;
  }
}

/** Starts a worker whose state directory is in `folder`. `prefix` is a command that runs the one behind it. */
export function startWorker(
  folder: string,
  url: string,
  {
    host,
    args = [],
    environment = {},
    prefix = [],
  }: {
    readonly host: string;
    readonly args?: readonly string[];
    readonly environment?: Record<string, string>;
    readonly prefix?: readonly string[];
  },
): RunningWorker {
  const env = environmentIn(folder, { CONVERT_IMAGE_FLEET: url, ...environment });
  // A test that is killed must not leave one that has the host's name.
  const words = [
    'setpriv',
    '--pdeathsig',
    'KILL',
    process.execPath,
    'dist/program/main.js',
    'worker',
    `--host=${host}`,
    ...args,
  ];
  const program = execa({ env, reject: false, stdin: 'ignore' })`${[...prefix, ...words]}`;
  const lines: LogLine[] = [];
  let rest = '';
  program.stdout.on('data', (data: Buffer) => {
    const parts = `${rest}${data.toString()}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as LogLine));
  });
  const kill = (signal: NodeJS.Signals) => void program.kill(signal);
  const worker = { host, pid: program.pid ?? 0, lines, kill, ended: program };
  started.push(worker);
  return worker;
}

/** Waits until a worker has said so much; throws where it doesn't. */
export async function untilSaid(
  { lines, host }: RunningWorker,
  isEnough: (lines: readonly LogLine[]) => boolean,
  limitMs = 120_000,
): Promise<void> {
  const seen = await lookUntil(async () => lines, isEnough, limitMs);
  if (!isEnough(seen))
    throw new Error(`${host} never came there:\n${seen.map((line) => JSON.stringify(line)).join('\n')}`);
}

/** How many lines there are of an event, with these values. */
export const countOf = (lines: readonly LogLine[], event: string, values: LogLine = {}): number =>
  lines.filter(
    (line) => line.event === event && Object.entries(values).every(([name, value]) => line[name] === value),
  ).length;

/** The totals of the whole queue. */
export async function totals(folder: string, url: string): Promise<Record<string, number>> {
  const run = await onFleet(folder, url, ['queue']);
  return run.events.at(-1)?.counts as Record<string, number>;
}

/** Waits until nothing waits or runs any more, and gives the totals. */
export const untilDone = (folder: string, url: string, limitMs = 180_000): Promise<Record<string, number>> =>
  lookUntil(
    () => totals(folder, url),
    ({ waiting = 1, running = 0, retrying = 0 }) => waiting + running + retrying === 0,
    limitMs,
  );
