import type { KernelCompression } from '../model.js';
import { compressionAt } from './compression.js';
import type { CpioEntry } from './cpio.js';

/** What lies at a position of an initramfs file, which is a row of archives with zero padding between them. */
export type InitramfsSegment =
  | { readonly kind: 'padding' }
  | { readonly kind: 'cpio' }
  | { readonly kind: 'compressed'; readonly compression: KernelCompression }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Tells a segment from its first six bytes (`head`), as Linux' unpack_to_rootfs does. */
export function segmentAt(position: number, head: Buffer): InitramfsSegment {
  if (head[0] === 0) return { kind: 'padding' };
  if (/^07070[12]/.test(head.toString('latin1', 0, 6))) {
    if (position % 4 === 0) return { kind: 'cpio' };
    return { kind: 'unknown', reason: `the archive at byte ${position} isn't at a multiple of four` };
  }
  const compression = compressionAt(head);
  if (compression === 'unknown' || compression === 'none') {
    return {
      kind: 'unknown',
      reason: `what begins at byte ${position} is neither an archive nor compressed`,
    };
  }
  return { kind: 'compressed', compression };
}

/** Linux allows 56 characters (MODULE_NAME_LEN). */
const longestModuleName = 64;

/**
 * The name of the module that a path holds, as modprobe shows it but with every `_` as `-`, which are the same to
 * modprobe: `usr/lib/modules/6.12/kernel/drivers/block/xen-blkfront.ko.xz` is `xen-blkfront`. Undefined for other files.
 */
export function moduleNameOf(path: string): string | undefined {
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (file.length > longestModuleName + '.ko.zst'.length) return undefined;
  const name = /^(.+)\.ko(?:\.(?:xz|zst|gz))?$/.exec(file)?.[1];
  return name?.replaceAll('_', '-');
}

/** Whether a file inside lists the modules there with what they need. Takes a path as `plainPath` gives it. */
export const isModuleList = (path: string): boolean =>
  /^(?:usr\/)?lib\/modules\/[^/]+\/modules\.dep$/.test(path);

const keptPaths: readonly RegExp[] = [
  /^conf\/(?:initramfs\.conf|modules)$/,
  // `resume` comes from the guest's /etc/initramfs-tools/conf.d, `zz-resume-auto` from initramfs-tools itself.
  /^conf\/conf\.d\/[^/]+$/,
  /^cryptroot\/crypttab$/,
  /^etc\/udev\/rules\.d\/[^/]+\.rules$/,
  /^etc\/systemd\/network\/[^/]+\.link$/,
];

/** Whether a file inside repeats settings of the guest that a conversion changes. Takes a path as `plainPath` gives it. */
export function isWorthKeeping(path: string): boolean {
  return keptPaths.some((pattern) => pattern.test(path));
}

/** A path of an archive without a leading `/` or `./`. */
export function plainPath(name: string): string {
  return name.replace(/^(?:\.?\/)+/, '');
}

/** Collects from the entries of all archives of an initramfs what a conversion wants to know. */
export interface InitramfsContents {
  readonly wants: (name: string) => boolean;
  readonly maximumContentBytes: number;
  readonly onEntry: (entry: CpioEntry) => void;
  readonly modules: ReadonlySet<string>;
  /** By path without a leading slash; where two archives have the same path, the later counts, as in Linux. */
  readonly texts: ReadonlyMap<string, string>;
  /** Set when there was more than can be right; then not everything was collected. */
  readonly damage: () => string | undefined;
}

/** A kernel of Debian has 4,500 modules. */
const mostModules = 20_000;
const mostTexts = 1_000;
/** The modules.dep of a Debian initramfs has 200 kB. */
const mostTextBytes = 2 * 1024 * 1024;
const mostTextBytesTogether = 16 * 1024 * 1024;

/** Starts an empty collection, which stays bounded whatever the archives hold. `keeps` says whose texts are kept. */
export function createInitramfsContents(keeps = isWorthKeeping): InitramfsContents {
  const modules = new Set<string>();
  const texts = new Map<string, string>();
  let textBytes = 0;
  let damage: string | undefined;
  const onEntry = ({ name, content }: CpioEntry) => {
    const module = moduleNameOf(name);
    textBytes += content?.length ?? 0;
    if (modules.size >= mostModules || texts.size >= mostTexts || textBytes > mostTextBytesTogether)
      damage = 'it holds more files than can be right';
    else if (module !== undefined) modules.add(module);
    else if (content !== undefined) texts.set(plainPath(name), content.toString('latin1'));
  };
  return {
    wants: (name) => keeps(plainPath(name)),
    maximumContentBytes: mostTextBytes,
    onEntry,
    modules,
    texts,
    damage: () => damage,
  };
}
