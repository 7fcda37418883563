import { link, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { withDir } from 'tmp-promise';
import { findXlRecord } from '../../../src/mode-records/find-xl-record.js';
import { chooseRecord, parseRecordOption, recordKinds } from '../../../src/mode-records/list.js';

interface Place {
  readonly image: string;
  /** Stands for /etc/xen. */
  readonly xen: string;
  readonly other: string;
  readonly write: (name: string, text: string) => Promise<void>;
}

const withPlace = (body: (place: Place) => Promise<void>): Promise<void> =>
  withDir(
    async ({ path: folder }) => {
      const xen = path.join(folder, 'xen');
      const other = path.join(folder, 'other');
      await mkdir(path.join(xen, 'auto'), { recursive: true });
      await mkdir(path.join(xen, 'scripts'));
      await mkdir(other);
      const image = path.join(other, 'disk.img');
      await writeFile(image, 'image');
      await body({
        image,
        xen,
        other,
        write: (name, text) => writeFile(path.join(xen, name), text, 'latin1'),
      });
    },
    { unsafeCleanup: true },
  );

const naming = (target: string): string =>
  `type="hvm"\nname="x"\ndisk=[",hdc:cdrom,r","vdev=hda,target=${target}"]\n`;

for (const name of ['web.cfg', 'web.conf', 'web']) {
  test(`finds ${name}`, async (t) => {
    await withPlace(async ({ image, xen, write }) => {
      await write(name, naming(image));
      await write('other.cfg', naming('/none.img'));
      await write('xl.conf', '# no disks\nautoballoon="auto"\n');
      t.deepEqual(await findXlRecord(image, xen), { kind: 'found', path: path.join(xen, name) });
    });
  });
}

for (const name of ['web.cfg.bak', '.web.cfg', 'web.txt', 'scripts/web.cfg', 'auto/web.cfg']) {
  test(`does not look at ${name}`, async (t) => {
    await withPlace(async ({ image, xen, write }) => {
      await write(name, naming(image));
      t.deepEqual(await findXlRecord(image, xen), { kind: 'none', unreadable: [] });
    });
  });
}

test('symbolic and hard links to the image count', async (t) => {
  await withPlace(async ({ image, xen, other, write }) => {
    await symlink('disk.img', path.join(other, 'soft.img'));
    await link(image, path.join(other, 'hard.img'));
    await write('one.cfg', naming(path.join(other, 'soft.img')));
    t.like(await findXlRecord(image, xen), { kind: 'found' });
    await write('one.cfg', naming(path.join(other, 'hard.img')));
    t.like(await findXlRecord(path.join(other, 'soft.img'), xen), { kind: 'found' });
  });
});

test('names that are not ASCII, as bytes of the file system', async (t) => {
  await withPlace(async ({ image, xen, other, write }) => {
    const renamed = path.join(other, 'f\u00fcr Z\u00fcrich.img');
    await rename(image, renamed);
    await write('web.cfg', naming(Buffer.from(renamed).toString('latin1')));
    t.like(await findXlRecord(renamed, xen), { kind: 'found' });
  });
});

test('a link in auto to a file in the folder is the same file; one to elsewhere counts', async (t) => {
  await withPlace(async ({ image, xen, other, write }) => {
    await write('web.cfg', naming(image));
    await symlink('../web.cfg', path.join(xen, 'auto', 'web.cfg'));
    t.deepEqual(await findXlRecord(image, xen), { kind: 'found', path: path.join(xen, 'web.cfg') });
    await rename(path.join(xen, 'web.cfg'), path.join(other, 'web.cfg'));
    await rename(path.join(xen, 'auto', 'web.cfg'), path.join(xen, 'auto', 'broken'));
    await symlink('../../other/web.cfg', path.join(xen, 'auto', '10-web'));
    t.deepEqual(await findXlRecord(image, xen), { kind: 'found', path: path.join(xen, 'auto', '10-web') });
  });
});

test('several files are named', async (t) => {
  await withPlace(async ({ image, xen, write }) => {
    await write('b.cfg', naming(image));
    await write('a.cfg', naming(image));
    const paths = [path.join(xen, 'a.cfg'), path.join(xen, 'b.cfg')];
    t.deepEqual(await findXlRecord(image, xen), { kind: 'several', paths });
    const choice = await chooseRecord('auto', image, xen);
    if (choice.kind !== 'problem') return t.fail();
    t.is(choice.problem.code, 'record-ambiguous');
    for (const one of paths) t.true(choice.problem.message.includes(one));
  });
});

test('an unreadable file that mentions the image is named', async (t) => {
  await withPlace(async ({ image, xen, write }) => {
    await write('web.cfg', `import os\ndisk = ['phy:${image},hda,w']\n`);
    await write('other.cfg', 'import os\n');
    const found = await findXlRecord(image, xen);
    t.like(found, { kind: 'none', unreadable: [{ path: path.join(xen, 'web.cfg') }] });
    const choice = await chooseRecord('auto', image, xen);
    if (choice.kind !== 'problem') return t.fail();
    t.is(choice.problem.code, 'record-unreadable');
    t.regex(choice.problem.message, /web\.cfg mentions .* line 1 is Python/);
  });
});

test('no folder and no image are no records', async (t) => {
  await withPlace(async ({ image, xen, write }) => {
    await write('web.cfg', naming('/none.img'));
    t.deepEqual(await findXlRecord(image, '/nowhere/xen'), { kind: 'none', unreadable: [] });
    t.deepEqual(await findXlRecord('/none.img', xen), { kind: 'none', unreadable: [] });
  });
});

test('--record auto, none and xl:PATH', async (t) => {
  await withPlace(async ({ image, xen, write }) => {
    await write('web.cfg', naming(image));
    const file = path.join(xen, 'web.cfg');
    for (const text of ['auto', `xl:${file}`]) {
      const choice = await chooseRecord(text, image, xen);
      if (choice.kind !== 'record') return t.fail(JSON.stringify(choice));
      t.is(choice.record.kind, 'xl');
      t.is(choice.record.name, `the xl configuration ${file}`);
      t.like(await choice.record.plan(), { kind: 'flip', where: file });
    }
    t.deepEqual(await chooseRecord('none', image, xen), { kind: 'none', reason: '--record none was given' });
  });
});

test('a relative path is one below the working directory', (t) => {
  const option = parseRecordOption('xl:web.cfg');
  if (option.kind !== 'named') return t.fail();
  t.is(option.open('/disk.img').name, `the xl configuration ${path.resolve('web.cfg')}`);
});

for (const text of ['', 'xl', 'xl:', 'AUTO', 'vmware:x', ':x']) {
  test(`--record "${text}" is refused with the forms that are known`, (t) => {
    const option = parseRecordOption(text);
    if (option.kind !== 'invalid') return t.fail();
    t.regex(option.message, /auto, none, xl:PATH/);
  });
}

for (const text of ['xapi:https://h', 'vmware:x']) {
  test(`--record ${text} leads to no record`, async (t) => {
    t.like(await chooseRecord(text, '/disk.img'), { kind: 'problem', problem: { code: 'record-option' } });
  });
}

test('the kinds are those of the command line', (t) => {
  t.deepEqual(
    recordKinds.map(({ kind }) => kind),
    ['xl', 'libvirt', 'invirt', 'xapi'],
  );
});
