import { writeFile } from 'node:fs/promises';
import { ExecaError } from 'execa';
import { withFile } from 'tmp-promise';
import { run } from './run.js';

/** A domain of a libvirt connection. `uri` is missing where virsh finds its own (`LIBVIRT_DEFAULT_URI`, or by probing). */
export interface LibvirtName {
  readonly uri?: string;
  readonly name: string;
}

/** Looking and defining take well under a second, and some seconds on a busy host. */
const limitMs = 30_000;

export type VirshAnswer =
  | { readonly kind: 'answer'; readonly text: string }
  /** `reason` is what virsh said, or why it said nothing. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * The definition that the domain will start with next, passwords included, one character per byte. Changes nothing.
 * virsh takes a name of digits for a number first: look at the name in the answer.
 */
export const definitionOf = (domain: LibvirtName): Promise<VirshAnswer> =>
  virsh(domain.uri, ['dumpxml', '--inactive', '--security-info', '--domain', domain.name]);

/** Gives libvirt a definition, checked against its schema, in place of the one of the same domain. */
export const define = (uri: string | undefined, text: string): Promise<VirshAnswer> =>
  withFile(
    async ({ path }) => {
      await writeFile(path, text, 'latin1');
      return virsh(uri, ['define', '--validate', '--file', path]);
    },
    { mode: 0o600, prefix: 'convert-image', postfix: '.xml' },
  );

/** The connection that virsh uses, as libvirt calls it: `xen:///system`. */
export async function connectionOf(uri: string | undefined): Promise<VirshAnswer> {
  const answer = await virsh(uri, ['uri']);
  return answer.kind === 'answer' ? { kind: 'answer', text: answer.text.trim() } : answer;
}

/** Why a definition can't be changed now, completing "it can't, because …"; undefined where it can. */
export async function hindrance(domain: LibvirtName): Promise<string | undefined> {
  const answer = await virsh(domain.uri, ['dominfo', '--domain', domain.name]);
  if (answer.kind === 'failed') return answer.reason;
  const fieldOf = (key: string) => new RegExp(`^${key}: *(.*)$`, 'm').exec(answer.text)?.[1]?.trim();
  const state = fieldOf('State');
  if (state !== 'shut off') return `it is not shut off but ${state}`;
  if (fieldOf('Managed save') !== 'yes') return undefined;
  return 'it has a saved memory, with which it would start as it was';
}

/** Standard input is closed and every wait limited, as for all programs; a daemon that hangs is a failure. */
async function virsh(uri: string | undefined, command: readonly string[]): Promise<VirshAnswer> {
  const connection = uri === undefined ? [] : ['--connect', uri];
  try {
    const options = {
      timeout: limitMs,
      killSignal: 'SIGKILL',
      encoding: 'latin1',
      stripFinalNewline: false,
    } as const;
    const { stdout } = await run(options)`virsh ${['--quiet', ...connection, ...command]}`;
    return { kind: 'answer', text: stdout };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

function reasonOf(error: ExecaError): string {
  if (error.code === 'ENOENT') return 'virsh is not installed (package libvirt-clients)';
  if (error.timedOut) return `virsh didn't answer within ${limitMs / 1000} s`;
  const said = Buffer.from(String(error.stderr), 'latin1').toString();
  const lines = said.split('\n').map((line) => line.replace(/^error: */, '').trim());
  return lines.filter((line) => line !== '').join(': ') || error.shortMessage;
}
