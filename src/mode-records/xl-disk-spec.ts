/** One comma-separated part of a disk specification, as it is written. */
interface DiskPart {
  readonly role: 'target' | 'format' | 'vdev' | 'access' | 'cdrom' | 'option' | 'nothing';
  readonly blank: string;
  /** Deprecated prefixes before the value: `tap:`, `aio:`, `ioemu:`, … */
  readonly prefixes: readonly string[];
  readonly body: string;
}

/** What a disk specification says, with the parts that it is written in. */
export interface DiskSpec {
  readonly kind: 'disk';
  readonly parts: readonly DiskPart[];
  /** As written; a relative one is below /dev. Empty for an empty cdrom drive. */
  readonly target: string;
  /** `raw`, `qcow`, `qcow2`, `vhd`, `qed` or `empty`. */
  readonly format: string;
  /** The device's name in the guest: `hda`, `xvdb`. */
  readonly vdev: string;
  readonly cdrom: boolean;
  readonly readOnly: boolean;
  /** Set when the target isn't a path but something for this hotplug script. */
  readonly script?: string;
}

export interface UnreadableDisk {
  readonly kind: 'unreadable-disk';
  /** Completes "the disk can't be read because …". */
  readonly reason: string;
}

/** What has been read so far. */
interface Draft {
  target?: string;
  format?: string;
  vdev?: string;
  access?: string;
  cdrom: boolean;
  script?: string;
  prefixed: boolean;
  positionalAccess: boolean;
}

type Role = DiskPart['role'] | UnreadableDisk;

const unreadable = (reason: string): UnreadableDisk => ({ kind: 'unreadable-disk', reason });

const formats: ReadonlySet<string> = new Set(['raw', 'qcow', 'qcow2', 'vhd', 'qed', 'empty']);
const flags =
  /^(?:direct-io-safe|discard|no-discard|colo|no-colo|trusted|untrusted|grant_usage=[01]|devtype=disk)$/;
const ignoredKeys =
  /^(?:backend|backendtype|specification|colo-host|colo-port|colo-export|active-disk|hidden-disk)=/;

/**
 * Reads one entry of `disk = [...]` as Xen 4.17 does (xl-disk-configuration(5), libxlu_disk_l.l), positional,
 * `key=value` and the deprecated forms of xm. Total, linear, lossless: `printDiskSpec` gives the same bytes.
 */
export function parseDiskSpec(spec: string): DiskSpec | UnreadableDisk {
  const draft: Draft = { cdrom: false, prefixed: false, positionalAccess: false };
  const parts: DiskPart[] = [];
  for (let at = 0; at < spec.length || parts.length === 0; ) {
    const comma = spec.indexOf(',', at);
    const part = partOf(spec.slice(at, comma === -1 ? undefined : comma), spec.slice(at), draft);
    if ('reason' in part) return part;
    parts.push(part);
    at += part.blank.length + part.prefixes.join('').length + part.body.length + 1;
    // A comma at the very end: xl sees no further part.
    if (at === spec.length) parts.push({ role: 'nothing', blank: '', prefixes: [], body: '' });
  }
  return finished(draft, parts);
}

/** The text of a specification. */
export function printDiskSpec(spec: Pick<DiskSpec, 'parts'>): string {
  return spec.parts.map((part) => part.blank + part.prefixes.join('') + part.body).join(',');
}

function partOf(part: string, rest: string, draft: Draft): DiskPart | UnreadableDisk {
  const blank = /^[ \t\n]*/.exec(part)?.[0] ?? '';
  let body = part.slice(blank.length);
  const prefixes: string[] = [];
  for (let prefix = prefixOf(body); prefix !== undefined; prefix = prefixOf(body)) {
    const refusal = takePrefix(prefix, draft);
    if (refusal !== undefined) return refusal;
    prefixes.push(prefix);
    body = body.slice(prefix.length);
  }
  if (prefixes.length > 0 && /^[ \t\n]/.test(body))
    return unreadable(`a blank stands behind "${prefixes.at(-1)}"`);
  const isTarget = body.startsWith('target=');
  if (isTarget) body = rest.slice(blank.length + prefixes.join('').length);
  // Nothing behind the last comma is no part; nothing between two commas is an empty one.
  if (body === '' && part === rest) return { role: 'nothing', blank, prefixes, body };
  const role = isTarget ? takeTarget(body, draft) : takeBody(body, draft);
  return typeof role === 'string' ? { role, blank, prefixes, body } : role;
}

/** A deprecated prefix, or what xl takes for one: a word, a colon, and no letter or digit behind it. */
const prefixOf = (body: string): string | undefined =>
  /^(?:raw|qcow2?|vhd|iscsi|e?nbd|drbd|tapdisk|tap2?|aio|ioemu|file|phy):|^[a-z][a-z0-9]*:(?![a-z0-9])/.exec(
    body,
  )?.[0];

