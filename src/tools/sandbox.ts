import { constants, type Stats } from 'node:fs';
import { access, chown, lstat, mkdir, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type LimitOptions, limitWords } from './limits.js';
import { run } from './run.js';

/** Absolute paths of files and folders, which have the same names in the sandbox. */
export interface ConfinedFiles {
  readonly readOnly?: readonly string[];
  readonly readWrite?: readonly string[];
}

/** A program that is to parse what may be hostile, and all that it needs of this host. */
export interface ConfinedProgram extends ConfinedFiles {
  /** Looked for in PATH. */
  readonly program: string;
  readonly args: readonly string[];
  readonly limits?: LimitOptions;
}

/** The user and group as whom parsers run: an id from the range that nothing gives out (systemd's UIDS-GIDS.md). */
const confinedId = 2_000_000_000;

/**
 * The words that run a program confined: it sees /usr, its files and nothing else of this host, has no network and no
 * capability, and dies with this process. Where every file is open to it, it runs as a user of its own; else as ours, without
 * our rights. Open descriptors are inherited. Exit codes come through; a signal that ended it becomes 128 and its number.
 *
 * Where this host has no sandbox (`sandboxObstacle`) only the limits are left. A program that isn't installed keeps its
 * bare name, so that starting it fails as usual.
 */
export async function sandboxed(confined: ConfinedProgram): Promise<string[]> {
  const { program, args, limits } = confined;
  const path = await findProgram(program);
  if (path === undefined) return [program, ...args];
  if ((await sandboxObstacle()) !== undefined) return [...limitWords(limits), program, ...args];
  return [...(await confinement(path, confined)), path, ...args];
}

/** Gives a view of an image to the user as whom confined programs run, where there is one. */
export async function giveToConfined(path: string): Promise<void> {
  if (await hasOwnUser()) await chown(path, confinedId, confinedId);
}

/** Makes a folder that a confined program can write into, if it gets these files beside it. */
export async function makeOutbox(path: string, files: ConfinedFiles): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (await mayOpen(files)) await giveToConfined(path);
}

/** Whether confined programs can run as a user of their own here, given files that this user may open. */
export const hasOwnUser = async (): Promise<boolean> => isRoot() && (await sandboxObstacle()) === undefined;

let obstacle: Promise<string | undefined> | undefined;

/** Why programs can't be confined on this host; undefined when they can. Tried once in the life of this process: 5 ms. */
export function sandboxObstacle(): Promise<string | undefined> {
  obstacle ??= tryOut();
  return obstacle;
}

async function tryOut(): Promise<string | undefined> {
  if ((await findProgram('bwrap')) === undefined)
    return 'bubblewrap is not installed: apt install bubblewrap';
  const words = [...(await confinement('/usr/bin/true', {})), 'true'];
  const { exitCode, stderr, shortMessage } = await run({ reject: false, timeout: tryLimitMs })`${words}`;
  return exitCode === 0
    ? undefined
    : ((stderr.trim().split('\n').at(-1) || shortMessage) ?? 'it does not start');
}

const tryLimitMs = 10_000;

async function confinement(
  program: string,
  { readOnly = [], readWrite = [], limits }: Omit<ConfinedProgram, 'program' | 'args'>,
): Promise<string[]> {
  const programs = program.startsWith('/usr/') ? [] : [program];
  const owned = isRoot() && (await mayOpen({ readOnly, readWrite }));
  return [
    ...limitWords(limits),
    ...(isRoot() ? [`--nproc=${processes}`] : []),
    ...(await enterView([...readOnly, ...readWrite])),
    'bwrap',
    ...isolation,
    ...(await systemFolders()),
    ...[...programs, ...readOnly].flatMap((path) => bind('--ro-bind', path)),
    ...readWrite.flatMap((path) => bind('--bind', path)),
    ...(owned ? ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', ...becomeConfined] : []),
  ];
}

/**
 * bwrap makes every namespace but one for users, of which root has no need: so this works where those are forbidden, and
 * leaves room for another user. The environment may hold secrets and is emptied.
 */
const isolation = [
  ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
  ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--chdir', '/', '--clearenv'],
  ...['--setenv', 'PATH', '/usr/sbin:/usr/bin:/sbin:/bin', '--setenv', 'LC_ALL', 'C.UTF-8'],
  ...['--dir', '/dev', '--dev-bind', '/dev/null', '/dev/null', '--ro-bind', '/usr', '/usr'],
  ...['--dir', '/etc', '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
];

/** The confined programs of all conversions share a user, and few of them start another program. */
const processes = 500;

/** The last capabilities go with the change of user. */
const becomeConfined = [
  ...['setpriv', `--reuid=${confinedId}`, `--regid=${confinedId}`],
  ...['--clear-groups', '--inh-caps=-all'],
];

/** On a merged system links into /usr; else folders. */
async function systemFolders(): Promise<string[]> {
  const names = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
  const words = names.map(async (name) => {
    const node = await lstat(name).catch(() => undefined);
    if (node === undefined) return [];
    return node.isSymbolicLink() ? ['--symlink', await readlink(name), name] : ['--ro-bind', name, name];
  });
  return (await Promise.all(words)).flat();
}

/** bwrap itself would make the folders above it for its own user only. */
const bind = (option: string, path: string): string[] => ['--dir', dirname(path), option, path, path];

/**
 * QEMU's raw view of an image is mounted in the namespace of its process, and mounts can't be bound from another one: so
 * bwrap is started inside. That namespace has this host's other mounts too.
 */
async function enterView(paths: readonly string[]): Promise<string[]> {
  for (const path of paths) {
    const target = await readlink(path).catch(() => path);
    const [, process] = /^(\/proc\/\d+)\/root\//.exec(target) ?? [];
    if (process !== undefined) return ['nsenter', `--mount=${process}/ns/mnt`];
  }
  return [];
}

/** Whether the user of confined programs may open files that belong to it or to root. */
async function mayOpen({ readOnly = [], readWrite = [] }: ConfinedFiles): Promise<boolean> {
  const look = (path: string) => stat(path).catch(() => undefined);
  const readable = await Promise.all(readOnly.map(look));
  const writable = await Promise.all(readWrite.map(look));
  const isOwn = (node: Stats | undefined) => node?.uid === confinedId;
  const isForAll = (node: Stats | undefined) => ((node?.mode ?? 0) & constants.S_IROTH) !== 0;
  return writable.every(isOwn) && readable.every((node) => isOwn(node) || isForAll(node));
}

async function findProgram(name: string): Promise<string | undefined> {
  if (name.startsWith('/')) return name;
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

const isRoot = (): boolean => process.geteuid?.() === 0;
