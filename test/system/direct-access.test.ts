import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { ToolError } from '../../src/errors.js';
import { withRawView } from '../../src/guest-access/direct/raw-view.js';
import type { DesiredNode, FileStep, GuestNode } from '../../src/model.js';
import { apply, asRoot, disk, file, step, text, withAccess } from './direct-edits.js';
import {
  bytes,
  describeOverlay,
  describeTree,
  hash,
  inFolder,
  makeExt,
  makeOverlay,
  partition,
  program,
  withMounted,
} from './ext-images.js';
import { differences } from './tree-differences.js';

// One after the other: the daemon's mount namespace keeps a copy of the mounts that other tests make and end.
const { signal } = new AbortController();
setMaxListeners(0, signal);

// ------------------------------------------------------------------------------- the same result as a kernel's

const names = {
  spaces: 'two  spaces ',
  quotes: 'a "quoted" name',
  inode: '<12>',
  option: '-p',
  bang: '!ls',
  hash: '#x',
  control: 'tab\tbell\x07',
  backslash: 'back\\slash\\x41',
  bytes: 'caf\xe9 \xc3\xa9 \xff',
  newline: 'line\nbreak',
} as const;

/** Fills a mounted file system with what edits must keep. */
async function furnish(top: string): Promise<void> {
  mkdirSync(`${top}/etc/big`, { recursive: true });
  mkdirSync(`${top}/etc/odd`);
  for (let number = 0; number < 300; number += 1) {
    writeFileSync(
      `${top}/etc/big/a-name-long-enough-to-need-an-index-of-the-directory-${number}`,
      `${number}\n`,
    );
  }
  for (const name of Object.values(names)) writeFileSync(bytes(`${top}/etc/odd/${name}`), name, 'latin1');
  writeFileSync(`${top}/etc/fstab`, 'x'.repeat(20_000));
  linkSync(`${top}/etc/fstab`, `${top}/etc/fstab.link`);
  chmodSync(`${top}/etc/fstab`, 0o640);
  chownSync(`${top}/etc/fstab`, 70_000, 80_000);
  writeFileSync(`${top}/etc/tiny`, 'tiny\n');
  await program`setfattr -n user.note -v kept ${top}/etc/tiny`;
  await program`setfacl -m u:33:rw ${top}/etc/tiny`;
  writeFileSync(`${top}/etc/empty`, '');
  writeFileSync(`${top}/etc/large`, 'y'.repeat(400_000));
  // Attributes that need a block of their own.
  await program`setfattr -n user.large -v ${'z'.repeat(600)} ${top}/etc/large`;
  writeFileSync(`${top}/etc/gone`, 'g'.repeat(5000));
  writeFileSync(`${top}/etc/two-names`, 't');
  linkSync(`${top}/etc/two-names`, `${top}/etc/other-name`);
  symlinkSync('tiny', `${top}/etc/short-link`);
  symlinkSync(`/${'long/'.repeat(30)}`, `${top}/etc/long-link`);
  await program`mkfifo ${top}/etc/pipe`;
  await program`mknod ${top}/etc/device c 1 3`;
  utimesSync(`${top}/etc/fstab`, 1_500_000_000, 1_500_000_000);
}

const changes: readonly FileStep[] = [
  step('/etc/fstab', file(text('caf\xe9 \x00\xff\n', 9_999))),
  step('/etc/tiny', file(text('grown ', 30_000))),
  step('/etc/empty', file('no longer\n', 0o600)),
  step('/etc/large', file('')),
  step('/etc/gone', { kind: 'absent' }),
  step('/etc/two-names', { kind: 'absent' }),
  step('/etc/never-there', { kind: 'absent' }),
  step('/etc/nowhere/at/all', { kind: 'absent' }),
  step('/etc/short-link', file('a file now\n')),
  step('/etc/long-link', { kind: 'symlink', target: 'short' }),
  step('/etc/new-link', { kind: 'symlink', target: `/${'x'.repeat(200)} "y"` }),
  step('/etc/new', file('new\n')),
  step('/etc/new-empty', file('', 0o755)),
  step('/etc/a/b/c', file('deep\n')),
  step('/etc/a/b/d', file('deep too\n', 0o4750)),
  step('/etc/a/e', { kind: 'symlink', target: 'b' }),
  step('/etc/big/one-more-name-in-a-directory-with-an-index', file(text('big ', 5000))),
  step('/etc/big/a-name-long-enough-to-need-an-index-of-the-directory-17', { kind: 'absent' }),
  ...Object.entries(names)
    .filter(([kind]) => kind !== 'newline')
    .map(([kind, name]) => step(`/etc/odd/${name}`, file(`edited ${kind}`))),
  ...Object.entries(names)
    .filter(([kind]) => kind !== 'newline')
    .map(([kind, name]) => step(`/etc/${name}`, file(`new ${kind}`))),
];

