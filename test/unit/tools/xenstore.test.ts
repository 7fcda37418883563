import { readFileSync } from 'node:fs';
import test from 'ava';
import { parseBackends } from '../../../src/tools/xenstore.js';

/** A listing with one device of domain 7. */
const listing = (kind: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `/local/domain/0/backend/${kind}/7/51712/${key} = "${value}"\n`)
    .join('');

const disksOf = (kind: string, values: Readonly<Record<string, string>>) =>
  parseBackends(listing(kind, values)).map(({ domain, disks }) => [domain, disks]);

test('what the real xenstore-ls says', (t) => {
  const text = readFileSync('test/unit/tools/xen-answers/xenstore-backend.txt', 'latin1');
  const vda = { path: '/dev/vda', isQcow2: false };
  t.deepEqual(
    parseBackends(text),
    [1, 2, 0].map((domain) => ({ domain, disks: [{ device: '254:0' }, vda, vda] })),
  );
});

test("QEMU's back end names format and file", (t) => {
  t.deepEqual(disksOf('qdisk', { params: 'aio:/srv/a b.img', online: '1', state: '4' }), [
    [7, [{ path: '/srv/a b.img', isQcow2: false }]],
  ]);
  t.deepEqual(disksOf('qdisk', { params: 'qcow2:/srv/web.qcow2' }), [
    [7, [{ path: '/srv/web.qcow2', isQcow2: true }]],
  ]);
});

test('a loop device that a script has made, beside its file', (t) => {
  const values = { params: '/srv/web.img', 'physical-device': '7:b', 'physical-device-path': '/dev/loop11' };
  const file = { path: '/srv/web.img', isQcow2: false };
  t.deepEqual(disksOf('vbd', values), [
    [7, [{ device: '7:11' }, file, { path: '/dev/loop11', isQcow2: false }]],
  ]);
});

test("XAPI's back end, and a script's target that is no path", (t) => {
  t.deepEqual(disksOf('vbd3', { params: 'drbd-web', 'physical-device': 'fd:1a' }), [
    [7, [{ device: '253:26' }]],
  ]);
});

test('escapes are undone: UTF-8, blanks, quotes', (t) => {
  t.deepEqual(disksOf('vbd', { params: '/srv/caf\\xc3\\xa9 \\\\ "x"\\t\\007.img' }), [
    [7, [{ path: '/srv/café \\ "x"\t\x07.img', isQcow2: false }]],
  ]);
});

test('a device that is closed for good holds nothing; one that may be opened again does', (t) => {
  t.deepEqual(disksOf('vbd', { params: '/dev/vda', state: '6', online: '0' }), []);
  t.is(disksOf('vbd', { params: '/dev/vda', state: '6', online: '1' }).length, 1);
  t.is(disksOf('vbd', { params: '/dev/vda', state: '5', online: '0' }).length, 1);
});

test('other kinds of devices are no disks', (t) => {
  t.deepEqual(disksOf('console', { params: '/dev/vda' }), []);
  t.deepEqual(disksOf('9pfs', { params: '/srv' }), []);
});
