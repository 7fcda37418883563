import { type DiskSpec, parseDiskSpec, printDiskSpec } from './xl-disk-spec.js';

/** What a disk becomes for a PV domain: its new text, or nothing with the reason. `unclear`: written too oddly. */
export type PvDisk =
  | { readonly kind: 'disk'; readonly text: string; readonly reasons: readonly string[] }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'unclear' };

/** Drives of the host: without a disc in them a PV domain doesn't start, and it couldn't change the disc. */
export const isHostDrive = (target: string): boolean =>
  /^\/dev\/(?:cdrom|cdrw|dvd|dvdrw|sr|scd)\d*$/.test(target);

/** Why a cdrom entry goes; undefined when the entry stays. */
export function reasonToDrop(disk: DiskSpec): string | undefined {
  if (!disk.cdrom) return undefined;
  if (disk.format === 'empty')
    return 'an empty CD drive is nothing to a PV domain, which has no emulated drives';
  return isHostDrive(disk.target)
    ? "a PV domain has no CD drive whose disc could change, and doesn't start when the host's drive is empty"
    : undefined;
}

/**
 * The same disk as a PV domain has it: under the name `vdev`, without `ioemu:`, a CD as a read-only disk. All other
 * parts stay as they are written.
 */
export function pvDisk(disk: DiskSpec, vdev: string): PvDisk {
  const drop = reasonToDrop(disk);
  if (drop !== undefined) return { kind: 'dropped', reason: drop };
  const reasons: string[] = [];
  if (disk.vdev !== vdev) reasons.push(`${disk.vdev} is ${vdev} in a PV domain`);
  if (disk.parts.some((part) => part.prefixes.includes('ioemu:'))) {
    reasons.push('ioemu: asks for an emulated disk');
  }
  if (disk.cdrom) reasons.push('a PV domain has no CD drives; it gets the image as a read-only disk');
  const renamed = disk.parts.map((part) =>
    part.role === 'vdev' ? { ...part, body: renamedVdev(part.body, vdev) } : part,
  );
  const plain = withoutIoemu(renamed);
  const parts = disk.cdrom ? readOnlyParts(plain) : plain;
  const text = printDiskSpec({ parts });
  return isSameDisk(disk, parseDiskSpec(text), vdev) ? { kind: 'disk', text, reasons } : { kind: 'unclear' };
}

/** The forms mix in ways that nobody writes: what was written is read again rather than trusted. */
function isSameDisk(disk: DiskSpec, written: ReturnType<typeof parseDiskSpec>, vdev: string): boolean {
  if (written.kind !== 'disk' || written.vdev !== vdev || written.cdrom) return false;
  return (['target', 'format', 'readOnly', 'script'] as const).every((key) => written[key] === disk[key]);
}

/** `hda`, `hdc:cdrom`, `vdev=hda` with another name. An empty place for a name, filled further on, stays. */
function renamedVdev(body: string, vdev: string): string {
  if (body === '' || body === 'vdev=') return body;
  return body.startsWith('vdev=') ? `vdev=${vdev}` : vdev;
}

/**
 * Drops every `ioemu:`. Behind the target, xl reads the device where a deprecated prefix came before, and else the
 * format: an empty format takes the place of a prefix that was the only one.
 */
function withoutIoemu(parts: DiskSpec['parts']): DiskSpec['parts'] {
  const kept = parts.map((part) => ({ ...part, prefixes: part.prefixes.filter((one) => one !== 'ioemu:') }));
  const vdev = kept.findIndex((part) => part.role === 'vdev' && !part.body.includes('='));
  const hadPrefix = parts.slice(0, vdev + 1).some((part) => part.prefixes.length > 0);
  const isClear = kept.slice(0, vdev + 1).some((part) => part.prefixes.length > 0 || part.role === 'format');
  if (vdev === -1 || !hadPrefix || isClear) return kept;
  const format = { role: 'format' as const, blank: '', prefixes: [], body: '' };
  return [...kept.slice(0, vdev), format, ...kept.slice(vdev)];
}

/** Without the parts that say cdrom and access; the access `r` goes right behind the device, where xl expects it. */
function readOnlyParts(parts: DiskSpec['parts']): DiskSpec['parts'] {
  return parts
    .filter((part) => part.role !== 'cdrom' && part.role !== 'access')
    .flatMap((part) => {
      if (part.role !== 'vdev') return [part];
      const body = part.body.startsWith('vdev=') ? 'access=ro' : 'r';
      return [part, { ...part, role: 'access' as const, prefixes: [], body }];
    });
}

/**
 * The names of disks in their new order, the boot disk first and always xvda. A disk keeps its letter (hdb: xvdb),
 * because that is what a guest with Xen's drivers calls it already (Linux' blkfront, xen-vbd-interface(7)). Where
 * that isn't possible, all are counted through in order. Undefined when a name isn't that of a whole disk.
 */
export function pvDeviceNames(vdevs: readonly string[]): string[] | undefined {
  const letters = vdevs.map((vdev) =>
    /^(?:hd([a-d])|sd([a-p])|xvd([a-z]{1,2}))$/.exec(vdev)?.slice(1).join(''),
  );
  if (letters.includes(undefined) || vdevs.length > 26) return undefined;
  const keep = letters[0] === 'a' && new Set(letters).size === letters.length;
  return letters.map((letter, index) => `xvd${keep ? letter : String.fromCharCode(97 + index)}`);
}

/** A vif without `type` and `model`, which name emulated cards; everything else as it is written. */
export function pvVif(spec: string): string {
  const kept = spec.split(',').filter((part) => !/^ *(?:type|model)=/.test(part));
  const text = kept.join(',');
  return spec.startsWith(kept[0] ?? '') ? text : text.replace(/^ +/, '');
}
