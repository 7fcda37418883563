import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ConfinedFiles, type ConfinedUser, confinedId } from './confined-user.js';

/**
 * The words that start a program in bubblewrap: with /usr, an empty network, an empty environment and these files, as that
 * user. It dies with whoever starts it. Exit codes come through; a signal that ended it becomes 128 and its number.
 */
export async function bwrapWords(files: ConfinedFiles, user: ConfinedUser): Promise<string[]> {
  const { readOnly = [], readWrite = [], temporary = false } = files;
  const binds = [
    ...readOnly.map((path) => bind('--ro-bind', path)),
    ...readWrite.map((path) => bind('--bind', path)),
  ];
  return [
    ...(await enterView([...readOnly, ...readWrite])),
    'bwrap',
    ...isolation,
    ...(await systemFolders()),
    ...(await Promise.all(binds)).flat(),
    ...(temporary ? ['--perms', '1777', '--dir', '/tmp'] : []),
    ...become[user],
  ];
}

/**
 * Every namespace but one for users, of which root has no need: so this works where those are forbidden, and leaves room
 * for another user. The environment may hold secrets.
 */
const isolation = [
  ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
  ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--chdir', '/', '--clearenv'],
  ...['--setenv', 'PATH', '/usr/sbin:/usr/bin:/sbin:/bin', '--setenv', 'LC_ALL', 'C.UTF-8'],
  ...['--dir', '/dev', '--dev-bind', '/dev/null', '/dev/null', '--ro-bind', '/usr', '/usr'],
  ...['--dir', '/etc', '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
];

const become: Readonly<Record<ConfinedUser, readonly string[]>> = {
  // These capabilities go with the change of user.
  own: [
    ...['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', 'setpriv', '--clear-groups'],
    ...[`--reuid=${confinedId}`, `--regid=${confinedId}`, '--inh-caps=-all'],
  ],
  ours: [],
  root: ['--cap-add', 'CAP_DAC_OVERRIDE'],
};

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

async function bind(option: '--ro-bind' | '--bind', path: string): Promise<string[]> {
  const isDevice = (await stat(path).catch(() => undefined))?.isBlockDevice() ?? false;
  // bwrap itself would make the folder above it for root only.
  return ['--dir', dirname(path), isDevice ? '--dev-bind' : option, path, path];
}

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
