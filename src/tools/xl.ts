import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { ToolError } from '../errors.js';
import { dieWithUs } from './die-with-us.js';
import { run } from './run.js';

/** xl answers at once, but for a destruction, which waits for the back ends of a busy host. */
const answerLimitMs = 60_000;

export type DomainStart =
  | { readonly kind: 'created' }
  /** `output` is what xl and the boot loader said. */
  | { readonly kind: 'failed'; readonly status: number; readonly output: string };

/**
 * Starts a domain. No process of xl stays behind to wait for its end: one that ends keeps its name and its memory until
 * it is destroyed. xl has a process namespace of its own, so that pygrub and Xen's scripts end with it when the limit
 * (milliseconds) is over or the signal comes; a half-made domain may be left then, which has its name already.
 */
export async function createDomain(
  configFile: string,
  { signal, limitMs }: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<DomainStart> {
  const options = { all: true, reject: false, cancelSignal: signal, timeout: limitMs } as const;
  const result = await run({ ...options, killSignal: 'SIGKILL' })`
    ${dieWithUs} unshare --pid --fork --kill-child xl create -e ${configFile}`;
  signal.throwIfAborted();
  if (result.exitCode === 0) return { kind: 'created' };
  if (result.exitCode === 127) throw notInstalled();
  const late = result.timedOut ? `xl create did not end within ${limitMs / 1000} s` : '';
  const said = [result.all.trim(), await bootLoaderLog(result.all), late];
  const output = said.filter((text) => text !== '').join('\n');
  return { kind: 'failed', status: result.exitCode ?? 1, output };
}

/** libxl names the file with the messages of a boot loader that failed. */
async function bootLoaderLog(output: string): Promise<string> {
  const [, path] = /consult logfile (\/\S+)/.exec(output) ?? [];
  return path === undefined ? '' : (await readFile(path, 'latin1').catch(() => '')).slice(-65_536).trim();
}

/** `code` is Xen's SHUTDOWN_* number; undefined where Xen doesn't say. */
export type DomainState =
  | { readonly kind: 'alive' | 'gone' }
  | { readonly kind: 'ended'; readonly code: number | undefined };

/** How a domain is. One that ended stays, if it was made by `createDomain`. Throws a `ToolError`. */
export async function domainState(name: string): Promise<DomainState> {
  const { exitCode, stdout } = await xl(['list', '-v', name]);
  return exitCode === 0 ? parseState(stdout) : { kind: 'gone' };
}

/** The second line: name, number, memory, processors, state letters, seconds, UUID, reason code, label (xl(1)). */
export function parseState(table: string): DomainState {
  const [, letters = '', code] = /\n.*\s([rbpscd-]{6})\s+[\d.]+\s+[0-9a-f-]{36}\s+(\S+)/.exec(table) ?? [];
  if (letters === '') return { kind: 'gone' };
  if (!/[scd]/.test(letters)) return { kind: 'alive' };
  return { kind: 'ended', code: code !== undefined && /^\d+$/.test(code) ? Number(code) : undefined };
}

/** Ends a domain at once, and returns when its disks are free. One that isn't there or is dying is fine. Throws a `ToolError`. */
export async function destroyDomain(name: string): Promise<void> {
  const { exitCode, stderr } = await xl(['destroy', name]);
  if (exitCode !== 0 && (await domainState(name)).kind === 'alive') throw xlError(['destroy', name], stderr);
}

/** Memory that no domain has, MiB. Throws a `ToolError`. */
export async function freeMemoryMiB(): Promise<number> {
  const { stdout, stderr } = await xl(['info']);
  const [, free] = /^free_memory\s*:\s*(\d+)/m.exec(stdout) ?? [];
  if (free === undefined) throw xlError(['info'], stderr);
  return Number(free);
}

/** What this Xen starts, as `xl info` names it: `xen-3.0-x86_64` is a 64-bit PV guest (XEN_CAPABILITIES in version.h). */
export async function xenCapabilities(): Promise<{ readonly startsPv: boolean; readonly text: string }> {
  const { stdout, stderr } = await xl(['info']);
  const [, text] = /^xen_caps\s*:\s*(.*?)\s*$/m.exec(stdout) ?? [];
  if (text === undefined) throw xlError(['info'], stderr);
  return { startsPv: text.split(/\s+/).includes('xen-3.0-x86_64'), text };
}

/**
 * Shows a domain's console from its first byte on: xenconsoled keeps what nobody has read. Nothing is typed there. The
 * process ends with the domain, with this process, or when it is killed; it never rejects.
 */
export const openConsole = (name: string) =>
  execa({
    env: { LC_ALL: 'C.UTF-8' },
    // Not through `run`: xenconsole takes the end of its input for the end of the session.
    stdin: 'pipe',
    buffer: { stdout: false, stderr: true },
    maxBuffer: { stderr: 100_000 },
    reject: false,
  })`${dieWithUs} xl console -t pv ${name}`;

async function xl(args: readonly string[]) {
  const result = await run({ reject: false, timeout: answerLimitMs, killSignal: 'SIGKILL' })`xl ${args}`;
  if (result.code === 'ENOENT') throw notInstalled();
  if (result.timedOut) throw xlError(args, `no answer within ${answerLimitMs / 1000} s`);
  return result;
}

const xlError = (args: readonly string[], detail: string): ToolError =>
  new ToolError(`xl ${args.join(' ')} failed: ${detail.trim()}`);

const notInstalled = (): ToolError =>
  new ToolError('this is a Xen dom0 without xl, which the boot test needs', {
    remedy: 'install the xen-utils package of this Xen version',
  });