const written: Readonly<Record<string, readonly string[]>> = {
  'ext4 as Debian makes it': ['-t', 'ext4', '-b', '4096'],
  'ext4 with 1 KiB blocks': ['-t', 'ext4', '-b', '1024'],
  'ext4 with 2 KiB blocks and small groups': ['-t', 'ext4', '-b', '2048', '-g', '2048'],
  ext3: ['-t', 'ext3'],
  'ext3 with small inodes': ['-t', 'ext3', '-I', '128'],
  ext2: ['-t', 'ext2'],
  'without filetype': ['-t', 'ext2', '-O', '^filetype'],
  'without extents': ['-t', 'ext4', '-O', '^extent,^64bit'],
  'without 64bit': ['-t', 'ext4', '-O', '^64bit'],
  'without checksums': ['-t', 'ext4', '-O', '^metadata_csum,uninit_bg'],
  'without a journal': ['-t', 'ext4', '-O', '^has_journal'],
  'without dir_index': ['-t', 'ext4', '-O', '^dir_index'],
  'without flex_bg': ['-t', 'ext4', '-O', '^flex_bg', '-g', '1024', '-b', '1024'],
  metadata_csum_seed: ['-t', 'ext4', '-O', 'metadata_csum_seed'],
  orphan_file: ['-t', 'ext4', '-O', 'orphan_file'],
  inline_data: ['-t', 'ext4', '-O', 'inline_data'],
  'inline_data with large inodes': ['-t', 'ext4', '-O', 'inline_data', '-I', '1024', '-b', '1024'],
  'inline_data without extents': ['-t', 'ext4', '-O', 'inline_data,^extent,^64bit'],
  large_dir: ['-t', 'ext4', '-O', 'large_dir'],
  sparse_super2: ['-t', 'ext4', '-O', 'sparse_super2'],
  meta_bg: ['-t', 'ext4', '-O', 'meta_bg,^resize_inode'],
  fast_commit: ['-t', 'ext4', '-O', 'fast_commit'],
};

for (const [title, options] of Object.entries(written)) {
  test.serial(`edits leave what a kernel would leave: ${title}`, (t) =>
    inFolder(async (folder) => {
      const image = join(folder, 'disk.raw');
      await makeExt(image, options);
      const before = await withMounted(image, 'rw', async (top) => {
        await furnish(top);
        return describeTree(top);
      });
      const sum = hash(readFileSync(image));
      const { overlay, problems } = await apply(folder, image, changes);
      t.deepEqual(problems, []);
      t.deepEqual(differences(before, await describeOverlay(overlay), changes), []);
      t.is(hash(readFileSync(image)), sum, 'the image under the overlay');
    }),
  );
}

