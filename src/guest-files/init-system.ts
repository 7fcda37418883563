import type { GuestTree, InitSystem } from '../model.js';
import { namesIn, resolvePath } from './guest-tree.js';

/**
 * What runs as /sbin/init. The program itself counts first: a link to it is the distributions' way to choose one, and
 * the others' files often stay behind (/etc/init of Debian's packages, /lib/systemd below udev, an old /etc/inittab).
 * `packages` decide where the program can't be told, files where there is no list of packages.
 */
export function initSystemOf(tree: GuestTree, packages: ReadonlyMap<string, string>): InitSystem {
  const program = programAt(tree) ?? programByPackage(packages) ?? programByFiles(tree);
  return program === 'upstart' ? upstartOf(tree, packages) : program;
}

type Program = Exclude<InitSystem, 'upstart-events'>;

/** The init system that a path given as `init=` on the kernel command line starts; undefined for another program. */
export const programNamed = (path: string): 'systemd' | 'upstart' | undefined => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === 'systemd' || name === 'upstart' ? name : undefined;
};

/** Undefined when there is nothing at /sbin/init, or nothing that says its name. */
function programAt(tree: GuestTree): Program | undefined {
  const folder = resolvePath(tree, '/sbin') ?? '/sbin';
  const init = tree.get(`${folder}/init`);
  if (init?.kind === 'symlink') return programNamed(init.target) ?? linkedProgram(init.target);
  if (init?.kind !== 'file') return undefined;
  // "INIT_VERSION=sysvinit-3.06" is in its environment for scripts, "/com/ubuntu/upstart" is where upstart listens.
  if (init.text.includes('sysvinit-')) return 'sysvinit';
  return /\/com\/ubuntu\/upstart/i.test(init.text) ? 'upstart' : undefined;
}

/** jessie's package sysvinit keeps its program in /lib/sysvinit beside systemd-sysv's /sbin/init. */
const linkedProgram = (target: string): Program =>
  target.endsWith('/sysvinit/init') ? 'sysvinit' : 'unknown';

/** These packages own /sbin/init, one at a time. In jessie `sysvinit` is there without owning it, so it comes last. */
const owners: readonly (readonly [string, Program])[] = [
  ['systemd-sysv', 'systemd'],
  ['sysvinit-core', 'sysvinit'],
  ['upstart-sysv', 'upstart'],
  ['upstart', 'upstart'],
  ['sysvinit', 'sysvinit'],
];

const programByPackage = (packages: ReadonlyMap<string, string>): Program | undefined =>
  owners.find(([name]) => packages.has(name))?.[1];

function programByFiles(tree: GuestTree): Program {
  if (tree.has('/etc/inittab')) return 'sysvinit';
  return hasJobs(tree) || namesIn(tree, '/etc/event.d').length > 0 ? 'upstart' : 'unknown';
}

const hasJobs = (tree: GuestTree): boolean =>
  namesIn(tree, '/etc/init').some((name) => name.endsWith('.conf'));

/** Upstart read /etc/event.d up to 0.5, /etc/init since 0.6; an upgraded guest may have old jobs in the first. */
function upstartOf(tree: GuestTree, packages: ReadonlyMap<string, string>): InitSystem {
  const version = packages.get('upstart');
  if (version !== undefined) return /^0\.[0-5](?:\D|$)/.test(version) ? 'upstart-events' : 'upstart';
  return hasJobs(tree) || namesIn(tree, '/etc/event.d').length === 0 ? 'upstart' : 'upstart-events';
}

/**
 * The version of systemd, or of its udev, in the guest, by the name of its private library: libsystemd-shared-252.so. Before 230 there
 * was none, and the package's version tells.
 */
export function systemdVersionIn(tree: GuestTree, packages: ReadonlyMap<string, string>): number | undefined {
  const names = [...namesIn(tree, '/usr/lib/x86_64-linux-gnu/systemd'), ...namesIn(tree, '/lib/systemd')];
  const versions = names
    .map((name) => /^libsystemd-shared-(\d+)/.exec(name)?.[1])
    .filter((version) => version !== undefined);
  if (versions.length > 0) return Math.max(...versions.map(Number));
  // Guests with another init have systemd's udev all the same, and that names the cards; until 182 it was another's.
  const udev = majorOf(packages.get('udev')) ?? 0;
  return majorOf(packages.get('systemd')) ?? (udev > 182 ? udev : undefined);
}

function majorOf(version = ''): number | undefined {
  const [, major] = /^(?:\d+:)?(\d+)/.exec(version) ?? [];
  return major === undefined ? undefined : Number(major);
}
