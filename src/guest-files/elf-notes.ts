import {
  type ByteRange,
  bytesOf,
  noteSections,
  noteSegments,
  readElfHeader,
  sectionNamed,
} from './elf-layout.js';

/** What an ELF kernel says to Xen. Strings are empty where it says nothing. */
export interface XenNotes {
  readonly file: 'amd64-elf' | 'other-elf' | 'no-elf';
  readonly source: 'segments' | 'sections' | 'guest-string' | 'none';
  /** Types of the notes with owner `Xen`, in the file's order; empty for a `__xen_guest` string. */
  readonly types: readonly number[];
  readonly loader: string;
  readonly guestOs: string;
  readonly xenVersion: string;
}

/** Numbers of xen/include/public/elfnote.h. */
const noteEntry = 1;
const noteXenVersion = 5;
const noteGuestOs = 6;
const noteLoader = 8;
const notePhys32Entry = 18;

/** As much of the ELF as has to be at hand to name the ranges of its notes; Linux' program headers end at 344. */
export const elfHeadBytes = 64 * 1024;

/**
 * The parts of the ELF, besides its first bytes, that `readXenNotes` looks at: the note segments named by the program
 * headers in `head`. Empty when the notes, if any, can be found from the section headers only. At most 1 MiB each.
 */
export function rangesNeededForNotes(head: Buffer): ByteRange[] {
  const header = readElfHeader(head);
  return header?.isAmd64 ? noteSegments(head, header) : [];
}

/**
 * Up to which byte the ELF has to be decompressed for its note segments. Undefined when it has none in its program
 * headers: then take `bytesNeededForSections`.
 */
export function bytesNeededForNotes(head: Buffer): number | undefined {
  const ends = rangesNeededForNotes(head).map(({ offset, length }) => offset + length);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Where the section headers end, which is the end of the file or close to it; 0 when it has none or isn't for amd64. */
export function bytesNeededForSections(head: Buffer): number {
  const header = readElfHeader(head);
  return header?.isAmd64 ? header.sections.offset + header.sections.length : 0;
}

/**
 * Reads the Xen notes of an ELF file or of its first part, in the order of Xen's elf_xen_parse: note segments, else note
 * sections, else the string in section `__xen_guest`. Bytes outside of `rangesNeededForNotes` may be missing or zero
 * when the notes are in segments. Total and bounded: a note that doesn't fit ends its range.
 */
export function readXenNotes(elf: Buffer): XenNotes {
  const header = readElfHeader(elf);
  if (header === undefined) return { file: 'no-elf', ...nothing };
  if (!header.isAmd64) return { file: 'other-elf', ...nothing };
  const segments = collectNotes(elf, noteSegments(elf, header), 'segments');
  if (segments.types.length > 0) return segments;
  const sections = collectNotes(elf, noteSections(elf, header), 'sections');
  if (sections.types.length > 0) return sections;
  const guest = sectionNamed(elf, header, '__xen_guest');
  return guest === undefined ? { file: 'amd64-elf', ...nothing } : guestString(bytesOf(elf, guest));
}

const nothing = { source: 'none', types: [], loader: '', guestOs: '', xenVersion: '' } as const;

/** What a verdict on a kernel says; the reason is empty when it is PV. */
export interface PvVerdict {
  readonly pv: boolean;
  readonly reason: string;
  readonly pvh?: true;
}

/**
 * Whether Xen's domain builder starts this kernel as a 64-bit PV domain: the rule of elf_xen_note_check, Xen 4.17. Xen
 * takes a missing entry point from the ELF header; here a PV kernel has to name one, because a kernel for PVH alone does
 * not. HYPERCALL_PAGE isn't asked for: Linux dropped it after XSA-466. `pvh`: it starts a PVH domain as well, at the
 * entry point PHYS32_ENTRY (Linux 4.11 and later with CONFIG_XEN_PVH).
 */
export function judgeXenNotes(notes: XenNotes): PvVerdict {
  const reason = reasonAgainstPv(notes);
  return { pv: reason === '', reason, ...(notes.types.includes(notePhys32Entry) ? { pvh: true } : {}) };
}

function reasonAgainstPv({ file, source, types, loader, guestOs, xenVersion }: XenNotes): string {
  if (file === 'no-elf') return "its content isn't an ELF file";
  if (file === 'other-elf') return "it isn't a 64-bit x86 kernel";
  if (source === 'none') return 'it has no ELF notes for Xen: it was built without CONFIG_XEN_PV';
  if (types.length > 0 && types.every((type) => type === notePhys32Entry)) {
    return 'its only ELF note for Xen is the PVH entry point: it was built without CONFIG_XEN_PV';
  }
  if (!loader.startsWith('generic') && !guestOs.startsWith('linux')) {
    return 'its ELF notes name neither the generic loader nor Linux, so Xen refuses it';
  }
  if (!xenVersion.startsWith('xen-3.0'))
    return "its ELF notes don't name the interface xen-3.0, so Xen refuses it";
  if (source !== 'guest-string' && !types.includes(noteEntry)) return 'its ELF notes name no PV entry point';
  return '';
}

/** Xen gives up after 65536 notes of any owner; Linux has 19. */
const mostNotes = 4096;

interface Note {
  readonly owner: string;
  readonly type: number;
  readonly description: Buffer;
}

function collectNotes(elf: Buffer, ranges: readonly ByteRange[], source: XenNotes['source']): XenNotes {
  const notes = ranges
    .flatMap((range) => notesIn(bytesOf(elf, range)))
    .filter(({ owner }) => owner === 'Xen');
  // Xen copies each string as it comes, so the last one counts.
  const text = (type: number) => textUpToNul(notes.findLast((note) => note.type === type)?.description);
  return {
    file: 'amd64-elf',
    source,
    types: notes.map(({ type }) => type),
    loader: text(noteLoader),
    guestOs: text(noteGuestOs),
    xenVersion: text(noteXenVersion),
  };
}

function notesIn(bytes: Buffer): Note[] {
  const notes: Note[] = [];
  let at = 0;
  while (at + 12 <= bytes.length && notes.length < mostNotes) {
    const nameEnd = at + 12 + bytes.readUInt32LE(at);
    const start = roundUp(nameEnd);
    const end = start + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) break;
    const owner = textUpToNul(bytes.subarray(at + 12, nameEnd));
    notes.push({ owner, type: bytes.readUInt32LE(at + 8), description: bytes.subarray(start, end) });
    at = roundUp(end);
  }
  return notes;
}

/** Names and descriptions are padded to four bytes, in 64-bit files too. */
const roundUp = (length: number): number => Math.ceil(length / 4) * 4;

/** Xen keeps 16 to 32 characters of each string. */
const mostText = 64;

function textUpToNul(bytes: Buffer = Buffer.alloc(0), most = mostText): string {
  const text = bytes.toString('latin1', 0, most);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** The oldest form: `GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0x…,LOADER=generic`. */
function guestString(bytes: Buffer): XenNotes {
  const fields = new Map(
    textUpToNul(bytes, 4096)
      .split(',')
      .map((field) => field.split('=', 2))
      .map(([name = '', value = '']) => [name, value]),
  );
  return {
    file: 'amd64-elf',
    source: 'guest-string',
    types: [],
    loader: fields.get('LOADER') ?? '',
    guestOs: fields.get('GUEST_OS') ?? '',
    xenVersion: fields.get('XEN_VER') ?? '',
  };
}
