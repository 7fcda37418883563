import type { DomainDisk } from '../host-domains/domain.js';
import { askHost, unanswered } from './host-answer.js';

/** What serves a block device of this host to a domain, whatever tool stack has set it up. */
export interface BlockBackend {
  /** Number of the domain that has it. */
  readonly domain: number;
  readonly disks: readonly DomainDisk[];
}

/** `-f` is also what keeps it from cutting lines off at 80 characters (tools/xenstore/xenstore_client.c). */
const command = ['-f', '/local/domain/0/backend'];

/** The block devices that dom0 serves, also to domains that xl didn't make (XAPI's); undefined without xenstore-ls. */
export async function blockBackends(): Promise<BlockBackend[] | undefined> {
  const answer = await askHost('xenstore-ls', command);
  if (answer.kind === 'not-installed') return undefined;
  if (answer.kind === 'answer') return parseBackends(answer.text);
  // Before the first domain there is no such folder.
  if (/xs_directory .*No such file or directory/.test(answer.detail)) return [];
  throw unanswered('xenstore-ls', command, answer.detail);
}

/** In the kernel; blktap's, served by a process; QEMU's; and what they were called by older tool stacks. */
const linePattern = /^\/local\/domain\/0\/backend\/((?:vbd3?|qdisk|tap2?)\/(\d+)\/\d+)\/([^/ ]+) = "(.*)"$/gm;

/** Reads what `xenstore-ls -f` prints. */
export function parseBackends(listing: string): BlockBackend[] {
  const backends = new Map<string, { domain: number; values: Map<string, string> }>();
  for (const [, place = '', domain, key = '', value = ''] of listing.matchAll(linePattern)) {
    const backend = backends.get(place) ?? { domain: Number(domain), values: new Map() };
    backend.values.set(key, unescaped(value));
    backends.set(place, backend);
  }
  return [...backends.values()]
    .filter(({ values }) => !isOver(values))
    .map(({ domain, values }) => ({ domain, disks: disksOf(values) }));
}

/** Closed (XenbusStateClosed) for good: one that is online may be opened again, by a second kernel in the domain. */
const isOver = (values: ReadonlyMap<string, string>): boolean =>
  values.get('state') === '6' && values.get('online') !== '1';

function disksOf(values: ReadonlyMap<string, string>): DomainDisk[] {
  const [, major, minor] = /^([\da-f]+):([\da-f]+)$/i.exec(values.get('physical-device') ?? '') ?? [];
  const paths = ['params', 'tapdisk-params', 'physical-device-path'].map((key) => values.get(key) ?? '');
  return [
    ...(minor === undefined ? [] : [{ device: `${parseInt(major ?? '', 16)}:${parseInt(minor, 16)}` }]),
    // `aio:/srv/web1.img` is raw. What is no path belongs to a hotplug script, which makes a device of it.
    ...paths.flatMap((text) => {
      const [, format, path] = /^(?:([a-z\d]+):)?(\/.*)$/s.exec(text) ?? [];
      return path === undefined ? [] : [{ path, isQcow2: format === 'qcow2' }];
    }),
  ];
}

/** The escapes of xs_sanitise_value (tools/libs/store/xs.c): `\t`, `\n`, `\r`, `\\`, `\007`, `\xff`. */
function unescaped(value: string): string {
  const bytes = value.replace(/\\(?:([tnr\\])|([0-7]{3})|x([\da-f]{1,2}))/g, (_, letter, octal, hex) => {
    if (letter !== undefined) return { t: '\t', n: '\n', r: '\r' }[letter as string] ?? '\\';
    return String.fromCharCode(octal === undefined ? parseInt(hex, 16) : parseInt(octal, 8));
  });
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
