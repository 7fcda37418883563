import { link, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { ToolError } from '../../src/errors.js';
import { filesBelow } from '../../src/guest-access/direct/backing-chain.js';
import type { DomainDisk } from '../../src/host-domains/domain.js';
import { libvirtDomains } from '../../src/host-domains/libvirt.js';
import { xenDomains } from '../../src/host-domains/xen.js';
import { xlRecord } from '../../src/mode-records/xl.js';
import { domainsWith, refuseWhileItRuns } from '../../src/stages/domains.js';
import { copyOfGuest, testFolder } from './program.js';
import { failsUntouched } from './untouched.js';

const domain = (...disks: readonly DomainDisk[]) => ({
  name: 'web1',
  state: 'running',
  knownBy: 'xl',
  disks,
});

/** Whether a domain with this disk is in the way of a write to the image. */
async function isInTheWay(disk: DomainDisk, path: string, format: 'raw' | 'qcow2' = 'raw'): Promise<boolean> {
  const found = await domainsWith({ path, format }, undefined, [domain(disk)]);
  return found.includes('the running domain web1 (xl)');
}

async function emptyFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, '');
  await truncate(path, 16 * 1024 * 1024);
  return path;
}

/** The loop device of an image, and two partitions of it; also where the kernel reads no partition tables. */
async function loopDevice(t: ExecutionContext, image: string): Promise<[string, string, string]> {
  const { stdout: device } = await execa`losetup --show -f ${image}`;
  t.teardown(() => execa`losetup -d ${device}`);
  await execa`addpart ${device} 1 2048 8192`;
  await execa`addpart ${device} 2 10240 8192`;
  t.teardown(async () => {
    for (const number of [1, 2]) await execa`delpart ${device} ${number}`;
  });
  return [device, `${device}p1`, `${device}p2`];
}

test('a file by another name is the same file; another file and a missing one are not', async (t) => {
  const folder = await testFolder(t);
  const image = await emptyFile(folder, 'web.raw');
  const other = await emptyFile(folder, 'other.raw');
  const [hardLink, softLink] = [join(folder, 'hard'), join(folder, 'soft')];
  await link(image, hardLink);
  await symlink(image, softLink);
  for (const path of [image, hardLink, softLink]) t.true(await isInTheWay({ path }, image), path);
  for (const path of [other, join(folder, 'missing'), folder])
    t.false(await isInTheWay({ path }, image), path);
});

test('a loop device of the image, and its partitions', async (t) => {
  const folder = await testFolder(t);
  const image = await emptyFile(folder, 'web.raw');
  const [disk, first, second] = await loopDevice(t, image);
  for (const path of [disk, first]) t.true(await isInTheWay({ path }, image), path);
  const overlapping = [
    [disk, disk],
    [disk, first],
    [first, disk],
    [image, second],
  ] as const;
  for (const [path, ours] of overlapping) t.true(await isInTheWay({ path }, ours), `${path} and ${ours}`);
  t.false(await isInTheWay({ path: first }, second));
  const { stdout: number } = await execa`lsblk -dno MAJ:MIN ${disk}`;
  t.true(await isInTheWay({ device: number.trim() }, image));
  t.false(await isInTheWay({ device: '259:1048575' }, image));
});

/** As older QEMUs left it out: gives the header's part that holds it (type 0xe2792aca) a type that nobody knows. */
async function forgetBackingFormat(layer: string): Promise<void> {
  const content = await readFile(layer);
  content.writeUInt32BE(0x12345678, content.indexOf(Buffer.from('e2792aca', 'hex')));
  await writeFile(layer, content);
}

test('layers: a base that is written under a domain, a domain that writes a base, two that share one', async (t) => {
  const folder = await testFolder(t);
  const base = await emptyFile(folder, 'base.raw');
  const [one, two, top] = ['one.qcow2', 'two.qcow2', 'top.qcow2'].map((name) => join(folder, name));
  for (const layer of [one, two]) await execa`qemu-img create -q -f qcow2 -F raw -b base.raw ${layer ?? ''}`;
  // Without a format, as it was usual once.
  await execa`qemu-img create -q -f qcow2 -F qcow2 -b ${one ?? ''} ${top ?? ''}`;
  await forgetBackingFormat(top ?? '');
  t.deepEqual(await filesBelow(top ?? ''), [one, base]);
  t.true(await isInTheWay({ path: top ?? '', isQcow2: true }, base));
  t.true(await isInTheWay({ path: top ?? '', isQcow2: true }, one ?? '', 'qcow2'));
  t.true(await isInTheWay({ path: base }, one ?? '', 'qcow2'));
  t.false(await isInTheWay({ path: one ?? '', isQcow2: true }, two ?? '', 'qcow2'));
  // A guest may write into its raw disk what looks like a layer over another's.
  t.false(await isInTheWay({ path: one ?? '' }, base));
});

test('a domain that several tell of is told once, and by its name even if its disk seems to be another', async (t) => {
  const folder = await testFolder(t);
  const image = await emptyFile(folder, 'web.raw');
  const known = [domain({ path: image }), { ...domain({ path: image }), knownBy: 'libvirt' }];
  t.deepEqual(await domainsWith({ path: image, format: 'raw' }, 'web1', known), [
    'the running domain web1 (xl)',
  ]);
  const elsewhere = [domain({ path: '/dev/drbd0' }), { ...domain(), name: 'web2' }];
  t.deepEqual(await domainsWith({ path: image, format: 'raw' }, undefined, elsewhere), []);
  t.deepEqual(await domainsWith({ path: image, format: 'raw' }, '', elsewhere), []);
  t.deepEqual(await domainsWith({ path: image, format: 'raw' }, 'web2', elsewhere), [
    'the running domain web2 (xl)',
  ]);
});