const anySize = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 200 }),
  fc.integer({ min: 201, max: 60_000 }),
);
const anyFile = fc.record({
  path: fc.tuple(fc.constantFrom('', '/d', '/d/e', '/f g'), fc.stringMatching(/^[a-z "<>#!-]{1,12}$/)),
  old: fc.option(anySize),
  now: fc.option(anySize),
});
const anyGuest = fc.record({
  options: fc.constantFrom(...Object.values(written)),
  files: fc.uniqueArray(anyFile, { selector: ({ path }) => path.join('/'), minLength: 1, maxLength: 40 }),
});

test.serial('random file systems survive random edits', async (t) => {
  const property = fc.asyncProperty(anyGuest, ({ options, files }) =>
    inFolder(async (folder) => {
      const image = join(folder, 'disk.raw');
      await makeExt(image, options, 12 * 1024 * 1024);
      // Names of directories are never names of files: those live below `/files`.
      const places = files.map(({ path: [directory, name], ...rest }) => ({
        directory: `/files${directory}`,
        path: `/files${directory}/n${name}`,
        ...rest,
      }));
      const before = await withMounted(image, 'rw', async (top) => {
        for (const { directory, path, old } of places) {
          if (old === null) continue;
          mkdirSync(`${top}${directory}`, { recursive: true });
          writeFileSync(`${top}${path}`, text('old ', old));
        }
        return describeTree(top);
      });
      const steps = places.map(({ path, now }) =>
        step(path, now === null ? { kind: 'absent' } : file(text('new\xff', now))),
      );
      const applied = await apply(folder, image, steps);
      t.deepEqual(applied.problems, []);
      t.deepEqual(differences(before, await describeOverlay(applied.overlay), steps), []);
    }),
  );
  await fc.assert(property, { numRuns: 12 });
});

test.serial('a fragmented file keeps its inode when it shrinks, grows and is emptied', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk.raw');
    await makeExt(image, ['-t', 'ext4', '-b', '1024']);
    const before = await withMounted(image, 'rw', async (top) => {
      // Free blocks with used ones in between: the extent tree gets a second level.
      for (let number = 0; number < 4000; number += 1) writeFileSync(`${top}/${number}`, 'x'.repeat(1024));
      await program`sync -f ${top}`;
      for (let number = 0; number < 4000; number += 2) unlinkSync(`${top}/${number}`);
      await program`fallocate -l ${15 * 1024 * 1024} ${top}/filler`;
      writeFileSync(`${top}/fragmented`, 'f'.repeat(1_500_000));
      return describeTree(top);
    });
    const steps = [step('/fragmented', file(text('again ', 1_600_000)))];
    const { overlay, problems } = await apply(folder, image, steps);
    t.deepEqual(problems, []);
    t.deepEqual(differences(before, await describeOverlay(overlay), steps), []);
  }),
);

test.serial(
  'a file system filled to the last block takes a file of the same size, and refuses a larger one',
  (t) =>
    inFolder(async (folder) => {
      const image = join(folder, 'disk.raw');
      await makeExt(image, ['-t', 'ext4', '-b', '1024', '-m', '0'], 8 * 1024 * 1024);
      const before = await withMounted(image, 'rw', async (top) => {
        writeFileSync(`${top}/file`, 'x'.repeat(20 * 1024));
        await program({ reject: false })`dd if=/dev/zero of=${`${top}/rest`} bs=1k status=none`;
        return describeTree(top);
      });
      const steps = [step('/file', file(text('full ', 20 * 1024)))];
      const { overlay, problems } = await apply(folder, image, steps);
      t.deepEqual(problems, []);
      t.deepEqual(differences(before, await describeOverlay(overlay), steps), []);
      await t.throwsAsync(apply(folder, image, [step('/file', file(text('full ', 200 * 1024)))]), {
        instanceOf: ToolError,
        message:
          /no room on \/dev\/sda for the guest's \/file: \d+ blocks of 1024 bytes and \d+ inodes were free/,
      });
    }),
);

// ---------------------------------------------------------------------------------------------------- reading

test.serial('reads names, texts and links of any bytes, and nothing else', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk.raw');
    await makeExt(image, ['-t', 'ext4']);
    await withMounted(image, 'rw', async (top) => {
      await furnish(top);
      symlinkSync(bytes('t\n"\ndebugfs: \xff'), `${top}/etc/hostile-link`);
      writeFileSync(`${top}/etc/huge`, '');
      await program`truncate -s 5M ${top}/etc/huge`;
      symlinkSync('/etc', `${top}/settings`);
      symlinkSync('../../../../../etc/tiny', `${top}/up`);
      symlinkSync('loop', `${top}/loop`);
    });
    const tree = await withAccess(folder, { path: image, format: 'raw' }, 'read-only', async (access) => {
      await access.mount(asRoot, 'read-only');
      const trees = ['/etc', '/settings/tiny', '/settings', '/missing', '/loop/x', '/etc/tiny/x'];
      await access.download('/up', join(folder, 'tiny'));
      return access.snapshot({ trees, listings: ['/', '/settings/big', '/missing'] });
    });
    t.is(readFileSync(join(folder, 'tiny'), 'latin1'), 'tiny\n');
    const expected: Record<string, GuestNode> = {
      '/etc': { kind: 'directory' },
      '/etc/tiny': { kind: 'file', text: 'tiny\n', mode: 0o664 },
      '/etc/fstab': { kind: 'file', text: 'x'.repeat(20_000), mode: 0o640, links: ['/etc/fstab.link'] },
      '/etc/empty': { kind: 'file', text: '', mode: 0o644 },
      '/etc/huge': { kind: 'unread', bytes: 5 * 1024 * 1024 },
      '/etc/pipe': { kind: 'special' },
      '/etc/device': { kind: 'special' },
      '/etc/short-link': { kind: 'symlink', target: 'tiny' },
      '/etc/long-link': { kind: 'symlink', target: `/${'long/'.repeat(30)}` },
      '/etc/hostile-link': { kind: 'symlink', target: 't\n"\ndebugfs: \xff' },
      '/settings': { kind: 'symlink', target: '/etc' },
    };
    for (const [path, node] of Object.entries(expected)) t.deepEqual(tree.get(path), node, path);
    for (const name of Object.values(names)) {
      t.deepEqual(tree.get(`/etc/odd/${name}`), { kind: 'file', text: name, mode: 0o644 });
    }
    t.is([...tree.keys()].filter((path) => path.startsWith('/etc/big/')).length, 300);
    t.false([...tree.keys()].some((path) => path.startsWith('/missing') || path.startsWith('/loop/')));
  }),
);

