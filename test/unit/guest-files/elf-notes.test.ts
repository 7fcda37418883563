import test from 'ava';
import fc from 'fast-check';
import {
  bytesNeededForNotes,
  bytesNeededForSections,
  judgeXenNotes,
  rangesNeededForNotes,
  readXenNotes,
} from '../../../src/guest-files/elf-notes.js';
import { elfFile, noteBytes, pvNotes, type SampleElf, type SampleNote } from './sample-kernels.js';

const judged = test.macro({
  exec: (t, elf: Buffer, reason: RegExp | '') => {
    const verdict = judgeXenNotes(readXenNotes(elf));
    t.is(verdict.pv, reason === '');
    if (reason === '') t.is(verdict.reason, '');
    else t.regex(verdict.reason, reason);
  },
  title: (title) => `ELF notes: ${title}`,
});
const withNotes = (notes: readonly SampleNote[], more: SampleElf = {}) =>
  elfFile({ segment: noteBytes(notes), ...more });
const without = (...types: readonly number[]) => pvNotes.filter(({ type }) => !types.includes(type));
const noteSection = (notes: readonly SampleNote[]) => ({
  name: '.notes',
  type: 7,
  content: noteBytes(notes),
});
const guestSection = (text: string) => ({ name: '__xen_guest', type: 1, content: Buffer.from(`${text}\0`) });
const gnuNote: SampleNote = { owner: 'GNU', type: 3, description: Buffer.alloc(20, 1) };

test('PV kernel', judged, withNotes(pvNotes), '');
test(
  'trap 1: PVH entry point alone (Ubuntu kvm flavour)',
  judged,
  withNotes(without(1, 5, 6, 7, 8)),
  /only ELF note/,
);
test('trap 2: HYPERCALL_PAGE is not needed', judged, withNotes([...without(2), gnuNote]), '');
test('a kernel for PV and for PVH', (t) => {
  t.deepEqual(judgeXenNotes(readXenNotes(withNotes(pvNotes))), { pv: true, reason: '', pvh: true });
  t.deepEqual(judgeXenNotes(readXenNotes(withNotes(without(18)))), { pv: true, reason: '' });
});
test('no Xen notes', judged, withNotes([gnuNote]), /no ELF notes for Xen/);
test('no notes at all', judged, elfFile({}), /no ELF notes for Xen/);
test('the loader is enough', judged, withNotes(without(6)), '');
test('the system is enough', judged, withNotes(without(8)), '');
test('neither loader nor system', judged, withNotes(without(6, 8)), /neither the generic loader nor Linux/);
test(
  'another system',
  judged,
  withNotes([...without(6, 8), { type: 6, description: 'NetBSD\0' }]),
  /neither/,
);
test('no Xen version', judged, withNotes(without(5)), /xen-3\.0/);
test(
  'another Xen version',
  judged,
  withNotes([...pvNotes, { type: 5, description: 'xen-2.0\0' }]),
  /xen-3\.0/,
);
test(
  'a longer Xen version',
  judged,
  withNotes([...without(5), { type: 5, description: 'xen-3.0-x86_64\0' }]),
  '',
);
test('no entry point', judged, withNotes(without(1)), /no PV entry point/);
test(
  'another owner',
  judged,
  withNotes(pvNotes.map((note) => ({ ...note, owner: 'xen' }))),
  /no ELF notes for Xen/,
);
test('32 bit', judged, withNotes(pvNotes, { elfClass: 1 }), /isn't a 64-bit x86 kernel/);
test('arm64', judged, withNotes(pvNotes, { machine: 183 }), /isn't a 64-bit x86 kernel/);
test('not an ELF', judged, Buffer.from('MZ'.padEnd(100)), /isn't an ELF file/);
test('empty', judged, Buffer.alloc(0), /isn't an ELF file/);
test('notes in a section only', judged, elfFile({ sections: [noteSection(pvNotes)] }), '');
test(
  'a segment with other notes, Xen notes in a section',
  judged,
  withNotes([gnuNote], { sections: [noteSection(pvNotes)] }),
  '',
);
test(
  'segments count before sections',
  judged,
  withNotes(without(5), { sections: [noteSection(pvNotes)] }),
  /xen-3\.0/,
);
const legacy =
  'GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,LOADER=generic,PAE=yes';
test('__xen_guest', judged, elfFile({ sections: [guestSection(legacy)] }), '');
test(
  '__xen_guest for Xen 2',
  judged,
  elfFile({ sections: [guestSection('GUEST_OS=linux,XEN_VER=2.0')] }),
  /xen-3\.0/,
);
test(
  '__xen_guest of another system',
  judged,
  elfFile({ sections: [guestSection('XEN_VER=xen-3.0')] }),
  /neither/,
);

test('ELF notes: what has to be decompressed', (t) => {
  const elf = withNotes(pvNotes, { segmentOffset: 500_000 });
  const head = elf.subarray(0, 4096);
  const length = noteBytes(pvNotes).length;
  t.is(bytesNeededForNotes(head), 500_000 + length);
  t.deepEqual(rangesNeededForNotes(head), [{ offset: 500_000, length }]);
  t.is(bytesNeededForSections(head), 0);
  t.is(bytesNeededForNotes(elfFile({})), undefined);
  const sectioned = elfFile({ sections: [noteSection(pvNotes)] });
  t.is(bytesNeededForSections(sectioned.subarray(0, 64)), sectioned.length);
});

test('ELF notes: the ranges that were named are enough', (t) => {
  const elf = withNotes(pvNotes, { segmentOffset: 500_000 });
  const sparse = Buffer.alloc(elf.length);
  elf.copy(sparse, 0, 0, 4096);
  for (const { offset, length } of rangesNeededForNotes(elf.subarray(0, 4096))) {
    elf.copy(sparse, offset, offset, offset + length);
  }
  t.deepEqual(readXenNotes(sparse), readXenNotes(elf));
});

test('ELF notes: hostile counts, sizes and offsets take no time', (t) => {
  const elf = Buffer.concat([withNotes(pvNotes), Buffer.alloc(4 * 1024 * 1024)]);
  elf.writeUInt16LE(0xffff, 56); // segments
  for (let at = 64; at + 56 <= 64 + 56 * 70; at += 56) {
    elf.writeUInt32LE(4, at);
    elf.writeBigUInt64LE(1n, at + 8);
    elf.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, at + 32);
  }
  const start = performance.now();
  t.notThrows(() => readXenNotes(elf));
  t.true(performance.now() - start < 1000);
  t.true(rangesNeededForNotes(elf).length <= 16);
});

test('ELF notes: never throws on changed or cut files', (t) => {
  const samples = [
    withNotes(pvNotes, { segmentOffset: 400 }),
    elfFile({ sections: [noteSection(pvNotes), guestSection(legacy)] }),
  ];
  const change = fc.tuple(fc.nat(1500), fc.constantFrom(0, 1, 4, 7, 0x7f, 0x80, 0xff));
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(change), fc.nat(2000), (sample, changes, bytes) => {
      const elf = Buffer.from(sample.subarray(0, bytes));
      for (const [at, byte] of changes) if (at < elf.length) elf[at] = byte;
      const verdict = judgeXenNotes(readXenNotes(elf));
      t.is(verdict.pv, verdict.reason === '');
      const needed = bytesNeededForNotes(elf);
      t.true(needed === undefined || needed >= 0);
      t.true(bytesNeededForSections(elf) >= 0);
    }),
    { numRuns: 500 },
  );
});