test('a libvirt on another host is not asked', async (t) => {
  t.deepEqual(await libvirtDomains('/nowhere', 'qemu+ssh://root@nowhere.invalid/system'), []);
  t.deepEqual(await libvirtDomains('/nowhere', 'test://nowhere.invalid/default'), []);
});

test("in a dom0 whose xl doesn't answer it can't be known who has the disk", async (t) => {
  // Here is the real xl, and no Xen.
  t.deepEqual(await xenDomains(), []);
  const error = await t.throwsAsync(
    xenDomains(() => Promise.resolve(true)),
    { instanceOf: ToolError },
  );
  t.regex(error.message, /can't be found out: xl/);
  t.regex(error.remedy, /xl list/);
});

/** Runs the command behind it where Xen's file system says that this is a dom0. */
const asDom0 = [
  'unshare',
  '--mount',
  'bash',
  '-ec',
  `mount --bind /proc /mnt
mount -t tmpfs tmpfs /proc
for name in /mnt/*; do ln -s $name /proc/; done
mkdir /proc/xen
echo control_d >/proc/xen/capabilities
exec "$@"`,
  'bash',
];

test("nothing is converted in a dom0 whose xl doesn't answer", async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const attempt = { folder, image, args: ['--keep-dhcp'], prefix: asDom0 };
  await failsUntouched(t, attempt, {
    exitCode: 4,
    code: 'failed',
    says: /which domains of this host have the disk can't be found out: xl list/,
    remedy: /as root/,
  });
});

/** What `xl save` writes first, here of a domain with this disk. */
function savedByXl(name: string, path: string): Buffer {
  const json = `${JSON.stringify({ c_info: { type: 'hvm', name }, disks: [{ pdev_path: path, format: 'raw' }] })}\n\0`;
  const header = Buffer.alloc(52);
  header.write('Xen saved domain, xl format\n \0 \r', 'latin1');
  const numbers = [0x01020304, 3, 0, json.length + 4, json.length];
  for (const [index, number] of numbers.entries()) header.writeUInt32LE(number, 32 + index * 4);
  return Buffer.concat([header, Buffer.from(json), Buffer.from('LibxlFmt')]);
}

/** Asks as a conversion does that has got that far before somebody saves a domain. */
const lastLook = `
const [{ identify }, { lastLook }] = await Promise.all(
  ['open', 'last-look'].map((name) => import(process.cwd() + '/dist/src/stages/' + name + '.js')),
);
const path = process.argv[1];
await lastLook({ path, format: 'raw', virtualBytes: 1, identity: await identify(path) });
`;

test('the disk of a domain that xl has saved, and a record whose domain is a saved one', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const saved = join(folder, 'saved');
  await mkdir(saved);
  const settings = join(folder, 'xendomains');
  await writeFile(settings, `XENDOMAINS_RESTORE=true\nXENDOMAINS_SAVE="${saved}"\n`);
  const script = `mount --bind ${settings} /etc/default/xendomains; exec "$@"`;
  const prefix = ['unshare', '--mount', 'bash', '-ec', script, 'bash'];
  const record = join(folder, 'web1.cfg');
  await writeFile(record, `name = "web1"\nbuilder = "hvm"\nmemory = 64\ndisk = [ "file:${image},hda,w" ]\n`);
  const attempt = { folder, image, args: ['--keep-dhcp', '--record', `xl:${record}`], prefix };
  const inUse = { exitCode: 3, code: 'image-in-use', remedy: /restore it first/ };
  await writeFile(join(saved, 'other'), savedByXl('other', image));
  await failsUntouched(t, attempt, { ...inUse, says: /the saved domain other \(.*\/saved\/other\)/ });
  const { stderr } = await execa({
    reject: false,
  })`${prefix} ${process.execPath} --input-type=module -e ${lastLook} ${image}`;
  t.regex(stderr, /has come into use meanwhile: the saved domain other/);
  await writeFile(join(saved, 'other'), savedByXl('web1', '/dev/drbd7'));
  await failsUntouched(t, attempt, { ...inUse, says: /the saved domain web1 \(/ });
  await writeFile(join(saved, 'other'), savedByXl('web2', '/dev/drbd7'));
  await failsUntouched(t, attempt, { exitCode: 3, code: 'no-operating-system', says: /no operating/ });
});

test('a record that runs nowhere is left as it was prepared', async (t) => {
  const prepared = { kind: 'none', reason: 'x' } as const;
  t.is(await refuseWhileItRuns(prepared, { path: '/nowhere', format: 'raw' }), prepared);
  const record = xlRecord('/nowhere.cfg', '/nowhere');
  const found = {
    kind: 'record',
    record,
    plan: { kind: 'already-pv', where: '/nowhere.cfg', mode: 'pv' },
  } as const;
  t.is(await refuseWhileItRuns(found, { path: '/nowhere', format: 'raw' }), found);
});
