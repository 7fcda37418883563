import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { limitReached } from './limits.js';
import { run } from './run.js';
import { makeOutbox, sandboxed } from './sandbox.js';

/** What the real pygrub takes from a disk. */
export type PygrubAnswer =
  | {
      readonly kind: 'boots';
      readonly kernel: string;
      readonly initramfs?: string;
      readonly commandLine: string;
    }
  | { readonly kind: 'fails'; readonly detail: string };

/** pygrub shows a menu for the timeout of the guest's menu unless told not to; this is for a disk that hangs it. */
const limitMs = 60_000;

/** The newest pygrub of this host (Debian keeps one for each Xen version); undefined where none is installed. */
export async function findPygrub(): Promise<string | undefined> {
  const folders = (await readdir('/usr/lib').catch(() => [])).filter((name) => /^xen-\d/.test(name));
  const [newest] = folders.sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  return newest === undefined ? undefined : `/usr/lib/${newest}/bin/pygrub`;
}

/**
 * Lets the real pygrub extract kernel and initramfs of a raw disk into a new folder of the host, and says what it took.
 * The files it leaves there are the guest's kernel and initramfs under names of their own.
 */
export async function runPygrub(pygrub: string, rawDisk: string, folder: string): Promise<PygrubAnswer> {
  await makeOutbox(folder, { readOnly: [rawDisk] });
  const args = ['--quiet', '--output-format=simple', `--output-directory=${folder}`, rawDisk];
  const words = await sandboxed({ program: pygrub, args, readOnly: [rawDisk], readWrite: [folder] });
  try {
    const { stdout } = await run({ timeout: limitMs, killSignal: 'SIGKILL' })`${words}`;
    return parseAnswer(stdout);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const detail = String(error.stderr).trim().split('\n').at(-1) ?? '';
    const reached = limitReached({ ...error, said: detail });
    return {
      kind: 'fails',
      detail: error.timedOut ? `no answer within ${limitMs / 1000} s` : (reached ?? detail),
    };
  }
}

/** `--output-format=simple` prints one line for each: `kernel PATH`, `ramdisk PATH`, `args TEXT`. */
function parseAnswer(stdout: string): PygrubAnswer {
  const values = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [, key, value] = /^(kernel|ramdisk|args) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value);
  }
  const kernel = values.get('kernel');
  const initramfs = values.get('ramdisk');
  if (kernel === undefined) return { kind: 'fails', detail: 'pygrub named no kernel' };
  const commandLine = values.get('args') ?? '';
  return {
    kind: 'boots',
    kernel: join(kernel),
    ...(initramfs === undefined ? {} : { initramfs }),
    commandLine,
  };
}
