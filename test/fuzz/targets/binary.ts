/** Binary formats, what debugfs prints, and xl's configuration files. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readBacking } from '../../../src/guest-access/direct/backing-chain.js';
import { parseListing } from '../../../src/guest-access/direct/directory-listing.js';
import { parseFastLink, parseStatus } from '../../../src/guest-access/direct/inode-status.js';
import { parseSuperblock } from '../../../src/guest-access/direct/superblock.js';
import { endOfCompressed } from '../../../src/guest-files/compressed-length.js';
import { compressionAt } from '../../../src/guest-files/compression.js';
import { createCpioReader } from '../../../src/guest-files/cpio.js';
import {
  bytesNeededForNotes,
  bytesNeededForSections,
  judgeXenNotes,
  rangesNeededForNotes,
  readXenNotes,
} from '../../../src/guest-files/elf-notes.js';
import { createInitramfsContents, segmentAt } from '../../../src/guest-files/initramfs.js';
import { locateKernelPayload } from '../../../src/guest-files/kernel-image.js';
import { parseDiskSpec, printDiskSpec } from '../../../src/mode-records/xl-disk-spec.js';
import { parseXl, printXl } from '../../../src/mode-records/xl-syntax.js';
import { toPvConfig } from '../../../src/mode-records/xl-to-pv.js';
import { newcArchive } from '../../unit/guest-files/sample-archives.js';
import { bzImage, elfFile, noteBytes, pvNotes } from '../../unit/guest-files/sample-kernels.js';
import { BrokenRule, type FuzzTarget, same, textTarget } from '../target.js';

const archives = [
  newcArchive([{ name: 'conf/modules', content: 'xen-blkfront\n' }, { name: 'lib/modules/6.1/kernel/a.ko' }]),
  newcArchive([{ name: 'etc/udev/rules.d/70.rules', content: 'x' }]),
];

/** What a reader says of bytes that come in pieces of this size. */
function readInPieces(input: Buffer, piece: number): string {
  const contents = createInitramfsContents();
  const reader = createCpioReader(contents);
  let taken = 0;
  for (let at = 0; at < input.length; at += piece) {
    const chunk = input.subarray(at, at + piece);
    const count = reader.push(chunk);
    taken += count;
    if (count < chunk.length) break;
  }
  return JSON.stringify([taken, reader.finish(), [...contents.modules], [...contents.texts]]);
}

const cpio: FuzzTarget = {
  name: 'cpio of an initramfs',
  seeds: () => archives,
  keywords: [
    '070701',
    '070702',
    'ffffffff',
    '00000000',
    'TRAILER!!!\0',
    '0000000b',
    'conf/modules\0',
    '7fffffff',
  ],
  check: (input) => {
    segmentAt(0, input);
    const whole = readInPieces(input, input.length + 1);
    const piece = 1 + (input.length % 97);
    if (input.length < 100_000) same(readInPieces(input, piece), whole, 'pieces give what the whole gives');
  },
};

const elf = (notes: Buffer) => elfFile({ segment: notes });
const kernels = [
  elf(noteBytes(pvNotes)),
  elfFile({ sections: [{ name: '.notes', type: 7, content: noteBytes(pvNotes) }] }),
  elfFile({
    sections: [
      {
        name: '__xen_guest',
        type: 1,
        content: Buffer.from('GUEST_OS=linux,XEN_VER=xen-3.0,LOADER=generic\0'),
      },
    ],
  }),
  bzImage(gzipSync(elf(noteBytes(pvNotes)))),
  bzImage(elf(noteBytes(pvNotes)), { protocol: 0x0207, setupSectors: 0 }),
];

const kernel: FuzzTarget = {
  name: 'kernels and their ELF notes',
  seeds: () => kernels,
  keywords: [
    '\x7fELF\x02\x01',
    'Xen\0',
    'HdrS',
    '\xff\xff\xff\xff',
    '\xff\xff\xff\xff\xff\xff\xff\xff',
    '\0\0\0\0',
    '\x1f\x8b',
    '(\xb5/\xfd',
    'linux\0',
  ],
  check: (input) => {
    locateKernelPayload(input, input.length);
    locateKernelPayload(input, Number.MAX_SAFE_INTEGER);
    for (const range of rangesNeededForNotes(input)) {
      if (!(range.length <= 1024 * 1024)) throw new BrokenRule(`a range of ${range.length} bytes`);
    }
    bytesNeededForNotes(input);
    bytesNeededForSections(input);
    judgeXenNotes(readXenNotes(input));
  },
};

const compressed: FuzzTarget = {
  name: 'lengths of compressed data',
  seeds: () => [
    Buffer.from('28b52ffd2401090000610a', 'hex'),
    Buffer.from('02214c1803000000306162', 'hex'),
    Buffer.from('28b52ffd8400000020000000', 'hex'),
  ],
  keywords: ['(\xb5/\xfd', '\x02\x21\x4c\x18', '\xff\xff\xff', '\0\0\0', '\x03\0\0x', '\x02\0\0'],
  check: (input) => {
    compressionAt(input);
    const readAt = (offset: number, length: number) => input.subarray(offset, offset + length);
    for (const compression of ['zstd', 'lz4', 'xz'] as const) endOfCompressed(compression, readAt, 0);
  },
};

