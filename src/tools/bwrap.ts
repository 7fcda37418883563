import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ConfinedFiles, type ConfinedUser, confinedId } from './confined-user.js';

/**
 * The words that start a program in bubblewrap: with /usr, an empty network, an empty environment and these files, as that
 * user. It dies with whoever starts it. Exit codes come through; a signal that ended it becomes 128 and its number.
 */
export async function bwrapWords(files: ConfinedFiles, user: ConfinedUser): Promise<string[]> {
  const { readOnly = [], readWrite = [], temporary = false } = files;
  const root = user === 'own' ? innerRoot : '';
  const binds = [
    ...readOnly.map((path) => bind('--ro-bind', path, root)),
    ...readWrite.map((path) => bind('--bind', path, root)),
  ];
  return [
    ...(await enterView([...readOnly, ...readWrite])),
    'bwrap',
    ...isolation,
    ...(await systemIn('')),
    // The program that changes the root comes from the outer one.
    ...(root === '' ? [] : await systemIn(root)),
    ...(await Promise.all(binds)).flat(),
    ...(temporary ? ['--perms', '1777', '--dir', `${root}/tmp`] : []),
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
];

/**
 * Linux lets nobody make a user namespace whose root isn't that of his mount namespace (`current_chrooted` in
 * kernel/user_namespace.c). In one, a program would have every capability, and so most of the kernel to attack.
 */
const innerRoot = '/confined';

const become: Readonly<Record<ConfinedUser, readonly string[]>> = {
  // These capabilities go with the change of user.
  own: [
    ...['CAP_SETUID', 'CAP_SETGID', 'CAP_SYS_CHROOT'].flatMap((name) => ['--cap-add', name]),
    ...['chroot', `--userspec=+${confinedId}:+${confinedId}`, `--groups=${confinedId}`, innerRoot],
  ],
  ours: [],
  root: ['--cap-add', 'CAP_DAC_OVERRIDE'],
};

/** What programs need of the system. On a merged one the folders beside /usr are links into it. */
async function systemIn(root: string): Promise<string[]> {
  const names = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
  const words = names.map(async (name) => {
    const node = await lstat(name).catch(() => undefined);
    if (node === undefined) return [];
    const isLink = node.isSymbolicLink();
    return isLink ? ['--symlink', await readlink(name), root + name] : ['--ro-bind', name, root + name];
  });
  return [
    ...['--dir', `${root}/dev`, '--dev-bind', '/dev/null', `${root}/dev/null`],
    ...['--ro-bind', '/usr', `${root}/usr`, '--dir', `${root}/etc`],
    ...['--ro-bind-try', '/etc/ld.so.cache', `${root}/etc/ld.so.cache`],
    ...(await Promise.all(words)).flat(),
  ];
}

async function bind(option: '--ro-bind' | '--bind', path: string, root: string): Promise<string[]> {
  const isDevice = (await stat(path).catch(() => undefined))?.isBlockDevice() ?? false;
  const inside = root + path;
  // bwrap itself would make the folder above it for root only.
  return ['--dir', dirname(inside), isDevice ? '--dev-bind' : option, path, inside];
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
