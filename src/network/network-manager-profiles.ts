import { namesIn, nodeAt } from '../guest-files/guest-tree.js';
import { type IniLine, parseIni } from '../guest-files/ini.js';
import type { GuestTree } from '../model.js';

/** A connection profile in a key file of NetworkManager, as nm-settings-keyfile(5) describes it. */
export interface Profile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly IniLine[];
}

/** Where profiles of the guest's own are; one of the same name or uuid there wins over a shipped one. */
export const profileFolder = '/etc/NetworkManager/system-connections';
const shippedFolder = '/usr/lib/NetworkManager/system-connections';

/**
 * The profiles that NetworkManager loads. It leaves out files that others than root may read or write, and names of
 * backups (nms-keyfile-utils.c); shipped ones need the ending `.nmconnection`.
 */
export function readProfiles(tree: GuestTree): Profile[] {
  const own = profilesIn(
    tree,
    profileFolder,
    (name) => !/^\.|~$|\.(?:sw[op]|bak|rpmnew|rpmsave|dpkg-\w+)$/.test(name),
  );
  const shipped = profilesIn(tree, shippedFolder, (name) => /^[^.].*\.nmconnection$/.test(name));
  const taken = new Set(own.map((profile) => profileValue(profile, 'connection', 'uuid')));
  return [...own, ...shipped.filter((profile) => !taken.has(profileValue(profile, 'connection', 'uuid')))];
}

/** One profile from its text. */
const profileOf = (path: string, text: string): Profile => ({
  path,
  text,
  lines: parseIni(text, 'glib'),
});

/** The last value of a key, as GLib reads it; undefined when it isn't there. Sections have their old names too. */
export function profileValue(
  { lines }: Pick<Profile, 'lines'>,
  section: string,
  key: string,
): string | undefined {
  const sections = [section, ...(oldNames[section] ?? [])];
  return lines.findLast(
    (line) => line.kind === 'entry' && sections.includes(line.section) && line.key === key,
  )?.value;
}

/** `ethernet`, `bridge`, `wifi`, …: the type by its present name. */
export const profileType = (profile: Pick<Profile, 'lines'>): string => {
  const type = profileValue(profile, 'connection', 'type') ?? '';
  return type === '802-3-ethernet' ? 'ethernet' : type === '802-11-wireless' ? 'wifi' : type;
};

/** Every IPv4 address of a profile, without prefix length: `address1=1.2.3.4/8,1.0.0.1`, before 0.9.10 `addresses1=1.2.3.4;8;1.0.0.1;`. */
export const profileAddresses = ({ lines }: Pick<Profile, 'lines'>): string[] =>
  lines.flatMap(({ kind, section, key, value }) =>
    kind === 'entry' && section === 'ipv4' && /^address(?:es)?\d*$/.test(key)
      ? value.split(/[/,;]/, 1).filter((address) => address !== '')
      : [],
  );

/** A list as key files write it: `a;b;`. */
export const listWords = (value: string | undefined): string[] =>
  (value ?? '')
    .split(/[;,]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');

const oldNames: Readonly<Record<string, readonly string[]>> = { ethernet: ['802-3-ethernet'] };

function profilesIn(tree: GuestTree, folder: string, isTaken: (name: string) => boolean): Profile[] {
  return namesIn(tree, folder)
    .filter(isTaken)
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      const node = nodeAt(tree, path);
      const isPrivate = node?.kind === 'file' && (node.mode & 0o077) === 0;
      return isPrivate || (node?.kind === 'file' && folder === shippedFolder)
        ? [profileOf(path, node.text)]
        : [];
    });
}