test.serial('reads files that lie in their inodes, whoever wrote them', (t) =>
  inFolder(async (folder) => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    for (const length of [0, 1, 59, 60, 61, 150])
      writeFileSync(`${tree}/by-mke2fs-${length}`, 'm'.repeat(length));
    const image = join(folder, 'disk.raw');
    await makeExt(image, ['-t', 'ext4', '-O', 'inline_data', '-d', tree]);
    const sums = await withMounted(image, 'rw', async (top) => {
      for (const length of [0, 1, 59, 60, 61, 150])
        writeFileSync(`${top}/by-kernel-${length}`, 'k'.repeat(length));
      writeFileSync(`${top}/shorter`, 's'.repeat(150));
      truncateSync(`${top}/shorter`, 7);
      return describeTree(top);
    });
    await withAccess(folder, { path: image, format: 'raw' }, 'read-only', async (access) => {
      await access.mount(asRoot, 'read-only');
      for (const [path, node] of await access.snapshot({ trees: ['/'], listings: [] })) {
        if (node.kind !== 'file') continue;
        t.is(sums.get(path)?.content, hash(bytes(node.text)), path);
        await access.download(path, join(folder, 'copy'));
        t.is(readFileSync(join(folder, 'copy'), 'latin1'), node.text, path);
      }
    });
  }),
);

test.serial('a file grows at its end, also where that is a hole', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk.raw');
    await makeExt(image, ['-t', 'ext4', '-b', '1024']);
    const old = {
      '/even': 'e'.repeat(2048),
      '/odd': 'o'.repeat(3000),
      '/hole': `h${'\0'.repeat(5000)}`,
      '/empty': '',
    };
    const before = await withMounted(image, 'rw', async (top) => {
      for (const [path, content] of Object.entries(old))
        writeFileSync(`${top}${path}`, content.replace(/\0+$/, ''));
      truncateSync(`${top}/hole`, old['/hole'].length);
      return describeTree(top);
    });
    const overlay = await makeOverlay(folder, image);
    const added = text('added ', 3333);
    await withAccess(folder, { path: overlay, format: 'qcow2' }, 'read-write', async (access) => {
      await access.mount(asRoot, 'read-write');
      for (const path of Object.keys(old)) await access.append(path, bytes(added));
      t.deepEqual(await access.check([disk]), []);
    });
    const steps = Object.entries(old).map(([path, content]) => step(path, file(content + added)));
    t.deepEqual(differences(before, await describeOverlay(overlay), steps), []);
  }),
);

for (const options of [
  ['-t', 'ext4'],
  ['-t', 'ext4', '-O', '^metadata_csum,uninit_bg'],
  ['-t', 'ext3'],
]) {
  test.serial(
    `a file in the last block of its file system is edited and removed: ${options.join(' ')}`,
    (t) =>
      inFolder(async (folder) => {
        const image = join(folder, 'disk.raw');
        await makeExt(image, [...options, '-b', '1024', '-m', '0'], 8 * 1024 * 1024);
        const before = await withMounted(image, 'rw', async (top) => {
          await program({ reject: false })`dd if=/dev/zero of=${`${top}/filler`} bs=1k status=none`;
          return describeTree(top);
        });
        const { stdout } = await program`debugfs -R ${'blocks filler'} ${image}`;
        t.true(String(stdout).split(' ').includes('8191'));
        for (const after of [file('x'), file(text('many ', 50_000)), { kind: 'absent' } as const]) {
          const { overlay, problems } = await apply(folder, image, [step('/filler', after)]);
          t.deepEqual(problems, []);
          t.deepEqual(differences(before, await describeOverlay(overlay), [step('/filler', after)]), []);
        }
      }),
  );
}

const mega = 1024 * 1024;

