/** Small ELF files and bzImages, built by hand from the ELF specification, Xen's elfnote.h and Linux' boot.rst. */

export interface SampleNote {
  readonly owner?: string;
  readonly type: number;
  readonly description: string | Buffer;
}

/** The notes of a PV kernel, as `readelf -n` shows them for Debian's. Type 2 is left out, as Debian's 6.1.176 does. */
export const pvNotes: readonly SampleNote[] = [
  { type: 6, description: 'linux\0' },
  { type: 7, description: '2.6\0' },
  { type: 5, description: 'xen-3.0\0' },
  { type: 1, description: Buffer.from('c0910783ffffffff', 'hex') },
  { type: 8, description: 'generic\0' },
  { owner: 'GNU', type: 3, description: Buffer.alloc(20, 7) },
  { type: 18, description: Buffer.from('5008000100000000', 'hex') },
];

/** The bytes of a note segment: name and description padded to four bytes each. */
export function noteBytes(notes: readonly SampleNote[]): Buffer {
  return Buffer.concat(
    notes.map(({ owner = 'Xen', type, description }) => {
      const name = Buffer.from(`${owner}\0`, 'latin1');
      const content = Buffer.from(description as string, 'latin1');
      const head = Buffer.alloc(12);
      head.writeUInt32LE(name.length, 0);
      head.writeUInt32LE(content.length, 4);
      head.writeUInt32LE(type, 8);
      return Buffer.concat([head, padded(name), padded(content)]);
    }),
  );
}

export interface SampleElf {
  readonly elfClass?: number;
  readonly machine?: number;
  /** Content of a PT_NOTE segment. */
  readonly segment?: Buffer;
  /** Where that segment lies. */
  readonly segmentOffset?: number;
  /** Contents of further sections, by name; type 7 is SHT_NOTE, 1 SHT_PROGBITS. */
  readonly sections?: readonly { readonly name: string; readonly type: number; readonly content: Buffer }[];
}

/** An ELF64 file: header, two program headers (PT_LOAD, PT_NOTE), contents, section headers. */
export function elfFile(sample: SampleElf): Buffer {
  const { elfClass = 2, machine = 62, segment, segmentOffset = 4096, sections = [] } = sample;
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt8(elfClass, 4);
  header.writeUInt8(1, 5);
  header.writeUInt16LE(machine, 18);
  const segments = [programHeader(1, 64, 64)];
  if (segment !== undefined) segments.push(programHeader(4, segmentOffset, segment.length));
  writeTable(header, { at: 32, strideAt: 54, offset: 64, stride: 56, count: segments.length });
  const start = Buffer.concat([header, ...segments]);
  const body =
    segment === undefined
      ? start
      : Buffer.concat([start, Buffer.alloc(segmentOffset - start.length, 0x90), segment]);
  return sections.length === 0 ? body : withSections(body, sections);
}

/** A bzImage around a compressed payload, with the four bytes of its uncompressed size after it. */
export function bzImage(payload: Buffer, options: { protocol?: number; setupSectors?: number } = {}): Buffer {
  const { protocol = 0x020f, setupSectors = 39 } = options;
  const payloadOffset = 716;
  const setup = Buffer.alloc(((setupSectors || 4) + 1) * 512 + payloadOffset);
  setup.writeUInt8(setupSectors, 0x1f1);
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(protocol, 0x206);
  setup.writeUInt32LE(payloadOffset, 0x248);
  setup.writeUInt32LE(payload.length + 4, 0x24c);
  const size = Buffer.from([0x16, 0x3f, 0x01, 0x00]);
  return Buffer.concat([setup, payload, size, Buffer.alloc(3000, 0xcc)]);
}

function programHeader(type: number, offset: number, bytes: number): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(type, 0);
  header.writeBigUInt64LE(BigInt(offset), 8);
  header.writeBigUInt64LE(BigInt(bytes), 32);
  return header;
}

function withSections(body: Buffer, sections: NonNullable<SampleElf['sections']>): Buffer {
  const names = Buffer.from(`\0.shstrtab\0${sections.map(({ name }) => `${name}\0`).join('')}`, 'latin1');
  const headers = [Buffer.alloc(64)];
  let file = body;
  for (const { name, type, content } of [...sections, { name: '.shstrtab', type: 3, content: names }]) {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, 0);
    header.writeUInt32LE(type, 4);
    header.writeBigUInt64LE(BigInt(file.length), 24);
    header.writeBigUInt64LE(BigInt(content.length), 32);
    headers.push(header);
    file = Buffer.concat([file, content]);
  }
  writeTable(file, { at: 40, strideAt: 58, offset: file.length, stride: 64, count: headers.length });
  file.writeUInt16LE(headers.length - 1, 62);
  return Buffer.concat([file, ...headers]);
}

interface TableFields {
  readonly at: number;
  readonly strideAt: number;
  readonly offset: number;
  readonly stride: number;
  readonly count: number;
}

function writeTable(header: Buffer, { at, strideAt, offset, stride, count }: TableFields): void {
  header.writeBigUInt64LE(BigInt(offset), at);
  header.writeUInt16LE(stride, strideAt);
  header.writeUInt16LE(count, strideAt + 2);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