function takePrefix(prefix: string, draft: Draft): UnreadableDisk | undefined {
  const name = prefix.slice(0, -1);
  draft.prefixed = true;
  if (formats.has(name)) return setOnce(draft, 'format', name);
  if (/^(?:iscsi|e?nbd|drbd)$/.test(name)) return setOnce(draft, 'script', `block-${name}`);
  if (/^(?:tapdisk|tap2?|aio|ioemu|file|phy)$/.test(name)) return undefined;
  return unreadable(`"${prefix}" is no prefix that xl knows`);
}

/** `target=` takes the rest of the specification, commas included, but for one comma at its end. */
function takeTarget(rest: string, draft: Draft): Role {
  return setOnce(draft, 'target', rest.slice('target='.length).replace(/,$/, '')) ?? 'target';
}

function takeBody(body: string, draft: Draft): Role {
  if (body === 'cdrom' || body === 'devtype=cdrom') {
    draft.cdrom = true;
    return 'cdrom';
  }
  if (body === 'devtype=disk') draft.cdrom = false;
  if (flags.test(body) || ignoredKeys.test(body)) return 'option';
  const [, key, value] = /^(format|access|vdev|script)=([^\n]*)$/.exec(body) ?? [];
  if (value === undefined) return takePositional(body, draft);
  switch (key) {
    case 'format':
      return takeFormat(value, draft);
    case 'access':
      return takeAccess(value, draft);
    case 'script':
      return setOnce(draft, 'script', value) ?? 'option';
    default:
      return setOnce(draft, 'vdev', value) ?? 'vdev';
  }
}

function takePositional(body: string, draft: Draft): Role {
  if (/[=\n]/.test(body)) return unreadable(`"${body}" isn't a form that xl knows`);
  if (draft.target === undefined) {
    draft.target = body;
    return 'target';
  }
  if (!draft.prefixed && draft.format === undefined) {
    if (draft.target !== '' || !body.includes(':')) return takeFormat(body, draft);
    // xm's empty drive: `,hdc:cdrom,r`.
    draft.format = 'empty';
    return takeVdev(body, draft);
  }
  if (draft.vdev === undefined) return takeVdev(body, draft);
  if (draft.positionalAccess) return unreadable(`"${body}" is one part too many`);
  draft.positionalAccess = true;
  return takeAccess(body, draft);
}

function takeFormat(value: string, draft: Draft): Role {
  const format = value === '' ? 'raw' : value;
  if (!formats.has(format)) return unreadable(`"${value}" is no format that xl knows`);
  return setOnce(draft, 'format', format) ?? 'format';
}

function takeAccess(value: string, draft: Draft): Role {
  if (!/^(?:r|ro|w|rw|)$/.test(value)) return unreadable(`"${value}" is no access mode that xl knows`);
  draft.access = value;
  return 'access';
}

/** `hdc:cdrom` and `hda:disk` are forms of xm. */
function takeVdev(body: string, draft: Draft): Role {
  const colon = body.lastIndexOf(':');
  const type = colon === -1 ? 'disk' : body.slice(colon + 1);
  if (type !== 'disk' && type !== 'cdrom') return unreadable(`"${type}" is no kind of disk that xl knows`);
  if (colon !== -1) draft.cdrom = type === 'cdrom';
  return setOnce(draft, 'vdev', colon === -1 ? body : body.slice(0, colon)) ?? 'vdev';
}

/** Sets a value that must not be there already; an empty one may be overwritten. */
function setOnce(
  draft: Draft,
  key: 'target' | 'format' | 'vdev' | 'script',
  value: string,
): UnreadableDisk | undefined {
  const old = draft[key];
  if (old !== undefined && old !== '' && (key !== 'format' || old !== value)) {
    return unreadable(`its ${key} is given twice`);
  }
  draft[key] = value;
  return undefined;
}

function finished(draft: Draft, parts: readonly DiskPart[]): DiskSpec | UnreadableDisk {
  const target = draft.target ?? '';
  if (draft.vdev === undefined || draft.vdev === '') return unreadable('it names no device (vdev)');
  if (draft.target === undefined && !draft.cdrom) return unreadable('it names no target');
  return {
    kind: 'disk',
    parts,
    target,
    format: target === '' && draft.cdrom ? 'empty' : (draft.format ?? 'raw'),
    vdev: draft.vdev,
    cdrom: draft.cdrom,
    readOnly: draft.cdrom || /^ro?$/.test(draft.access ?? ''),
    ...(draft.script === undefined ? {} : { script: draft.script }),
  };
}
