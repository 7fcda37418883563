import type { DiskLayout, FileSystem } from '../model.js';

/**
 * The file system that a name means, as it stands in fstab(5) or behind `root=`: a tag (`UUID=…`), a link of udev, a
 * partition of the first disk, whatever the disk's name, or a logical volume. Undefined for what isn't on this disk.
 */
export function namedFileSystem({ fileSystems }: DiskLayout, name: string): FileSystem | undefined {
  const [tag, value] = tagOf(name);
  switch (tag) {
    // blkid writes the ids in one case, people in both.
    case 'uuid':
      return fileSystems.find(({ uuid }) => isSame(uuid, value));
    case 'partuuid':
      return fileSystems.find(({ partitionUuid }) => isSame(partitionUuid, value));
    case 'label':
      return fileSystems.find(({ label }) => label === value);
    default:
      return fileSystems.find((fileSystem) => isCalled(fileSystem, name));
  }
}

const isSame = (id: string | undefined, value: string): boolean => id?.toLowerCase() === value.toLowerCase();

/** The kind of tag, in lower case, and its value; both empty for a device's own name. */
function tagOf(name: string): readonly [string, string] {
  const [, link, linked = ''] = /^\/dev\/disk\/by-(uuid|partuuid|label)\/(.+)$/.exec(name) ?? [];
  if (link !== undefined) return [link, unescaped(linked)];
  const [, tag, value = ''] = /^(UUID|PARTUUID|LABEL)=(.*)$/.exec(name) ?? [];
  return tag === undefined ? ['', ''] : [tag.toLowerCase(), unquoted(value)];
}

const unquoted = (text: string): string => /^"(.*)"$/.exec(text)?.[1] ?? text;

/** In names of links udev writes unsafe characters as `\x20`. */
const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function isCalled({ device, partition, logicalVolume }: FileSystem, name: string): boolean {
  if (logicalVolume !== undefined) return logicalVolumeNames(logicalVolume).includes(name);
  if (device === name) return true;
  const number = /^\/dev\/(?:hd|sd|vd|xvd)a(\d*)$/.exec(name)?.[1];
  return number !== undefined && number === String(partition ?? '');
}

/** `vg-0/root` is /dev/vg-0/root and /dev/mapper/vg--0-root: the device mapper doubles dashes (lvm2, dm_build_dm_name). */
function logicalVolumeNames(logicalVolume: string): string[] {
  const [group = '', volume = ''] = logicalVolume.split('/').map((part) => part.replaceAll('-', '--'));
  return [`/dev/${logicalVolume}`, `/dev/mapper/${group}-${volume}`];
}
