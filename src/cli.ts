import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import yargs, { type Argv } from 'yargs';
import { addBatch } from './commands/batch.js';
import { addBootTest } from './commands/boot-test.js';
import { addConvert } from './commands/convert.js';
import { addDoctor } from './commands/doctor.js';
import { addEnqueue } from './commands/enqueue.js';
import { addForget } from './commands/forget.js';
import { addInspect } from './commands/inspect.js';
import { commonSwitchNames, optionNames, switchNames } from './commands/options.js';
import { addPlan } from './commands/plan.js';
import { addQueue } from './commands/queue.js';
import { addReport } from './commands/report.js';
import type { Runners } from './commands/runtime.js';
import { addStatus } from './commands/status.js';
import { addUndo } from './commands/undo.js';
import { addVerify } from './commands/verify.js';
import { addWorker } from './commands/worker.js';
import { UsageError } from './errors.js';

/** The configuration file that is read when it exists and no other is named. */
const configurationFile = '/etc/convert-image.yaml';

/** The commands on one disk, in the order of the help text. */
const commands = [
  addConvert,
  addInspect,
  addPlan,
  addVerify,
  addBootTest,
  addUndo,
  addStatus,
  addForget,
  addDoctor,
];

/**
 * Reads the command line strictly and runs its command. Flags beat CONVERT_IMAGE_… variables, which beat the
 * configuration file. Throws a `UsageError` for a command line that can't be obeyed.
 */
export async function runCommandLine(
  args: readonly string[],
  { runJob, runBatch, runPage, runFleet, runWorker }: Runners,
): Promise<void> {
  const configuration = configurationIn(args);
  const environment = environmentValues(process.env);
  const parser: Argv = yargs([...args])
    .scriptName('convert-image')
    .usage('$0 [command] <disk> [options]')
    .parserConfiguration({
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
    })
    // `--json plan DISK` isn't `--json=plan DISK`: yargs learns a command's own options behind its name only.
    .boolean([...commonSwitchNames])
    .option('config', { type: 'string', describe: `configuration file; default ${configurationFile}` })
    .config({ ...sections(configuration), given: { configuration, environment } })
    .hide('given')
    .option('given', { hidden: true })
    .hide('sites')
    .option('sites', { hidden: true })
    .hide('invirt')
    .option('invirt', { hidden: true })
    .hide('xapi')
    .option('xapi', { hidden: true })
    .completion('completion', 'print a completion script for the shell')
    .strict()
    .recommendCommands()
    // Behind the completion script yargs would go on with a disk of that name.
    .exitProcess(args.includes('completion'))
    .fail((message: string | undefined, error: Error | undefined) => {
      throw usageErrorOf(message, error);
    });
  const host = withValues(parser, { ...configuration, ...environment });
  for (const add of commands) add(host, runJob);
  addBatch(host, runBatch, args);
  addEnqueue(host, runFleet, args);
  addWorker(host, runWorker, args);
  addQueue(host, runFleet);
  addReport(host, runPage, args);
  await parser.parseAsync();
}

/** Parts of a configuration file that are no options. */
const sectionNames = ['sites', 'invirt', 'xapi'];

const sections = (configuration: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(configuration).filter(([name]) => sectionNames.includes(name)));

/**
 * A parser whose commands get of these values what they have an option for: `undo` has no use for a site, which isn't a
 * mistake in a file that all commands read.
 */
function withValues(parser: Argv, values: Readonly<Record<string, unknown>>): Argv {
  const command = (name: string, about: string, build: (own: Argv) => Argv, handle: () => void): Argv =>
    parser.command(
      name,
      about,
      (own) => {
        const built = build(own);
        const known = Object.entries(values).filter(([option]) => option in optionsOf(built));
        return built.config(Object.fromEntries(known));
      },
      handle,
    );
  return Object.create(parser, { command: { value: command } });
}

/** The options that a parser knows, by name. Its declaration leaves the method out. */
const optionsOf = (parser: Argv): object =>
  (parser as unknown as { getOptions: () => { key: object } }).getOptions().key;

/** yargs throws `YError` for what the caller did wrong, and hands on what a command threw. */
function usageErrorOf(message: string | undefined, error: Error | undefined): Error {
  if (error !== undefined && error.name !== 'YError') return error;
  return new UsageError(message ?? error?.message ?? 'the command line is not understood', {
    remedy: 'see convert-image --help',
  });
}

/** What the environment says by itself: the configuration file's name, and which job of a fleet a run works on. */
const notOptions: ReadonlySet<string> = new Set(['config', 'job']);

/** `CONVERT_IMAGE_STATE_DIR=…` is `--state-dir …`. A variable that means no option is a mistake to be told. */
function environmentValues(environment: NodeJS.ProcessEnv): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  for (const [variable, value] of Object.entries(environment)) {
    const name = /^CONVERT_IMAGE_([A-Z_]+)$/.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-');
    if (name === undefined || value === undefined || notOptions.has(name)) continue;
    if (!optionNames.includes(name)) throw new UsageError(`the environment's ${variable} means no option`);
    values[name] = switchNames.includes(name) ? switchValue(variable, value) : value;
  }
  return values;
}

/** yargs would take any word but `true` for no, `1` too. */
function switchValue(variable: string, value: string): boolean {
  if (/^(1|true|yes|on)$/i.test(value)) return true;
  if (/^(0|false|no|off|)$/i.test(value)) return false;
  throw new UsageError(`the environment's ${variable}=${value} is neither yes nor no`);
}

function configurationIn(args: readonly string[]): Record<string, unknown> {
  const named = namedConfiguration(args);
  const path = named ?? configurationFile;
  const text = readText(path, named !== undefined);
  if (text === undefined) return {};
  const content: unknown = parseYaml(path, text) ?? {};
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError(`${path} is not a list of "option: value" lines`);
  }
  const unknown = Object.keys(content).filter((name) => ![...optionNames, ...sectionNames].includes(name));
  if (unknown.length === 0) return { ...content };
  throw new UsageError(`${path} says ${unknown.join(', ')}, which is no option`, {
    remedy: 'see convert-image --help for the names of options',
  });
}

function namedConfiguration(args: readonly string[]): string | undefined {
  const index = args.findIndex((argument) => argument === '--config' || argument.startsWith('--config='));
  const argument = args[index];
  if (argument === undefined) return process.env.CONVERT_IMAGE_CONFIG;
  return argument === '--config' ? args[index + 1] : argument.slice('--config='.length);
}

function readText(path: string, mustExist: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && !mustExist) return undefined;
    throw new UsageError(
      `the configuration file ${path} can't be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(
      `the configuration file ${path} is not valid YAML: ${error instanceof Error ? error.message : error}`,
    );
  }
}
