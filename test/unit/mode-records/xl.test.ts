import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { withDir } from 'tmp-promise';
import { RecordError } from '../../../src/errors.js';
import type { RecordFlip } from '../../../src/mode-records/mode-record.js';
import { xlRecord } from '../../../src/mode-records/xl.js';

interface Place {
  readonly folder: string;
  readonly image: string;
  readonly file: string;
}

const withPlace = (body: (place: Place) => Promise<void>): Promise<void> =>
  withDir(
    async ({ path: folder }) => {
      const image = path.join(folder, 'disk.img');
      await writeFile(image, 'image');
      await body({ folder, image, file: path.join(folder, 'web.cfg') });
    },
    { unsafeCleanup: true },
  );

const config = (target: string): string =>
  [
    '# caf\xe9, one byte',
    'name = "web"',
    'type = "hvm"',
    `disk = [ "${target},raw,hda,rw", ",hdc:cdrom,r" ]`,
    'vif = [ "mac=00:16:3e:00:00:01,bridge=br0,ip=10.0.0.2 10.0.0.3,model=e1000", "" ]',
    '',
  ].join('\n');

const write = (file: string, text: string): Promise<void> => writeFile(file, text, 'latin1');
const read = (file: string): Promise<string> => readFile(file, 'latin1');

async function flipOf(t: ExecutionContext, { file, image }: Place): Promise<RecordFlip> {
  const plan = await xlRecord(file, image).plan();
  if (plan.kind !== 'flip') throw new Error(JSON.stringify(plan));
  t.is(plan.where, file);
  return plan;
}

test('reads what the file says', async (t) => {
  await withPlace(async ({ file, image }) => {
    await write(file, config(image));
    t.deepEqual(await xlRecord(file, image).read(), {
      kind: 'state',
      state: {
        mode: 'hvm',
        domain: 'web',
        disks: [
          { target: image, device: 'hda', format: 'raw', readOnly: false, cdrom: false },
          { target: '', device: 'hdc', format: 'empty', readOnly: true, cdrom: true },
        ],
        vifs: [{ mac: '00:16:3e:00:00:01', bridge: 'br0', ip: '10.0.0.2 10.0.0.3' }, {}],
      },
    });
  });
});

test('plans without writing, flips, reads back, flips again, undoes, undoes again', async (t) => {
  await withPlace(async (place) => {
    const { file, folder, image } = place;
    const before = config(image);
    await write(file, before);
    const record = xlRecord(file, image);
    const plan = await flipOf(t, place);
    t.is(plan.before, before);
    t.is(await read(file), before);

    await record.flip(plan);
    t.is(await read(file), plan.after);
    t.like(await record.readBack(), { kind: 'state', state: { mode: 'pv', domain: 'web' } });
    t.deepEqual(await record.plan(), { kind: 'already-pv', where: file, mode: 'pv' });
    await record.flip(plan);
    t.is(await read(file), plan.after);

    await record.undo(plan);
    t.is(await read(file), before);
    await record.undo(plan);
    t.is(await read(file), before);
    t.deepEqual((await readdir(folder)).sort(), ['disk.img', 'web.cfg']);
  });
});

test('owner and mode stay', async (t) => {
  await withPlace(async (place) => {
    await write(place.file, config(place.image));
    await chmod(place.file, 0o640);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) await chown(place.file, 12, 34);
    const old = await stat(place.file);
    await xlRecord(place.file, place.image).flip(await flipOf(t, place));
    const { uid, gid, mode, ino } = await stat(place.file);
    t.deepEqual({ uid, gid, mode }, { uid: old.uid, gid: old.gid, mode: old.mode });
    t.not(ino, old.ino);
  });
});

test('a symbolic link stays, and what it leads to is flipped in its own folder', async (t) => {
  await withPlace(async (place) => {
    const real = path.join(place.folder, 'real');
    await mkdir(real);
    await write(path.join(real, 'site.cfg'), config(place.image));
    await symlink('real/site.cfg', place.file);
    const plan = await flipOf(t, place);
    await xlRecord(place.file, place.image).flip(plan);
    t.is(await readlink(place.file), 'real/site.cfg');
    t.is(await read(path.join(real, 'site.cfg')), plan.after);
    t.deepEqual(await readdir(real), ['site.cfg']);
  });
});

