import { type GrubEntry, parseGrubConfig } from '../boot-loaders/grub2.js';
import { grubDefaultEntry } from '../boot-loaders/grub2-default.js';
import { type PygrubChoice, readAsPygrub } from '../boot-loaders/pygrub.js';
import { nodeAt, resolvePath, textAt } from '../guest-files/guest-tree.js';
import type { BootRequest, BootTarget, Facts, Kernel, Problem } from '../model.js';
import { bootRefusals } from './boot-refusals.js';
import { bootablePvKernels, obstacle } from './pv-kernels.js';

export const grubConfigPath = '/boot/grub/grub.cfg';

/**
 * What pygrub boots from the guest's grub.cfg, as paths in the guest's tree. Undefined when it would refuse, which
 * the boot loader's rule says with the reason.
 */
export function bootTarget(facts: Facts, request: BootRequest): BootTarget | undefined {
  const config = textAt(facts.tree, grubConfigPath);
  const choice = config === undefined ? undefined : readAsPygrub(config);
  if (choice?.kind !== 'boots') return undefined;
  const { kernel, initramfs, commandLine } = choice;
  return {
    way: request.way === 'auto' ? 'pygrub' : request.way,
    kernel: guestPath(facts, kernel),
    ...(initramfs === undefined ? {} : { initramfs: guestPath(facts, initramfs) }),
    commandLine,
  };
}

/** Why this text as grub.cfg wouldn't boot a PV kernel by pygrub and by GRUB alike; undefined when it would. */
export function bootTargetProblem(facts: Facts, config: string): Problem | undefined {
  const choice = readAsPygrub(config);
  const entry = grubDefaultEntry(parseGrubConfig(config), textAt(facts.tree, '/boot/grub/grubenv'));
  if (entry?.isHypervisor === true) return bootRefusals['hypervisor-default-entry'](entry.title);
  if (choice.kind === 'refuses') return bootRefusals['unreadable-by-pygrub'](choice.reason);
  const difference = differenceFromGrub(choice, entry, config);
  if (difference !== undefined) return bootRefusals['unreadable-by-pygrub'](difference);
  return missingFile(facts, choice) ?? kernelProblem(facts, choice);
}

/** True when GRUB itself boots what pygrub boots, with the same arguments. */
export const bootsAlike = (choice: PygrubChoice, entry: GrubEntry | undefined, config: string): boolean =>
  differenceFromGrub(choice, entry, config) === undefined;

/** pygrub takes lines literally and looks for one initramfs only. */
function differenceFromGrub(
  choice: PygrubChoice,
  entry: GrubEntry | undefined,
  config: string,
): string | undefined {
  const line = entry?.linux.at(-1);
  const initramfs = entry?.initramfs.at(-1) ?? [];
  const commandLine = line === undefined ? '' : config.slice(line.arguments.start, line.arguments.end).trim();
  if (initramfs.length > 1) return `"${choice.title}" has several initrd files, and pygrub takes one`;
  if (choice.commandLine.endsWith('\\')) return `a line of "${choice.title}" goes on in the next one`;
  const isSame =
    line?.kernel === choice.kernel && commandLine === choice.commandLine && initramfs[0] === choice.initramfs;
  return isSame
    ? undefined
    : `GRUB boots "${entry?.title ?? ''}", pygrub "${choice.title}" with ${choice.kernel}`;
}

function missingFile(facts: Facts, { title, kernel, initramfs }: PygrubChoice): Problem | undefined {
  const missing = [kernel, ...(initramfs === undefined ? [] : [initramfs])]
    .map((path) => guestPath(facts, path))
    .find((path) => nodeAt(facts.tree, path) === undefined && !isKnownFile(facts, path));
  return missing === undefined ? undefined : bootRefusals['boot-entry-file-missing'](title, missing);
}

const isKnownFile = (facts: Facts, path: string): boolean =>
  facts.kernels.some((kernel) => isSameFile(facts, kernel.path, path) || isInitramfsOf(facts, kernel, path));

const isInitramfsOf = (facts: Facts, { initramfs }: Kernel, path: string): boolean =>
  initramfs !== undefined && isSameFile(facts, initramfs.path, path);

const isSameFile = ({ tree }: Facts, one: string, other: string): boolean =>
  resolvePath(tree, one) === resolvePath(tree, other);

/** Without any kernel that could, the kernels' own rule has said so already. */
function kernelProblem(facts: Facts, { title, kernel: path }: PygrubChoice): Problem | undefined {
  const able = bootablePvKernels(facts);
  const kernel = facts.kernels.find((candidate) => isSameFile(facts, candidate.path, guestPath(facts, path)));
  if (able.length === 0 || (kernel !== undefined && able.includes(kernel))) return undefined;
  const reason =
    kernel === undefined ? `${path} is none of the guest's kernels` : (obstacle(kernel) ?? 'unknown');
  return bootRefusals['default-entry-not-pv'](
    title,
    reason,
    able.map(({ version }) => version),
  );
}

/** Paths in grub.cfg start at the file system that holds it, which is /boot's own one in some guests. */
function guestPath({ tree, mounts }: Facts, path: string): string {
  const config = resolvePath(tree, grubConfigPath) ?? grubConfigPath;
  const [mount = '/'] = mounts
    .map((candidate) => candidate.path)
    .filter((candidate) => candidate === '/' || config.startsWith(`${candidate}/`))
    .sort((one, other) => other.length - one.length);
  return `${mount === '/' ? '' : mount}/${path.replace(/^\/+/, '')}`;
}