/** Makes a file system inside of a partitioned image. */
const makeInside = (image: string, offset: number, size: string) =>
  program`mke2fs -q -F -t ext4 -L ${'my root'} -E offset=${offset} ${image} ${size}`;

const readLayout = (folder: string, path: string) =>
  withAccess(folder, { path, format: 'raw' }, 'read-only', (access) => access.layout());

test.serial('an MBR with logical partitions, in a path with a question mark, read and edited', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'what?offset=1.raw');
    const table =
      'label: dos\nlabel-id: 0x0badcafe\n1: size=20M, type=83\n2: size=50M, type=5\n5: size=10M, type=82\n6: size=20M, type=83\n';
    await partition(image, '80M', table);
    // 1: 1 to 21 MiB; 2 holds 5 from 22 and 6 from 33 MiB.
    await makeInside(image, 33 * mega, '20M');
    const layout = await readLayout(folder, image);
    t.is(layout.partitionTable, 'mbr');
    const unknown = { type: 'unknown' };
    t.like(layout.fileSystems[0], {
      ...unknown,
      device: '/dev/sda1',
      partition: 1,
      partitionUuid: '0badcafe-01',
    });
    t.like(layout.fileSystems[1], { ...unknown, device: '/dev/sda2', partitionUuid: '0badcafe-02' });
    t.like(layout.fileSystems[2], { ...unknown, device: '/dev/sda5', partitionUuid: '0badcafe-05' });
    t.like(layout.fileSystems[3], { device: '/dev/sda6', type: 'ext4', label: 'my root', clean: true });
    const overlay = await makeOverlay(folder, image);
    await withAccess(folder, { path: overlay, format: 'qcow2' }, 'read-write', async (access) => {
      await access.mount([{ device: '/dev/sda6', path: '/' }], 'read-write');
      await access.write([step('/etc/x', file('inside\n'))]);
      const tree = await access.snapshot({ trees: ['/etc'], listings: [] });
      t.deepEqual(tree.get('/etc/x'), { kind: 'file', text: 'inside\n', mode: 0o644 });
      t.deepEqual(await access.check(['/dev/sda6']), []);
      await t.throwsAsync(access.mount([{ device: '/dev/sda5', path: '/' }], 'read-only'), {
        instanceOf: ToolError,
      });
    });
  }),
);

test.serial('GPT with two file systems, one mounted below the other, and a link across', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk1');
    const uuid = 'B00C0000-0012-4000-8000-0000000000A1';
    await partition(image, '80M', `label: gpt\nsize=20M, uuid=${uuid}\nsize=20M\n`);
    await makeInside(image, mega, '20M');
    await makeInside(image, 21 * mega, '20M');
    const layout = await readLayout(folder, image);
    t.is(layout.partitionTable, 'gpt');
    t.is(layout.fileSystems[0]?.partitionUuid, uuid.toLowerCase());
    const overlay = await makeOverlay(folder, image);
    await withAccess(folder, { path: overlay, format: 'qcow2' }, 'read-write', async (access) => {
      const mounts = [{ device: '/dev/sda1', path: '/' }];
      await access.mount(mounts, 'read-write');
      await access.write([
        step('/boot/below', file('hidden\n')),
        step('/vmlinuz', { kind: 'symlink', target: 'boot/k' }),
      ]);
      await access.mount([...mounts, { device: '/dev/sda2', path: '/boot' }], 'read-write');
      await access.write([step('/boot/k', file('kernel\n')), step('/etc/x', file('x\n'))]);
      const tree = await access.snapshot({ trees: ['/boot'], listings: ['/'] });
      t.deepEqual(tree.get('/boot/k'), { kind: 'file', text: 'kernel\n', mode: 0o644 });
      t.false(tree.has('/boot/below'));
      await access.download('/vmlinuz', join(folder, 'kernel'));
      t.is(readFileSync(join(folder, 'kernel'), 'latin1'), 'kernel\n');
      t.deepEqual(await access.check(['/dev/sda1', '/dev/sda2']), []);
    });
  }),
);

test.serial('disks without a partition table', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk');
    writeFileSync(image, Buffer.alloc(4 * mega));
    const nothing = { partitionTable: 'none', fileSystems: [{ device: disk, type: 'unknown' }] } as const;
    t.deepEqual(await readLayout(folder, image), nothing);
    await program`mke2fs -q -F -t ext2 -U 01234567-89ab-cdef-0123-456789abcdef ${image}`;
    const whole = { device: disk, type: 'ext2', uuid: '01234567-89ab-cdef-0123-456789abcdef', clean: true };
    t.like(await readLayout(folder, image), { partitionTable: 'none', fileSystems: [whole] });
  }),
);

