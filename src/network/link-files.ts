import { namesIn, nodeAt, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import {
  allMatch,
  globsMatch,
  kernelName,
  type MatchResult,
  macMatches,
  type XenNetworkDevice,
  xenDriver,
} from './device-match.js';
import { addWords } from './word-lists.js';

/** A systemd.link(5) file, with what its drop-ins change. */
export interface LinkFile {
  readonly path: string;
  /** Undefined: the file doesn't name interfaces. */
  readonly name?: string;
  readonly namePolicy: readonly string[];
  readonly match: ReadonlyMap<string, readonly string[]>;
}

const directory = '/etc/systemd/network';
const defaultFile = '99-default.link';

/** What systemd ships in /usr/lib as 99-default.link since version 246; older ones lack words without meaning here. */
const shippedDefault = '[Match]\nOriginalName=*\n[Link]\nNamePolicy=keep kernel database onboard slot path\n';

/** Whether the guest's administrator put an empty file over the policy that systemd ships. */
export const defaultIsMasked = (tree: GuestTree): boolean => {
  const node = tree.get(`${directory}/${defaultFile}`);
  if (node?.kind === 'symlink') return node.target === '/dev/null';
  return node?.kind === 'file' && node.text.trim() === '';
};

/** The .link files in the order in which udev tries them, up to and with 99-default.link, which matches everything. */
export function linkFiles(tree: GuestTree): LinkFile[] {
  const own = namesIn(tree, directory).filter((name) => name.endsWith('.link'));
  const names = [...new Set([...own, defaultFile])].sort();
  return names.flatMap((name) => {
    const text = baseText(tree, name);
    if (text === undefined || text.trim() === '') return [];
    return [
      linkFile(own.includes(name) ? `${directory}/${name}` : `/usr/lib/systemd/network/${name}`, [
        text,
        ...dropIns(tree, `${directory}/${name}.d`),
      ]),
    ];
  });
}

/** One .link file from its text and those of its drop-ins. */
export function linkFile(path: string, texts: readonly string[]): LinkFile {
  const match = new Map<string, string[]>();
  const link = new Map<string, string>();
  for (const [section, key, value] of texts.flatMap(assignments)) {
    if (section === 'Link') link.set(key, value);
    if (section !== 'Match') continue;
    addWords(match, key, value, value === '' ? [] : value.split(/[ \t]+/));
  }
  const name = link.get('Name') ?? '';
  const namePolicy = (link.get('NamePolicy') ?? '').split(/[ \t]+/).filter((word) => word !== '');
  return { path, namePolicy, match, ...(name === '' ? {} : { name }) };
}

/** Whether a .link file is for this device. */
export function linkMatches(link: LinkFile, device: XenNetworkDevice): MatchResult {
  const conditions = [...link.match].filter(([, patterns]) => patterns.length > 0);
  return allMatch(conditions.map(([key, patterns]) => matchHolds(key, patterns, link, device)));
}

function matchHolds(
  key: string,
  patterns: readonly string[],
  link: LinkFile,
  device: XenNetworkDevice,
): MatchResult {
  if (key === 'MACAddress' || key === 'PermanentMACAddress') {
    return macMatches(device, patterns, link.name ?? '');
  }
  const values = knownValues(device)[key];
  if (values === undefined) return 'unknown';
  const negated = patterns[0]?.startsWith('!') ?? false;
  const plain = negated ? patterns.map((pattern) => pattern.replace(/^!/, '')) : patterns;
  const holds = values.some((value) => globsMatch(plain, value) === 'yes');
  return holds !== negated ? 'yes' : 'no';
}

/** What udev finds for a vif of Xen under PV. ID_PATH and the driver as udev's path_id and ethtool say them. */
const knownValues = (device: XenNetworkDevice): Readonly<Record<string, readonly string[]>> => ({
  OriginalName: [kernelName(device)],
  Driver: [xenDriver],
  Path: [`xen-vif-${device.handle}`],
  Type: ['ether'],
  // A card has no kind: no pattern matches it, an inverted one lets it through (net_condition_test_strv).
  Kind: [],
  Virtualization: ['xen', 'vm', 'yes', 'true', '1'],
  Architecture: ['x86-64'],
});

function baseText(tree: GuestTree, name: string): string | undefined {
  const path = `${directory}/${name}`;
  if (name === defaultFile && !tree.has(path)) return shippedDefault;
  if (nodeAt(tree, path)?.kind !== 'file') return undefined;
  return textAt(tree, path);
}

const dropIns = (tree: GuestTree, path: string): string[] =>
  namesIn(tree, path)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => textAt(tree, `${path}/${name}`) ?? '');

function assignments(text: string): [section: string, key: string, value: string][] {
  const found: [string, string, string][] = [];
  let section = '';
  for (const line of text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((raw) => raw.trim())) {
    const header = /^\[(.*)\]$/.exec(line);
    const at = line.indexOf('=');
    if (header !== null) section = header[1] ?? '';
    else if (at > 0 && !/^[#;]/.test(line))
      found.push([section, line.slice(0, at).trim(), line.slice(at + 1).trim()]);
  }
  return found;
}
