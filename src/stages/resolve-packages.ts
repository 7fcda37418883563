import { ToolError } from '../errors.js';
import type { PackageStep, Problem } from '../model.js';
import { packageRefusals } from '../plan/package-refusals.js';
import { type AptAnswer, type AptRoot, aptGet } from '../tools/apt.js';
import { type ChosenPackage, type PackageFile, pairUp, readSimulation, readUris } from './apt-answers.js';

/** What is going to be installed: the names that were asked for and everything that they need, in apt's order. */
export interface Resolution {
  readonly kind: 'resolved';
  readonly names: readonly string[];
  readonly packages: readonly (ChosenPackage & { readonly file: PackageFile })[];
}

/** What was wanted of packages that can't be had. */
export type PackageRefusal = { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/** Nothing is removed, nothing unrelated is upgraded, nothing is held back silently; recommended packages are left out. */
const installation = ['--assume-yes', '--no-remove', '--no-install-recommends'];

/** apt's own words when it gives up on a set of packages are the reason that the user gets. */
export async function resolvePackages(
  root: AptRoot,
  { packages, alternatives = [] }: PackageStep,
  /** What went wrong while the lists were fetched: the reason why a package isn't found, as likely as not. */
  complaints: readonly string[],
): Promise<Resolution | PackageRefusal> {
  const said: string[] = [];
  const wishes = [packages, ...alternatives];
  for (const names of wishes) {
    const simulation = await aptGet(root, ['--simulate', ...installation, 'install', ...names]);
    if (simulation.ok) return resolutionOf(root, names, simulation);
    const isMissing = simulation.errors.some((line) =>
      /^(Unable to locate|Couldn't find)|has no installation candidate/.test(line),
    );
    said.push(...reasonsOf(simulation));
    if (!isMissing) return refusal(packageRefusals['packages-conflict'](names, unique(said)));
  }
  if (complaints.length > 0) {
    throw new ToolError(`the guest's package sources can't be read: ${complaints.slice(0, 3).join('; ')}`, {
      remedy:
        'mend the network or name another archive with --mirror URL, or give the packages with --packages DIR',
    });
  }
  return refusal(
    packageRefusals['package-not-found'](wishes.map(([first = '']) => first).filter(isFirst), unique(said)),
  );
}

async function resolutionOf(
  root: AptRoot,
  names: readonly string[],
  simulation: AptAnswer,
): Promise<Resolution> {
  const options = ['--print-uris', '-o', 'Acquire::ForceHash=SHA256', ...installation];
  const uris = await aptGet(root, [...options, 'install', ...names]);
  const packages = pairUp(readSimulation(simulation.lines), readUris(uris.lines));
  if (!uris.ok || packages === undefined) {
    throw new ToolError(`apt doesn't say which files ${names.join(', ')} need: ${uris.errors.join('; ')}`);
  }
  return { kind: 'resolved', names, packages };
}

/** Behind "The following packages have unmet dependencies" stand indented lines that say which. */
function reasonsOf({ lines, errors }: AptAnswer): string[] {
  const unmet = lines.filter((line) => /^ \S+ : /.test(line)).map((line) => line.trim().replace(/\s+/g, ' '));
  const removed = lines.findIndex((line) => /will be REMOVED/.test(line));
  const list = removed === -1 ? [] : [`apt would remove ${lines[removed + 1]?.trim() ?? ''}`];
  return [...unmet.slice(0, 5), ...list, ...errors];
}

const refusal = (problem: Problem): PackageRefusal => ({ kind: 'refusal', problems: [problem] });

const unique = (lines: readonly string[]): string[] => [...new Set(lines)];

const isFirst = (name: string, index: number, all: readonly string[]): boolean => all.indexOf(name) === index;