// ---------------------------------------------------------------------------------------------------- refusals

const refused: Readonly<Record<string, readonly string[]>> = {
  quota: ['-O', 'quota'],
  project: ['-O', 'project'],
  mmp: ['-O', 'mmp'],
  bigalloc: ['-O', 'bigalloc'],
  casefold: ['-O', 'casefold'],
  encrypt: ['-O', 'encrypt'],
  verity: ['-O', 'verity'],
  ea_inode: ['-O', 'ea_inode'],
};

for (const [feature, options] of Object.entries(refused)) {
  test.serial(`is left to the appliance: ${feature}`, (t) =>
    inFolder(async (folder) => {
      const image = join(folder, 'disk');
      await makeExt(image, ['-t', 'ext4', ...options]);
      const sum = hash(readFileSync(image));
      await withAccess(folder, { path: image, format: 'raw' }, 'read-write', async (access) => {
        const obstacles = await access.obstacles(asRoot, 'read-write');
        t.is(obstacles.length, 1);
        t.regex(obstacles[0] ?? '', new RegExp(feature));
        await t.throwsAsync(access.mount(asRoot, 'read-write'), { instanceOf: ToolError });
      });
      t.is(hash(readFileSync(image)), sum);
    }),
  );
}

test.serial('a journal that needs a replay: read as it is, not written', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk');
    const copy = join(folder, 'copy');
    await makeExt(image, ['-t', 'ext4']);
    await withMounted(image, 'rw', async (top) => {
      writeFileSync(`${top}/file`, 'synced\n');
      await program`sync -f ${top}`;
      copyFileSync(image, copy);
    });
    await withAccess(folder, { path: copy, format: 'raw' }, 'read-write', async (access) => {
      t.is((await access.layout()).fileSystems[0]?.clean, false);
      t.regex((await access.obstacles(asRoot, 'read-write')).join(), /needs_recovery/);
      t.deepEqual(await access.obstacles(asRoot, 'read-only'), []);
      await access.mount(asRoot, 'read-only');
      t.true((await access.snapshot({ trees: ['/lost+found'], listings: [] })).has('/lost+found'));
    });
  }),
);

test.serial('steps that a kernel would refuse, or that debugfs has no way to do', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk');
    await makeExt(image, ['-t', 'ext4']);
    await withMounted(image, 'rw', async (top) => {
      await furnish(top);
      mkdirSync(`${top}/acl`);
      mkdirSync(`${top}/fixed`);
      writeFileSync(`${top}/fixed/file`, '');
      await program`setfacl -d -m u:33:rw ${top}/acl`;
      await program`chattr +i ${top}/etc/empty ${top}/fixed`;
    });
    const overlay = await makeOverlay(folder, image);
    const cases: [string, DesiredNode, RegExp][] = [
      ['/etc', file(''), /\/etc is neither/],
      ['/etc', { kind: 'absent' }, /\/etc is neither/],
      ['/etc/pipe', file(''), /\/etc\/pipe is neither/],
      ['/etc/tiny/x', file(''), /\/etc\/tiny, on the way .* no directory/],
      ['/etc/short-link/x', file(''), /\/etc\/short-link, on the way .* no directory/],
      ['/etc/empty', file('x'), /chattr/],
      ['/fixed/file', { kind: 'absent' }, /chattr/],
      ['/fixed/new', file(''), /chattr/],
      ['/acl/new', file(''), /ACL/],
      ['/etc/large', { kind: 'absent' }, /attributes/],
      ['/etc/two\nlines', file(''), /no way to say/],
      ['/etc/link', { kind: 'symlink', target: 'a\nb' }, /no way to say/],
      [`/etc/${'x'.repeat(256)}`, file(''), /not a path/],
      ['/etc/../x', file(''), /not a path/],
      ['etc/x', file(''), /not a path/],
    ];
    await withAccess(folder, { path: overlay, format: 'qcow2' }, 'read-write', async (access) => {
      await access.mount(asRoot, 'read-write');
      for (const [path, node, message] of cases) {
        await t.throwsAsync(access.write([step(path, node)]), { instanceOf: ToolError, message }, path);
      }
      const twice = [step('/etc/fstab', file('a')), step('/etc/fstab.link', file('b'))];
      await t.throwsAsync(access.write(twice), { instanceOf: ToolError, message: /are one file/ });
      t.deepEqual(await access.check([disk]), []);
    });
  }),
);