const listing = textTarget({
  name: "debugfs' directories",
  texts: [
    '      2   40755 (2)      0      0    4096 22-Nov-2026 19:18 .\n      2   40755 (2)      0      0    4096 22-Nov-2026 19:18 ..\n   4546  120777 (7)      0      0       7 22-Nov-2026 19:18 lib\n      0       0 (1)      0      0       0                   deleted\n\n',
  ],
  keywords: [
    '     11  100644 (1)      0      0       1 22-Nov-2026 19:17 a\n',
    '\\x0a',
    '\\x',
    '..',
    ' ',
    '(',
    'ls: Ext2 inode checksum does not match inode\n',
  ],
  check: (text) => {
    for (const { name } of parseListing(text) ?? [])
      if (/^\.{0,2}$|[/\0]/.test(name)) throw new BrokenRule(`a name ${JSON.stringify(name)}`);
  },
});

const status = textTarget({
  name: "debugfs' inodes",
  texts: [
    'Inode: 12   Type: regular    Mode:  0644   Flags: 0x80010\nGeneration: 0    Version: 0x00000000\nUser:     0   Group:     0   Size: 2\nFile ACL: 1336\nLinks: 3   Blockcount: 4\nExtended attributes:\n  user.x (5) = "hello"\nInode checksum: 0x66a6be4f\nFast link dest: "a"\n',
  ],
  keywords: [
    'Inode: 12   Type: x Flags: 0x80010\n',
    'File ACL: ',
    'Links: ',
    'Extended attributes:\n',
    '  a (1)',
    'Fast link dest: "',
    '"\n',
  ],
  check: (text) => {
    parseStatus(text, 12);
    const target = parseFastLink(text, 1 + (text.length % 60));
    if (target !== undefined && target.length !== 1 + (text.length % 60))
      throw new BrokenRule('another length');
  },
});

const superblock = textTarget({
  name: "debugfs' superblocks",
  texts: [
    'Filesystem volume name:   <none>\nFilesystem features:      has_journal ext_attr needs_recovery\nFilesystem state:         clean\nBlock count:              16384\nBlock size:               4096\n',
  ],
  keywords: [
    'Filesystem state: clean\n',
    'Block size: ',
    'Block count: ',
    'Filesystem features:',
    '-1',
    'needs_recovery',
  ],
  check: (text) => {
    const read = parseSuperblock(text);
    if (read !== undefined && !(read.blockBytes >= 1024 && read.blocks > 0))
      throw new BrokenRule('an odd size');
  },
});

const qcow2Header = (): Buffer => {
  const header = Buffer.alloc(600);
  header.write('QFI\xfb\0\0\0\x03', 0, 'latin1');
  header.writeBigUInt64BE(512n, 8);
  header.writeUInt32BE(8, 16);
  header.writeUInt32BE(104, 100);
  header.writeUInt32BE(0xe2792aca, 104);
  header.writeUInt32BE(3, 108);
  header.write('raw', 112);
  header.write('base.img', 512);
  return header;
};

const backing: FuzzTarget = {
  name: 'headers of qcow2',
  seeds: () => [qcow2Header()],
  keywords: [
    'QFI\xfb',
    'raw',
    'vpc',
    'json:{',
    'nbd:',
    '/etc/shadow',
    '\xff\xff\xff\xff',
    '\xe2\x79\x2a\xca',
    '\0\0\0\0',
  ],
  check: (input) => {
    const found = readBacking(input.subarray(0, 64 * 1024));
    if (found.kind === 'file' && /^(?:json|nbd|https?):/.test(found.file)) throw new BrokenRule(found.file);
  },
};

const xlCases = (): string[] =>
  readdirSync('test/guests/xl', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'latin1'));

const xl = textTarget({
  name: "xl's configuration",
  texts: xlCases(),
  keywords: [
    'builder = "hvm"\n',
    'type = "hvm"\n',
    'disk = [ "phy:/dev/vg/a,hda,w" ]\n',
    "vif = [ 'bridge=xenbr0' ]\n",
    'name = "a"\n',
    '[',
    ']',
    '"""',
    "'",
    '\\x41',
    '#',
    ';',
    '+= ',
    'boot = "c"\n',
    'kernel = ',
  ],
  check: (input) => {
    // Whoever writes these files is root in dom0.
    const text = input.slice(0, 100_000);
    const read = parseXl(text);
    if (read.kind === 'parsed') same(printXl(read.document), text, 'printing what was read gives the text');
    const converted = toPvConfig(text);
    if (converted.kind !== 'converted') return;
    same(toPvConfig(converted.text).kind, 'already-pv', 'a converted text is PV');
  },
});

const disk = textTarget({
  name: "xl's disks",
  texts: [
    'phy:/dev/vg/a,hda,w',
    'format=raw, vdev=xvda, access=rw, target=/a b,c',
    'tap:qcow2:/a.img,hdc:cdrom,r',
    '/dev/x,,sda1',
  ],
  keywords: [
    'phy:',
    'file:',
    'tap2:',
    'aio:',
    'qcow2:',
    'target=',
    'vdev=',
    'access=',
    'cdrom',
    ',',
    'script=block-x',
    'format=',
    'hda',
  ],
  check: (text) => {
    // A configuration file has 1 MiB at most, a string in it less.
    const spec = text.slice(0, 100_000);
    const read = parseDiskSpec(spec);
    if (read.kind === 'disk') same(printDiskSpec(read), spec, 'printing what was read gives the text');
  },
});

export const binaryTargets = [cpio, kernel, compressed, listing, status, superblock, backing, xl, disk];
