import test from 'ava';
import fc from 'fast-check';
import { readModuleList, writeModuleIndex, writeModuleList } from '../../../src/guest-files/module-list.js';
import { moduleIndex, moduleList } from './sample-module-list.js';

test('what depmod wrote is read and written again', (t) => {
  const lines = readModuleList(moduleList);
  t.is(writeModuleList(lines), moduleList);
  t.deepEqual(
    lines.find(({ path }) => path.endsWith('virtio_blk.ko')),
    {
      path: 'kernel/drivers/block/virtio_blk.ko',
      needs: ['kernel/drivers/virtio/virtio.ko', 'kernel/drivers/virtio/virtio_ring.ko'],
    },
  );
});

test("the index is depmod's, byte for byte", (t) => {
  t.deepEqual(writeModuleIndex(readModuleList(moduleList)), moduleIndex);
});

test('an empty list: header and an empty root', (t) => {
  t.is(writeModuleIndex([]).toString('hex'), 'b007f457000200010000000c');
});

test('any text: no error, and what was read comes back', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const lines = readModuleList(text);
      t.deepEqual(readModuleList(writeModuleList(lines)), lines);
      writeModuleIndex(lines);
    }),
  );
  t.pass();
});