// ---------------------------------------------------------------------------------------------------- damage

/** Changes bytes of an image where a text is found. */
function damage(image: string, old: string, now: string): void {
  const content = readFileSync(image);
  for (let at = content.indexOf(old, 0, 'latin1'); at >= 0; at = content.indexOf(old, at + 1, 'latin1'))
    content.write(now, at, 'latin1');
  writeFileSync(image, content);
}

test.serial('a damaged directory is an error that names the command and the file, and e2fsck finds it', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk');
    await makeExt(image, ['-t', 'ext4']);
    await withMounted(image, 'rw', furnish);
    damage(image, 'fstab.link', 'fstab.kink');
    await withAccess(folder, { path: image, format: 'raw' }, 'read-only', async (access) => {
      await access.mount(asRoot, 'read-only');
      await t.throwsAsync(access.snapshot({ trees: ['/etc'], listings: [] }), {
        instanceOf: ToolError,
        message: /debugfs: ls -l <\d+> \(\/etc\): .*checksum/,
      });
      const problems = await access.check([disk]);
      t.true(problems.length > 0);
      t.regex(problems.join('\n'), /^\/dev\/sda: .*checksum/);
    });
  }),
);

test.serial('names with a slash, and directories that contain themselves, are damage', (t) =>
  inFolder(async (folder) => {
    const image = join(folder, 'disk');
    await makeExt(image, ['-t', 'ext2']);
    await withMounted(image, 'rw', async (top) => {
      mkdirSync(`${top}/a/b`, { recursive: true });
      mkdirSync(`${top}/odd`);
      writeFileSync(`${top}/odd/name-with-dash`, '');
    });
    damage(image, 'name-with-dash', 'name/with-dash');
    const inode = /Inode: (\d+)/.exec((await program`debugfs -R ${'stat /a'} ${image}`).stdout)?.[1];
    await program`debugfs -w -R ${`ln <${inode}> /a/b/again`} ${image}`;
    await withAccess(folder, { path: image, format: 'raw' }, 'read-only', async (access) => {
      await access.mount(asRoot, 'read-only');
      const snapshot = (path: string) => access.snapshot({ trees: [path], listings: [] });
      await t.throwsAsync(snapshot('/odd'), { instanceOf: ToolError, message: /ls -l <\d+> \(\/odd\)/ });
      await t.throwsAsync(snapshot('/a'), { instanceOf: ToolError, message: /contains itself/ });
    });
  }),
);

// ---------------------------------------------------------------------------------------------------- the raw view

const viewed = async (folder: string): Promise<string> => {
  const image = join(folder, 'disk.raw');
  await makeExt(image, ['-t', 'ext4']);
  return makeOverlay(folder, image);
};

test.serial(
  'the raw view has the disk’s size, does not grow, shows in no mount table, and keeps what was written',
  (t) =>
    inFolder(async (folder) => {
      const overlay = await viewed(folder);
      const path = await withRawView(
        { path: overlay, format: 'qcow2' },
        'read-write',
        { signal, scratch: '/var/tmp' },
        async (rawPath) => {
          const { size } = statSync(rawPath);
          t.is(size, 24 * mega);
          t.notRegex(readFileSync('/proc/mounts', 'utf8'), /\/view-\d/);
          const opened = openSync(rawPath, 'r+');
          t.throws(() => writeSync(opened, 'beyond', size));
          writeSync(opened, 'kept', size - 4);
          return rawPath;
        },
      );
      t.false(existsSync(path));
      await withRawView(
        { path: overlay, format: 'qcow2' },
        'read-only',
        { signal, scratch: '/var/tmp' },
        async (rawPath) => {
          const content = Buffer.alloc(4);
          readSync(openSync(rawPath, 'r'), content, 0, 4, 24 * mega - 4);
          t.is(content.toString(), 'kept');
          t.throws(() => writeSync(openSync(rawPath, 'r+'), 'no'));
        },
      );
    }),
);

test.serial('the raw view of a raw image that is only read is the image', (t) =>
  withRawView(
    { path: '/some/disk', format: 'raw' },
    'read-only',
    { signal, scratch: '/var/tmp' },
    async (rawPath) => t.is(rawPath, '/some/disk'),
  ),
);

test.serial('whoever only looks at a raw image keeps nobody from it', (t) =>
  inFolder(async (folder) => {
    const path = join(folder, 'disk.raw');
    await makeExt(path, ['-t', 'ext4']);
    const options = { signal, scratch: folder, forParsers: true };
    await withRawView({ path, format: 'raw' }, 'read-only', options, async (rawPath) => {
      t.not(rawPath, path);
      await program`qemu-io -f raw -c ${'write -P 7 1k 512'} ${path}`;
      t.is(readFileSync(path)[1024], 7);
    });
  }),
);

