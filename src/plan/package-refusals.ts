import type { Problem } from '../model.js';

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;

/** What a file system would have to hold, and what it has room for. */
export interface Shortage {
  readonly mount: string;
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly neededFiles: number;
  readonly freeFiles: number;
}

/** The reasons why a kernel can't be installed in a guest. */
export const packageRefusals = {
  'package-not-found': (names: readonly string[], said: readonly string[]): Problem => ({
    code: 'package-not-found',
    message: `no package ${names.join(' or ')} is to be had: ${said.join('; ')}`,
    remedy:
      'name another package with --kernel, another archive with --mirror URL, or a folder that holds it with --packages DIR',
  }),
  'packages-conflict': (names: readonly string[], said: readonly string[]): Problem => ({
    code: 'packages-conflict',
    message: `${names.join(', ')} can't be installed beside what the guest has: ${said.join('; ')}`,
    remedy:
      'put the packages of the guest in order there (apt-get -f install; apt-get upgrade), then convert',
  }),
  'no-package-source': (skipped: readonly string[]): Problem => ({
    code: 'no-package-source',
    message: `the guest names no archive that packages could be fetched from${skipped.length === 0 ? '' : ` (${skipped.join('; ')})`}`,
    remedy: 'name an archive with --mirror URL, or a folder with the packages with --packages DIR',
  }),
  'no-space': (shortages: readonly Shortage[]): Problem => ({
    code: 'no-space',
    message: `the guest has no room for the packages: ${shortages.map(shortageText).join('; ')}`,
    remedy:
      'make room in the guest (apt-get clean; apt-get autoremove --purge removes old kernels) or enlarge its disk; --no-headers needs less',
  }),
} as const;

const shortageText = ({ mount, neededBytes, freeBytes, neededFiles, freeFiles }: Shortage): string =>
  freeBytes < neededBytes
    ? `${mount} needs ${megabytes(neededBytes)} and has ${megabytes(Math.max(0, freeBytes))} free`
    : `${mount} needs ${neededFiles} inodes and has ${freeFiles} free`;
