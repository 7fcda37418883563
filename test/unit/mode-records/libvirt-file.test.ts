import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { withDir } from 'tmp-promise';
import { RecordError } from '../../../src/errors.js';
import { findLibvirtDomains } from '../../../src/mode-records/find-libvirt-record.js';
import { libvirtRecord } from '../../../src/mode-records/libvirt.js';
import { chooseRecord } from '../../../src/mode-records/list.js';

interface Place {
  readonly folder: string;
  readonly image: string;
  /** A folder of definitions, as libvirt keeps one. */
  readonly libvirt: string;
  readonly write: (name: string, text: string) => Promise<string>;
}

const withPlace = (body: (place: Place) => Promise<void>): Promise<void> =>
  withDir(
    async ({ path: folder }) => {
      const image = path.join(folder, 'disk.img');
      const libvirt = path.join(folder, 'libxl');
      await mkdir(libvirt);
      await writeFile(image, 'image');
      const write = async (name: string, text: string) => {
        const file = path.join(folder, name);
        await writeFile(file, text, 'latin1');
        return file;
      };
      await body({ folder, image, libvirt, write });
    },
    { unsafeCleanup: true },
  );

const definition = (target: string, name = 'web'): string => `<!-- caf\xc3\xa9 -->
<domain type='xen'>
  <name>${name}</name>
  <os>
    <type>hvm</type>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <source file='${target}'/>
      <target dev='hda' bus='ide'/>
    </disk>
  </devices>
</domain>
`;

test('a file is planned, flipped, flipped again, undone and undone again', async (t) => {
  await withPlace(async ({ image, folder, write }) => {
    const before = definition(image);
    const file = await write('web.xml', before);
    const record = libvirtRecord(file, image);
    t.is(record.option, `libvirt:${file}`);
    const plan = await record.plan({ kind: 'pygrub' });
    if (plan.kind !== 'flip') return t.fail(JSON.stringify(plan));
    t.is(plan.where, file);
    t.is(plan.before, before);
    t.is(await readFile(file, 'latin1'), before);
    for (const _ of ['once', 'again']) {
      await record.flip(plan);
      t.is(await readFile(file, 'latin1'), plan.after);
    }
    t.like(await record.readBack(), { kind: 'state', state: { mode: 'pv', domain: 'web' } });
    t.deepEqual(await record.plan(), { kind: 'already-pv', where: file, mode: 'pv' });
    for (const _ of ['once', 'again']) {
      await record.undo(plan);
      t.is(await readFile(file, 'latin1'), before);
    }
    await write('web.xml', before.replace('web', 'changed'));
    await t.throwsAsync(record.flip(plan), { instanceOf: RecordError, message: /changed by somebody else/ });
    t.deepEqual((await readdir(folder)).sort(), ['disk.img', 'libxl', 'web.xml']);
  });
});

