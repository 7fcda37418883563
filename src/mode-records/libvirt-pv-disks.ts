import type { Conversion } from './libvirt-conversion.js';
import { devicesOf, diskOf } from './libvirt-state.js';
import { attributeOf, childOf, childrenOf, type XmlElement } from './libvirt-xml.js';
import type { RecordDisk } from './mode-record.js';
import { type Unsupported, unsupported } from './xl-conversion.js';
import { isHostDrive, pvDeviceNames } from './xl-pv-devices.js';

interface DiskEntry {
  readonly element: XmlElement;
  readonly disk: RecordDisk;
}

/**
 * The disks as a PV domain has them, the boot disk as xvda: it is the one with the source `bootDisk`, or the one that
 * the BIOS would boot. Floppies, empty CD drives and those of the host go. No disk moves in the text: libvirt sorts
 * the disks of a bus by their names (virDomainDiskInsert in domain_conf.c), so that xvda is the first one, which pygrub
 * looks at, and comments stay with their disks.
 */
export function convertDisks(conversion: Conversion, bootDisk: string | undefined): Unsupported | undefined {
  const { document, edits, changes } = conversion;
  const entries = devicesOf(document.domain, 'disk').map((element) => ({ element, disk: diskOf(element) }));
  const kept: DiskEntry[] = [];
  for (const entry of entries) {
    const reason = reasonToDrop(entry);
    if (reason === undefined) kept.push(entry);
    else {
      edits.remove(entry.element);
      changes.push({ key: 'disk', reason: `${entry.disk.device} goes: ${reason}` });
    }
  }
  const passed = kept.find(({ element }) => attributeOf(element, 'device') === 'lun');
  if (passed !== undefined) {
    return unsupported(
      `its disk ${passed.disk.device} passes SCSI commands through (device="lun"), which PV disks don't`,
      'Make it device="disk".',
    );
  }
  const boot = bootEntry(kept, bootDisk);
  if (boot === undefined) return unsupported('it has no disk to boot from', "Add the guest's disk.");
  const ordered = [boot, ...kept.filter((entry) => entry !== boot)];
  const names = pvDeviceNames(ordered.map(({ disk }) => disk.device));
  if (names === undefined) {
    return unsupported(
      'one of its disks is not a whole disk with a name like hda, sdb or xvdc',
      'Give every disk such a name, as target dev="…".',
    );
  }
  for (const [index, entry] of ordered.entries()) convertDisk(conversion, entry, names[index] ?? '');
  return undefined;
}

function reasonToDrop({ element, disk }: DiskEntry): string | undefined {
  if (attributeOf(element, 'device') === 'floppy') return 'a PV domain has no floppy drives';
  if (!disk.cdrom) return undefined;
  if (disk.target === '') return 'an empty CD drive is nothing to a PV domain, which has no emulated drives';
  return isHostDrive(disk.target)
    ? "a PV domain has no CD drive whose disc could change, and doesn't start when the host's drive is empty"
    : undefined;
}

/** As the BIOS does: by `boot order` where there is one, else the first disk by its name. */
function bootEntry(kept: readonly DiskEntry[], bootDisk: string | undefined): DiskEntry | undefined {
  const disks = kept.filter(({ disk }) => !disk.cdrom);
  const orderOf = ({ element }: DiskEntry) =>
    Number(attributeOf(childOf(element, 'boot'), 'order') ?? Infinity);
  const [first] = disks.filter((entry) => orderOf(entry) < Infinity).sort((a, b) => orderOf(a) - orderOf(b));
  const isFirst = ({ disk }: DiskEntry) => /^(?:hd|sd|xvd|vd)a$/.test(disk.device);
  return disks.find(({ disk }) => disk.target === bootDisk) ?? first ?? disks.find(isFirst) ?? disks[0];
}

/** What of a disk is there for its emulated drive. */
const emulatedParts = ['address', 'boot', 'geometry'];

function convertDisk({ edits, changes }: Conversion, { element, disk }: DiskEntry, name: string): void {
  const target = childOf(element, 'target');
  if (target !== undefined) {
    edits.setAttribute(target, 'dev', name);
    edits.setAttribute(target, 'bus', 'xen');
    for (const of of ['tray', 'removable']) edits.removeAttribute(target, of);
  }
  for (const part of emulatedParts) childrenOf(element, part).forEach(edits.remove);
  changes.push({ key: 'disk', reason: `${disk.device} is ${name} in a PV domain` });
  if (!disk.cdrom) return;
  edits.setAttribute(element, 'device', 'disk');
  if (childOf(element, 'readonly') === undefined && target !== undefined) {
    edits.insert(['<readonly/>'], 'behind', target);
  }
  changes.push({
    key: 'disk',
    reason: 'a PV domain has no CD drives; it gets the image as a read-only disk',
  });
}
