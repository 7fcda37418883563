import test from 'ava';
import fc from 'fast-check';
import { readBacking } from '../../../../src/guest-access/direct/backing-chain.js';

interface Fields {
  readonly version?: number;
  readonly incompatible?: number;
  readonly format?: string;
  readonly name?: string;
}

/** A qcow2 header after QEMU's docs/interop/qcow2.txt. */
function header({ version = 3, incompatible = 0, format, name = '' }: Fields): Buffer {
  const buffer = Buffer.alloc(1024);
  buffer.write('QFI\xfb', 0, 'latin1');
  buffer.writeUInt32BE(version, 4);
  if (name !== '') buffer.writeBigUInt64BE(512n, 8);
  buffer.writeUInt32BE(Buffer.byteLength(name), 16);
  buffer.writeUInt32BE(incompatible, 76);
  if (version === 3) buffer.writeUInt32BE(104, 100);
  let at = version === 3 ? 104 : 72;
  // Another extension first: the feature name table.
  buffer.writeUInt32BE(0x6803f857, at);
  buffer.writeUInt32BE(3, at + 4);
  at += 16;
  if (format !== undefined) {
    buffer.writeUInt32BE(0xe2792aca, at);
    buffer.writeUInt32BE(format.length, at + 4);
    buffer.write(format, at + 8);
  }
  buffer.write(name, 512);
  return buffer;
}

test('reads the backing file and its format', (t) => {
  const file = { kind: 'file', file: '/a b/é.img', format: 'raw' } as const;
  t.deepEqual(readBacking(header({ format: 'raw', name: '/a b/é.img' })), file);
  t.deepEqual(readBacking(header({ format: 'raw', name: 'file:/a b/é.img' })), file);
  t.deepEqual(readBacking(header({ version: 2, format: 'vpc', name: 'x.vhd' })), {
    kind: 'file',
    file: 'x.vhd',
    format: 'vhd',
  });
  t.deepEqual(readBacking(header({})), { kind: 'none' });
});

const refused: Readonly<Record<string, Buffer>> = {
  'no format': header({ name: '/x' }),
  'a format that nobody asked for': header({ name: '/x', format: 'vmdk' }),
  'a network address': header({ name: 'nbd://host/x', format: 'raw' }),
  'a description in JSON': header({ name: 'json:{"driver":"file"}', format: 'raw' }),
  'data in another file': header({ incompatible: 4 }),
  'another file type': Buffer.alloc(1024),
  'a short file': Buffer.from('QFI\xfb', 'latin1'),
};
for (const [title, buffer] of Object.entries(refused)) {
  test(`is refused: ${title}`, (t) => t.is(readBacking(buffer).kind, 'refused'));
}

test('takes any header without throwing', (t) => {
  const anyBytes = fc.uint8Array({ minLength: 112, maxLength: 300 });
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const buffer = Buffer.from(bytes);
      buffer.write('QFI\xfb', 0, 'latin1');
      readBacking(buffer);
    }),
  );
  t.pass();
});
