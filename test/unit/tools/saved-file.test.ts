import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { withDir } from 'tmp-promise';
import { savedDomains } from '../../../src/host-domains/saved.js';
import { parseSavedHead } from '../../../src/tools/saved-file.js';

const real = Buffer.from(readFileSync('test/unit/tools/xen-answers/save.base64', 'latin1'), 'base64');
const saved = { name: 'web 1', disks: [{ path: '/dev/vda', isQcow2: false }] };

/** The head that libvirt writes: magic, then numbers, the second of which is the text's length, then the text. */
function libvirtHead(magic: string, headerBytes: number, xml: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write(magic, 'latin1');
  header.writeUInt32LE(2, 16);
  header.writeUInt32LE(xml.length + 1, 20);
  return Buffer.concat([header, Buffer.from(`${xml}\0`), Buffer.alloc(500, 0xff)]);
}

const xml = `<domain type='xen'>
  <name>web 1</name>
  <devices><disk type='block' device='disk'><source dev='/dev/vda'/></disk></devices>
</domain>
`;

test('what the real xl has saved', async (t) => {
  t.deepEqual(await parseSavedHead(real), saved);
});

test("what libvirt's drivers save", async (t) => {
  t.deepEqual(await parseSavedHead(libvirtHead('LibvirtQemudSave', 92, xml)), saved);
  t.deepEqual(await parseSavedHead(libvirtHead('libvirt-xml\n \0 \r', 64, xml)), saved);
});

test('a file that is cut off, or holds something else, is no saved domain', async (t) => {
  const heads: Buffer[] = [
    Buffer.alloc(0),
    real.subarray(0, 40),
    real.subarray(0, 51),
    real.subarray(0, 600),
  ];
  heads.push(Buffer.from('LibvirtQemudSave'), libvirtHead('libvirt-xml\n \0 \r', 64, 'no xml'));
  heads.push(Buffer.from('#!/bin/sh\n'));
  for (const head of heads) t.is(await parseSavedHead(head), undefined);
});

test('every saved domain of a folder is found, whatever else is there', async (t) => {
  await withDir(
    async ({ path: folder }) => {
      await writeFile(join(folder, 'web1'), real);
      await writeFile(join(folder, 'note'), 'x');
      await mkdir(join(folder, 'folder'));
      t.deepEqual(await savedDomains([join(folder, 'missing'), folder]), [
        { ...saved, state: 'saved', knownBy: join(folder, 'web1') },
      ]);
    },
    { unsafeCleanup: true },
  );
});
