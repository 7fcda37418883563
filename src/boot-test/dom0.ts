import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import { dieWithUs } from '../tools/die-with-us.js';
import { run } from '../tools/run.js';

/** The three files that QEMU boots. The kernel and the initramfs are unpacked: decompressing them costs seconds. */
export interface Dom0 {
  readonly xen: string;
  readonly kernel: string;
  readonly initramfs: string;
}

export interface Dom0Options {
  /** `${CONVERT_IMAGE_CACHE:-/var/cache/convert-image}`: dom0 takes 100 MB of it, and 700 MB while it is made. */
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
}

/** Unpacking takes ten seconds; the rest of this limit is for a slow mirror, or for another process that builds. */
const buildLimitMs = 20 * 60_000;

/**
 * Makes the small dom0 out of the packages of this machine's own Debian release, once for each state of the recipe
 * in `src/boot-test/dom0/`, and returns where it is. Safe to call from several processes. Throws a `ToolError`.
 */
export async function prepareDom0({ cacheDirectory, signal }: Dom0Options): Promise<Dom0> {
  const recipe = join(packageRoot(), 'src/boot-test/dom0');
  const directory = join(cacheDirectory, `dom0-${await recipeHash(recipe)}`);
  await build(recipe, directory, signal);
  return {
    xen: join(directory, 'xen'),
    kernel: join(directory, 'vmlinux'),
    initramfs: join(directory, 'initrd'),
  };
}

async function recipeHash(recipe: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(recipe)).sort()) {
    hash.update(`${name}\0`).update(await readFile(join(recipe, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** In a process namespace of its own, so that killing its first process leaves none behind that would go on writing. */
async function build(recipe: string, directory: string, signal: AbortSignal): Promise<void> {
  try {
    await run({ cancelSignal: signal, timeout: buildLimitMs, killSignal: 'SIGKILL' })`
      ${dieWithUs} unshare --mount --pid --fork --kill-child --mount-proc
      sh ${join(recipe, 'build')} ${directory}`;
  } catch (error) {
    signal.throwIfAborted();
    throw buildError(error);
  }
}

function buildError(error: unknown): ToolError {
  if (!(error instanceof ExecaError))
    return new ToolError(`could not prepare dom0: ${error}`, { cause: error });
  const detail = String(error.stderr).trim().split('\n').slice(-5).join('\n') || error.shortMessage;
  return new ToolError(`could not prepare the dom0 of the boot test: ${detail}`, {
    ...(error.exitCode === 127 ? { remedy: 'apt install mmdebstrap' } : {}),
    cause: error,
  });
}
