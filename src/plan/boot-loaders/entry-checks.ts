import { nodeAt, resolvePath } from '../../guest-files/guest-tree.js';
import type { Facts, Kernel, Problem } from '../../model.js';
import { subvolumeOf } from '../boot-file-system.js';
import { bootRefusals } from '../boot-refusals.js';
import { bootablePvKernels, obstacle } from '../pv-kernels.js';
import type { BootChoice } from './boot-loader.js';

/** Why this choice doesn't boot a PV kernel: a file is missing, or the kernel isn't one; undefined when it does. */
export const choiceProblem = (facts: Facts, choice: BootChoice): Problem | undefined =>
  missingFile(facts, choice) ?? kernelProblem(facts, choice);

/** The kernel of the facts at this path of the guest's tree, symbolic links followed. */
export const kernelAt = (facts: Facts, path: string): Kernel | undefined =>
  facts.kernels.find((kernel) => isSameFile(facts, kernel.path, path));

/**
 * Paths in a menu start at the top of the file system that holds it, which is /boot's own one in some guests; of btrfs
 * the guest may have mounted a subvolume, whose name then leads the path.
 */
export function guestPath({ tree, mounts }: Facts, menu: string, path: string): string {
  const config = resolvePath(tree, menu) ?? menu;
  const [mount] = mounts
    .filter((candidate) => candidate.path === '/' || config.startsWith(`${candidate.path}/`))
    .sort((one, other) => other.path.length - one.path.length);
  const place = mount === undefined || mount.path === '/' ? '' : mount.path;
  const inside = path.replace(/^\/+/, '');
  const subvolume = `${subvolumeOf(mount) ?? ''}/`;
  return `${place}/${subvolume !== '/' && inside.startsWith(subvolume) ? inside.slice(subvolume.length) : inside}`;
}

/** The reverse of `guestPath`, but for the name of a subvolume. */
export function menuPath(facts: Facts, menu: string, path: string): string {
  const root = guestPath(facts, menu, '/').replace(/\/$/, '');
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length) : path;
}

function missingFile(facts: Facts, { title, kernel, initramfs }: BootChoice): Problem | undefined {
  const missing = [kernel, ...(initramfs === undefined ? [] : [initramfs])].find(
    (path) => nodeAt(facts.tree, path) === undefined && !isKnownFile(facts, path),
  );
  return missing === undefined ? undefined : bootRefusals['boot-entry-file-missing'](title, missing);
}

const isKnownFile = (facts: Facts, path: string): boolean =>
  facts.kernels.some((kernel) => isSameFile(facts, kernel.path, path) || isInitramfsOf(facts, kernel, path));

const isInitramfsOf = (facts: Facts, { initramfs }: Kernel, path: string): boolean =>
  initramfs !== undefined && isSameFile(facts, initramfs.path, path);

const isSameFile = ({ tree }: Facts, one: string, other: string): boolean =>
  resolvePath(tree, one) === resolvePath(tree, other);

/** Without any kernel that could, the kernels' own rule has said so already. */
function kernelProblem(facts: Facts, { title, kernel: path }: BootChoice): Problem | undefined {
  const able = bootablePvKernels(facts);
  const kernel = kernelAt(facts, path);
  if (able.length === 0 || (kernel !== undefined && able.includes(kernel))) return undefined;
  const reason =
    kernel === undefined ? `${path} is none of the guest's kernels` : (obstacle(kernel) ?? 'unknown');
  return bootRefusals['default-entry-not-pv'](
    title,
    reason,
    able.map(({ version }) => version),
  );
}