test.serial('a VHD has a raw view', (t) =>
  inFolder(async (folder) => {
    const path = join(folder, 'disk.vhd');
    await program`qemu-img create -q -f vpc -o force_size=on ${path} 8M`;
    await withRawView(
      { path, format: 'vhd' },
      'read-write',
      { signal, scratch: '/var/tmp' },
      async (rawPath) => {
        t.is(statSync(rawPath).size, 8 * mega);
      },
    );
  }),
);

test.serial('an error or an abort ends the raw view', (t) =>
  inFolder(async (folder) => {
    const image = { path: await viewed(folder), format: 'qcow2' } as const;
    let seen = '';
    const failing = withRawView(image, 'read-write', { signal, scratch: '/var/tmp' }, async (rawPath) => {
      seen = rawPath;
      throw new RangeError('mine');
    });
    await t.throwsAsync(failing, { instanceOf: RangeError });
    t.false(existsSync(seen));
    const controller = new AbortController();
    const aborted = withRawView(
      image,
      'read-write',
      { signal: controller.signal, scratch: '/var/tmp' },
      async (rawPath) => {
        seen = rawPath;
        controller.abort();
        await delay(100);
        controller.signal.throwIfAborted();
      },
    );
    await t.throwsAsync(aborted, { any: true, name: 'AbortError' });
    t.false(existsSync(seen));
  }),
);

test.serial('images that QEMU can’t open, or that name other files, are errors', (t) =>
  inFolder(async (folder) => {
    const overlay = await viewed(folder);
    const view = (path: string, format: 'qcow2' | 'raw' = 'qcow2') =>
      withRawView({ path, format }, 'read-write', { signal, scratch: '/var/tmp' }, async () => undefined);
    const unsaid = join(folder, 'unsaid.qcow2');
    await program`qemu-img create -q -f qcow2 -u -F raw -b ${overlay} ${unsaid} 24M`;
    damage(unsaid, '\xe2\x79\x2a\xca', '\0\0\0\0');
    await t.throwsAsync(view(unsaid), { instanceOf: ToolError, message: /format of its backing file/ });
    const network = join(folder, 'network.qcow2');
    await program`qemu-img create -q -f qcow2 -u -F raw -b nbd:localhost:1 ${network} 24M`;
    await t.throwsAsync(view(network), { instanceOf: ToolError, message: /not a local file/ });
    const elsewhere = join(folder, 'elsewhere.qcow2');
    await program`qemu-img create -q -f qcow2 -o data_file=${join(folder, 'data')} ${elsewhere} 24M`;
    await t.throwsAsync(view(elsewhere), { instanceOf: ToolError, message: /data is in another file/ });
    const damaged = join(folder, 'damaged.qcow2');
    writeFileSync(damaged, readFileSync(overlay).fill(9, 4, 8));
    await t.throwsAsync(view(damaged), { instanceOf: ToolError, message: /could not open the image/ });
    await withRawView(
      { path: overlay, format: 'qcow2' },
      'read-write',
      { signal, scratch: '/var/tmp' },
      async () => {
        await t.throwsAsync(view(overlay), { instanceOf: ToolError, message: /lock/ });
      },
    );
  }),
);

test.serial('nothing stays when this program is killed', (t) =>
  inFolder(async (folder) => {
    const overlay = await viewed(folder);
    const module = new URL('../../src/guest-access/direct/raw-view.js', import.meta.url).href;
    const script = `import { withRawView } from ${JSON.stringify(module)};
      await withRawView({ path: ${JSON.stringify(overlay)}, format: 'qcow2' }, 'read-write', { signal: new AbortController().signal, scratch: '/var/tmp' },
        (path) => { console.log(path); return new Promise((resolve) => setTimeout(resolve, 60_000)); });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      // The folder of a killed view stays; it shall stay in this test's.
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const rawPath = await new Promise<string>((resolve) => {
      child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    });
    t.is(statSync(rawPath).size, 24 * mega);
    child.kill('SIGKILL');
    for (let tries = 0; existsSync(rawPath) && tries < 100; tries += 1) await delay(20);
    t.false(existsSync(rawPath));
    t.notRegex(readFileSync('/proc/mounts', 'utf8'), /\/view-\d/);
  }),
);
