import { type Conversion, type Unsupported, unsupported } from './xl-conversion.js';
import { type DiskSpec, parseDiskSpec } from './xl-disk-spec.js';
import { moveLineComments } from './xl-line-comments.js';
import { pvDeviceNames, pvDisk, reasonToDrop } from './xl-pv-devices.js';
import { settingsOf, type XlAtom, type XlDocument, type XlList, type XlValue } from './xl-syntax.js';

/** A disk of the file: where its text is written, and what it says. */
interface DiskEntry {
  readonly list: XlList;
  readonly position: number;
  readonly atom: XlAtom;
  readonly spec: DiskSpec;
}

/**
 * The disks as a PV domain has them, the boot disk first: it is the one with the target `bootDisk`, or the one that
 * the BIOS would boot. Empty CD drives and those of the host go.
 */
export function convertDisks(conversion: Conversion, bootDisk: string | undefined): Unsupported | undefined {
  const entries = diskEntries(conversion.document);
  if ('reason' in entries) return entries;
  const kept = entries.filter((entry) => reasonToDrop(entry.spec) === undefined);
  const boot = kept.find((entry) => isBootDisk(entry, bootDisk)) ?? kept.find((entry) => !entry.spec.cdrom);
  if (boot === undefined)
    return unsupported('it has no disk to boot from', 'Add the guest\'s disk to "disk".');
  const ordered = [boot, ...kept.filter((entry) => entry !== boot)];
  const names = pvDeviceNames(ordered.map((entry) => entry.spec.vdev));
  if (names === undefined) {
    return unsupported(
      'one of its disks is not a whole disk with a name like hda, sdb or xvdc',
      'Give every disk in "disk" such a name.',
    );
  }
  const trouble = writeDisks(conversion, kept, ordered, names);
  dropDisks(conversion, entries);
  return trouble;
}

const isBootDisk = ({ spec }: DiskEntry, target: string | undefined): boolean =>
  target === undefined ? !spec.cdrom && /^(?:hd|sd|xvd)a$/.test(spec.vdev) : spec.target === target;

function diskEntries(document: XlDocument): DiskEntry[] | Unsupported {
  const entries: DiskEntry[] = [];
  for (const { value } of settingsOf(document, 'disk')) {
    if (value.kind === 'atom') return unsupported('its "disk" is no list', 'Write disk = [ "…" ].');
    for (const [position, item] of value.items.entries()) {
      const entry = diskEntry(value, position, item);
      if ('reason' in entry) return entry;
      entries.push(entry);
    }
  }
  return entries;
}

const remedy = 'Write each disk as one string, as xl-disk-configuration(5) says.';

function diskEntry(list: XlList, position: number, item: XlValue): DiskEntry | Unsupported {
  if (item.kind === 'list') return unsupported('one of its disks is a list', remedy);
  const spec = parseDiskSpec(item.text);
  return spec.kind === 'disk'
    ? { list, position, atom: item, spec }
    : unsupported(`xl refuses its disk "${item.text}": ${spec.reason}`, remedy);
}

/** Writes the disks into the places of the list; they move when the boot disk wasn't the first. */
function writeDisks(
  { document, edits, changes }: Conversion,
  places: readonly DiskEntry[],
  ordered: readonly DiskEntry[],
  names: readonly string[],
): Unsupported | undefined {
  const [boot] = ordered;
  if (boot !== undefined && boot !== places[0]) {
    changes.push({
      key: 'disk',
      reason: `${boot.spec.target} comes first: pygrub looks at the first disk only`,
    });
    moveLineComments(document, edits, places, ordered);
  }
  for (const [index, entry] of ordered.entries()) {
    const disk = pvDisk(entry.spec, names[index] ?? entry.spec.vdev);
    const place = places[index]?.atom;
    if (place === undefined || disk.kind === 'dropped') continue;
    if (disk.kind === 'unclear') return unsupported(`its disk "${entry.atom.text}" is oddly written`, remedy);
    if (disk.text !== place.text) edits.setString(place, disk.text);
    changes.push(...disk.reasons.map((reason) => ({ key: 'disk', reason })));
  }
  return undefined;
}

function dropDisks({ edits, changes }: Conversion, entries: readonly DiskEntry[]): void {
  for (const { spec, list, position } of entries) {
    const reason = reasonToDrop(spec);
    if (reason === undefined) continue;
    edits.removeItem(list, position);
    changes.push({ key: 'disk', reason: `${spec.vdev} goes: ${reason}` });
  }
}