test('the disk with the image is the one to boot, by whatever name it is called', async (t) => {
  await withPlace(async ({ image, folder, write }) => {
    await symlink('disk.img', path.join(folder, 'alias.img'));
    const second = `<disk><source file='${folder}/alias.img'/><target dev='hdb'/></disk>`;
    const file = await write('web.xml', definition('/none').replace('<devices>', `<devices>${second}`));
    const plan = await libvirtRecord(file, image).plan();
    if (plan.kind !== 'flip') return t.fail(JSON.stringify(plan));
    t.regex(plan.after, /alias\.img'\/><target dev='xvda'/);
  });
});

for (const [title, text, code, message] of [
  ['no file', undefined, 'record-unreadable', /ENOENT/],
  ['another disk', definition('/none'), 'record-of-another-disk', /doesn't name the disk/],
  ['no XML', 'name = "web"\n', 'record-not-convertible', /not well-formed/],
  ['too large a file', '#'.repeat(2 ** 20 + 1), 'record-unreadable', /not a libvirt definition/],
] as const) {
  test(`a problem: ${title}`, async (t) => {
    await withPlace(async ({ folder, image, write }) => {
      if (text !== undefined) await write('web.xml', text);
      const plan = await libvirtRecord(path.join(folder, 'web.xml'), image).plan();
      if (plan.kind !== 'problem') return t.fail(plan.kind);
      t.is(plan.problem.code, code);
      t.regex(plan.problem.message, message);
      t.not(plan.problem.remedy, '');
    });
  });
}

test("libvirt's own file is left to libvirt", async (t) => {
  const plan = await libvirtRecord('/etc/libvirt/libxl/web.xml', '/disk.img').plan();
  if (plan.kind !== 'problem') return t.fail();
  t.regex(plan.problem.remedy, /--record libvirt:web$/);
});

test('a network disk is believed to be the image', async (t) => {
  await withPlace(async ({ image, write }) => {
    const text = definition('').replace(
      /<disk .*?\n *<source.*/,
      "<disk type='network'><source protocol='rbd' name='p/i'/>",
    );
    t.like(await libvirtRecord(await write('web.xml', text), image).plan(), { kind: 'flip' });
  });
});

for (const [where, option, name] of [
  ['web', 'libvirt:web', 'the libvirt domain web'],
  ['xen:///system#web', 'libvirt:xen:///system#web', 'the libvirt domain web'],
  [
    'xen+ssh://root@h/system?no_tty=1#a#b',
    'libvirt:xen+ssh://root@h/system?no_tty=1#a#b',
    'the libvirt domain a#b',
  ],
  ['web.xml', `libvirt:${path.resolve('web.xml')}`, `the libvirt definition ${path.resolve('web.xml')}`],
  ['/srv/web', 'libvirt:/srv/web', 'the libvirt definition /srv/web'],
] as const) {
  test(`libvirt:${where}`, async (t) => {
    const choice = await chooseRecord(`libvirt:${where}`, '/disk.img');
    if (choice.kind !== 'record') return t.fail();
    t.is(choice.record.option, option);
    t.is(choice.record.name, name);
  });
}

// ------------------------------------------------------------------------------------------------- --record auto

test('finds the domains with the image among the definitions of libvirt', async (t) => {
  await withPlace(async ({ image, libvirt, write }) => {
    t.deepEqual(await findLibvirtDomains(image, libvirt), { names: [], unreadable: [] });
    await write('libxl/web.xml', definition(image, 'z\xc3\xbcrich'));
    await write('libxl/other.xml', definition('/none'));
    await write('libxl/web.xml.new', definition(image));
    await write('libxl/network.xml', '<network/>');
    t.deepEqual(await findLibvirtDomains(image, libvirt), { names: ['zürich'], unreadable: [] });
    await write('libxl/broken.xml', definition(image).replace('</domain>', ''));
    const found = await findLibvirtDomains(image, libvirt);
    t.deepEqual(
      found.unreadable.map(({ path }) => path),
      [path.join(libvirt, 'broken.xml')],
    );
    t.deepEqual(await findLibvirtDomains('/none.img', libvirt), { names: [], unreadable: [] });
    t.deepEqual(await findLibvirtDomains(image, '/nowhere'), { names: [], unreadable: [] });
  });
});

test('auto takes the only record, of whatever kind, and names all of several', async (t) => {
  await withPlace(async ({ folder, image, libvirt, write }) => {
    const choose = () => chooseRecord('auto', image, folder, libvirt);
    const none = await choose();
    if (none.kind !== 'none') return t.fail();
    t.true(none.reason.includes(folder) && none.reason.includes(libvirt));
    await write('libxl/web.xml', definition(image));
    const one = await choose();
    if (one.kind !== 'record') return t.fail();
    t.is(one.record.option, 'libvirt:xen:///system#web');
    await write('libxl/copy.xml', definition(image, 'copy'));
    await write('web.cfg', `type="hvm"\nname="x"\ndisk=["${image},raw,hda"]\n`);
    const several = await choose();
    if (several.kind !== 'problem') return t.fail();
    t.is(several.problem.code, 'record-ambiguous');
    for (const option of [
      `xl:${folder}/web.cfg`,
      'libvirt:xen:///system#web',
      'libvirt:xen:///system#copy',
    ]) {
      t.true(several.problem.message.includes(option), several.problem.message);
    }
  });
});

test('auto does not pass over a definition that it cannot read', async (t) => {
  await withPlace(async ({ folder, image, libvirt, write }) => {
    await write('libxl/web.xml', definition(image).replace('</domain>', ''));
    const choice = await chooseRecord('auto', image, folder, libvirt);
    t.like(choice, { kind: 'problem', problem: { code: 'record-unreadable' } });
  });
});