for (const turn of ['flip', 'undo'] as const) {
  test(`${turn} leaves a file alone that somebody else changed`, async (t) => {
    await withPlace(async (place) => {
      await write(place.file, config(place.image));
      const plan = await flipOf(t, place);
      const other = `${config(place.image)}memory = 1024\n`;
      await write(place.file, other);
      const error = await t.throwsAsync(xlRecord(place.file, place.image)[turn](plan), {
        instanceOf: RecordError,
      });
      t.regex(error?.message ?? '', /changed by somebody else/);
      t.is(await read(place.file), other);
      t.deepEqual((await readdir(place.folder)).sort(), ['disk.img', 'web.cfg']);
    });
  });
}

test('a file that is gone, and one with a second hard link, are errors with a remedy', async (t) => {
  await withPlace(async (place) => {
    await write(place.file, config(place.image));
    const plan = await flipOf(t, place);
    const record = xlRecord(place.file, place.image);
    await link(place.file, `${place.file}.second`);
    const linked = await t.throwsAsync(record.flip(plan), { instanceOf: RecordError, message: /2 names/ });
    t.not(linked?.remedy, '');
    t.is(await read(place.file), plan.before);
    await rm(place.file);
    const gone = await t.throwsAsync(record.flip(plan), { instanceOf: RecordError, message: /ENOENT/ });
    t.not(gone?.remedy, '');
  });
});

test('what a crash left behind is overwritten, or removed where nothing has to be written', async (t) => {
  await withPlace(async (place) => {
    const draft = path.join(place.folder, '.convert-image-web.cfg');
    await write(place.file, config(place.image));
    const record = xlRecord(place.file, place.image);
    const plan = await flipOf(t, place);
    for (const change of [record.flip, record.flip, record.undo, record.undo]) {
      await writeFile(draft, 'half');
      await change(plan);
      t.deepEqual((await readdir(place.folder)).sort(), ['disk.img', 'web.cfg']);
    }
  });
});

test('a file whose name is as long as can be', async (t) => {
  await withPlace(async (place) => {
    const file = path.join(place.folder, `${'ä'.repeat(125)}.cfg`);
    await write(file, config(place.image));
    const record = xlRecord(file, place.image);
    const plan = await record.plan();
    if (plan.kind !== 'flip') return t.fail(plan.kind);
    await record.flip(plan);
    t.is(await read(file), plan.after);
  });
});

test('the disk with the image is the one to boot, by whatever name it is called', async (t) => {
  await withPlace(async (place) => {
    const alias = path.join(place.folder, 'alias.img');
    await symlink('disk.img', alias);
    await write(place.file, `name="x"\ntype="hvm"\ndisk=["/none,raw,hda","${alias},raw,hdb"]\n`);
    const plan = await flipOf(t, place);
    t.is(
      plan.after,
      `name="x"\ntype="pv"\nbootloader="pygrub"\nbootloader_args=["-q"]\ndisk=["${alias},raw,xvda","/none,raw,xvdb"]\n`,
    );
  });
});

test('a disk that a hotplug script attaches is believed to be the image', async (t) => {
  await withPlace(async (place) => {
    await write(place.file, 'name="x"\ntype="hvm"\ndisk=["drbd:r0,hda,w"]\n');
    t.regex((await flipOf(t, place)).after, /"drbd:r0,xvda,w"/);
  });
});

const problems: readonly (readonly [string, string | undefined, string, RegExp])[] = [
  ['no file', undefined, 'record-unreadable', /ENOENT/],
  ['another disk', config('/none.img'), 'record-of-another-disk', /doesn't name the disk/],
  ['Python', 'import os\n', 'record-not-convertible', /is Python/],
  ['an unknown type', 'type="x"\n', 'record-not-convertible', /type is "x"/],
  ['too large a file', '#'.repeat(2 ** 20 + 1), 'record-unreadable', /not an xl configuration/],
];

for (const [title, text, code, message] of problems) {
  test(`a problem: ${title}`, async (t) => {
    await withPlace(async ({ file, image }) => {
      if (text !== undefined) await write(file, text);
      const plan = await xlRecord(file, image).plan();
      if (plan.kind !== 'problem') return t.fail(plan.kind);
      t.is(plan.problem.code, code);
      t.regex(plan.problem.message, message);
      t.not(plan.problem.remedy, '');
    });
  });
}

test('a folder is a problem', async (t) => {
  await withPlace(async ({ folder, image }) => {
    t.like(await xlRecord(folder, image).plan(), { kind: 'problem', problem: { code: 'record-unreadable' } });
  });
});
