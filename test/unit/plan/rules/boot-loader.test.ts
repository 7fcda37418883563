import { readFileSync } from 'node:fs';
import test from 'ava';
import type { Facts, GuestNode, Kernel, RuleResult } from '../../../../src/model.js';
import { bootTarget } from '../../../../src/plan/boot-target.js';
import { bootLoaderRule } from '../../../../src/plan/rules/boot-loader.js';
import { requestOf } from '../sample-request.js';

const stock = (name: string) => readFileSync(`test/unit/boot-loaders/stock/${name}.cfg`, 'latin1');
const uuid = '11111111-2222-4333-8444-555555555555';

const kernel = (version: string, pv = true): Kernel => ({
  version,
  path: `/boot/vmlinuz-${version}`,
  config: {
    pv,
    reason: pv ? '' : 'CONFIG_XEN_PV is not set',
    blkfront: 'builtin',
    netfront: 'builtin',
    console: 'hvc0',
    xenOnly: false,
  },
  image: { compression: 'gzip', pv: true, reason: '' },
  initramfs: { path: `/boot/initrd.img-${version}`, modules: [], texts: new Map() },
});

const newer = kernel('6.1.0-18-amd64');
const older = kernel('5.10.0-28-amd64');

interface Given {
  readonly texts: Readonly<Record<string, string>>;
  readonly nodes?: Readonly<Record<string, GuestNode>>;
  readonly kernels?: readonly Kernel[];
  readonly mounts?: readonly string[];
}

function facts({ texts, nodes = {}, kernels = [newer, older], mounts = ['/'] }: Given): Facts {
  const files = Object.entries(texts).map(([path, text]): [string, GuestNode] => [
    path,
    { kind: 'file', text, mode: 0o644 },
  ]);
  const kernelFiles = kernels.flatMap(({ path, initramfs }) => [path, initramfs?.path ?? path]);
  const unread = kernelFiles.map((path): [string, GuestNode] => [path, { kind: 'unread', bytes: 1 }]);
  return {
    layout: {
      partitionTable: 'gpt',
      fileSystems: [{ device: '/dev/sda1', partition: 1, type: 'ext4', uuid }],
    },
    mounts: mounts.map((path) => ({ device: '/dev/sda1', path })),
    release: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
    architecture: 'amd64',
    initSystem: 'systemd',
    kernels,
    packages: new Map(),
    tree: new Map([...unread, ...files, ...Object.entries(nodes)]),
  };
}

const request = requestOf();
const apply = (given: Given): RuleResult => bootLoaderRule.apply(facts(given), request);
const codes = (given: Given) => apply(given).problems.map(({ code }) => code);
const withConfig = (config: string): Given => ({ texts: { '/boot/grub/grub.cfg': config } });

function after(given: Given): Given {
  const texts = { ...given.texts };
  for (const { path, node } of apply(given).edits) if (node.kind === 'file') texts[path] = node.text;
  return { ...given, texts };
}

const twoKernels: Given = {
  texts: {
    '/boot/grub/grub.cfg': stock('debian-12-two-kernels'),
    '/etc/default/grub':
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\n',
    '/etc/default/grub.d/README': 'GRUB_DEFAULT=saved\n',
  },
};

test('a stock Debian: the lines and the variable that they come from', (t) => {
  const { edits, problems, notices } = apply(twoKernels);
  t.deepEqual(problems, []);
  t.deepEqual(notices, []);
  t.deepEqual(
    edits.map(({ path }) => path),
    ['/boot/grub/grub.cfg', '/etc/default/grub'],
  );
  t.deepEqual(bootTarget(facts(after(twoKernels)), request.boot), {
    way: 'pygrub',
    kernel: '/boot/vmlinuz-6.1.0-18-amd64',
    initramfs: '/boot/initrd.img-6.1.0-18-amd64',
    commandLine: `root=UUID=${uuid} ro console=tty0 console=hvc0 quiet`,
  });
  t.deepEqual(apply(after(twoKernels)), { edits: [], problems: [], notices: [] });
});

test("the user hears of settings with a quote that isn't closed", (t) => {
  const settings = 'GRUB_DEFAULT=saved\nGRUB_CMDLINE_LINUX="quiet\n';
  const given: Given = {
    texts: { '/boot/grub/grub.cfg': stock('debian-12-flat-saved'), '/etc/default/grub': settings },
  };
  t.true(apply(given).notices.some(({ code }) => code === 'settings-unfinished'));
});

test('a saved default becomes 0, and the user hears of it', (t) => {
  const given: Given = {
    texts: {
      '/boot/grub/grub.cfg': stock('debian-12-flat-saved'),
      '/boot/grub/grubenv': `# GRUB Environment Block\nsaved_entry=gnulinux-5.10.0-28-amd64-advanced-${uuid}\n`,
      '/etc/default/grub': 'GRUB_DEFAULT=saved\nGRUB_DISABLE_LINUX_UUID=true\n',
    },
  };
  t.deepEqual(apply(given).notices, [
    {
      code: 'default-entry-changed',
      message:
        'GRUB booted "Debian GNU/Linux, with Linux 5.10.0-28-amd64" by default; now it boots "Debian GNU/Linux, with Linux 6.1.0-18-amd64", as pygrub does',
    },
  ]);
  t.is(after(given).texts['/etc/default/grub'], 'GRUB_DEFAULT=0\nGRUB_DISABLE_LINUX_UUID=false\n');
  t.deepEqual(apply(after(given)), { edits: [], problems: [], notices: [] });
});

const flat = (index: number, inSettings = index): Given => ({
  texts: {
    '/boot/grub/grub.cfg': stock('debian-12-flat-saved').replace(
      /set default="\$\{saved_entry\}"/,
      `set default="${index}"`,
    ),
    '/etc/default/grub': `GRUB_DEFAULT=${inSettings}\n`,
  },
});

test('a number that GRUB and pygrub understand alike stays', (t) => {
  t.is(after(flat(2)).texts['/etc/default/grub'], 'GRUB_DEFAULT=2\n');
  t.is(bootTarget(facts(after(flat(2))), request.boot)?.kernel, '/boot/vmlinuz-5.10.0-28-amd64');
  t.is(after(flat(2, 1)).texts['/etc/default/grub'], 'GRUB_DEFAULT=0\n');
  t.is(after(flat(9)).texts['/etc/default/grub'], 'GRUB_DEFAULT=0\n');
});

test('a number that only one of them takes for a bootable entry goes', (t) => {
  const config = stock('debian-12-two-kernels').replace('set default="0"', 'set default="2"');
  const given: Given = { texts: { '/boot/grub/grub.cfg': config, '/etc/default/grub': 'GRUB_DEFAULT=2\n' } };
  t.is(after(given).texts['/etc/default/grub'], 'GRUB_DEFAULT=0\n');
});

const scripts: Given['nodes'] = { '/etc/grub.d/10_linux': { kind: 'unread', bytes: 1 } };

test('the first kernel cannot boot as PV: one that can gets the first entry, and a script repeats that', (t) => {
  const kernels = [kernel('6.1.0-18-amd64', false), older];
  const given: Given = { ...twoKernels, kernels, nodes: scripts };
  const { edits, problems, notices } = apply(given);
  t.deepEqual(problems, []);
  t.deepEqual(
    edits.map(({ path, node }) => [path, node.kind === 'file' ? node.mode : undefined]),
    [
      ['/boot/grub/grub.cfg', undefined],
      ['/etc/default/grub', undefined],
      ['/etc/grub.d/01_convert_image', 0o755],
    ],
  );
  t.regex(
    notices[0]?.message ?? '',
    /booted "Debian GNU\/Linux" by default; now it boots "Debian GNU\/Linux, with Linux 5\.10\.0-28-amd64"/,
  );
  t.like(bootTarget(facts(after(given)), request.boot), {
    kernel: '/boot/vmlinuz-5.10.0-28-amd64',
    commandLine: `root=UUID=${uuid} ro console=tty0 console=hvc0 quiet`,
  });
  t.deepEqual(apply(after(given)), { edits: [], problems: [], notices: [] });
  t.deepEqual(apply({ ...flat(2), kernels }).problems, [], 'the default may be another one for both');
  t.is(after({ ...flat(2), kernels }).texts['/etc/grub.d/01_convert_image'], undefined);
  t.deepEqual(
    codes({ ...twoKernels, kernels: [kernel('6.1.0-18-amd64', false)] }),
    [],
    "the kernels' rule refuses",
  );
});

test('no entry has the kernel that can boot as PV', (t) => {
  const other = { ...kernel('4.19.0-1-amd64'), path: '/boot/vmlinuz-4.19.0-1-amd64' };
  const kernels = [kernel('6.1.0-18-amd64', false), kernel('5.10.0-28-amd64', false), other];
  t.deepEqual(codes({ ...twoKernels, kernels }), ['default-entry-not-pv']);
});

test('what runs first, a hypervisor or a firmware menu, becomes second', (t) => {
  for (const first of ['multiboot2 /boot/xen.gz\nmodule2 /boot/vmlinuz-1 placeholder', 'fwsetup']) {
    const given = { ...withConfig(entry(first, "menuentry 'x' {") + entry(linux)), nodes: scripts };
    t.deepEqual(codes(given), []);
    t.is(bootTarget(facts(after(given)), request.boot)?.kernel, newer.path);
    t.deepEqual(apply(after(given)).edits, []);
  }
});

test('a menu.lst beside grub.cfg gets the same command lines', (t) => {
  const text = `default 0\ntitle x\nkernel ${newer.path} root=/dev/sda1 ro console=ttyS0\n`;
  const given = { texts: { ...twoKernels.texts, '/boot/grub/menu.lst': text } };
  t.is(
    after(given).texts['/boot/grub/menu.lst'],
    `default 0\ntitle x\nkernel ${newer.path} root=UUID=${uuid} ro console=hvc0\n`,
  );
  t.deepEqual(apply(after(given)).edits, []);
});

test('GRUB built for PV: its own choice counts, and the default stays', (t) => {
  const { boot } = requestOf(undefined, { boot: { way: 'pvgrub2', cannotUnpack: [] } });
  const grub = (given: Given) => bootLoaderRule.apply(facts(given), { ...request, boot });
  const config = stock('debian-12-two-kernels').replace('set default="0"', 'set default="1>2"');
  const given: Given = {
    texts: {
      ...twoKernels.texts,
      '/boot/grub/grub.cfg': config,
      '/etc/default/grub': 'GRUB_DEFAULT="1>2"\n',
    },
  };
  t.deepEqual(grub(given).problems, []);
  t.deepEqual(
    grub(given).edits.map(({ path }) => path),
    ['/boot/grub/grub.cfg'],
  );
  t.like(bootTarget(facts(given), boot), { way: 'pvgrub2', kernel: '/boot/vmlinuz-5.10.0-28-amd64' });
  const menu: Given = { texts: { '/boot/grub/menu.lst': 'title x\nkernel /vmlinuz-1\n' } };
  t.deepEqual(
    grub(menu).problems.map(({ code }) => code),
    ['menu-not-read'],
  );
  t.is(bootTarget(facts(menu), boot), undefined);
});

test('/boot on its own partition', (t) => {
  const config = stock('debian-12-two-kernels').replaceAll('\t/boot/', '\t/');
  const given: Given = {
    ...twoKernels,
    texts: { ...twoKernels.texts, '/boot/grub/grub.cfg': config },
    mounts: ['/', '/boot'],
  };
  t.is(bootTarget(facts(given), request.boot)?.kernel, '/boot/vmlinuz-6.1.0-18-amd64');
  t.deepEqual(codes(given), []);
  t.deepEqual(codes({ ...given, mounts: ['/'] }), ['boot-entry-file-missing']);
  const throughLink: Given = {
    ...twoKernels,
    mounts: ['/', '/boot'],
    nodes: { '/boot/boot': { kind: 'symlink', target: '.' } },
  };
  t.deepEqual(codes(throughLink), []);
});

test('a grub.cfg behind a symbolic link is edited by its usual name', (t) => {
  const { '/boot/grub/grub.cfg': config = '', ...texts } = twoKernels.texts;
  const given: Given = {
    texts: { ...texts, '/boot/grub2/grub.cfg': config },
    nodes: { '/boot/grub': { kind: 'symlink', target: 'grub2' } },
  };
  t.deepEqual(
    apply(given).edits.map(({ path }) => path),
    ['/boot/grub/grub.cfg', '/etc/default/grub'],
  );
});

const entry = (body: string, title = "menuentry 'Linux' {") => `${title}\n${body}\n}\n`;
const linux = `linux /boot/vmlinuz-${newer.version} ro\ninitrd /boot/initrd.img-${newer.version}`;

const refused: readonly (readonly [title: string, given: Given, code: string])[] = [
  ['nothing', { texts: {} }, 'no-boot-loader'],
  ['an empty menu.lst', { texts: { '/boot/grub/menu.lst': '' } }, 'no-linux-entries'],
  ['an empty extlinux.conf', { texts: { '/boot/extlinux/extlinux.conf': '' } }, 'no-linux-entries'],
  ['LILO', { texts: { '/etc/lilo.conf': '' } }, 'unsupported-boot-loader'],
  ['systemd-boot', { texts: { '/boot/efi/loader/loader.conf': '' } }, 'uki-or-bls-only'],
  [
    'unified kernel images',
    { texts: {}, nodes: { '/boot/efi/EFI/Linux/a.efi': { kind: 'unread', bytes: 1 } } },
    'uki-or-bls-only',
  ],
  ['blscfg', withConfig('insmod blscfg\nblscfg\n'), 'uki-or-bls-only'],
  ['linuxefi', withConfig(entry('linuxefi /boot/vmlinuz-1\ninitrdefi /boot/initrd-1')), 'linuxefi-entries'],
  ['an empty grub.cfg', withConfig(''), 'no-linux-entries'],
  [
    'a huge grub.cfg',
    { texts: {}, nodes: { '/boot/grub/grub.cfg': { kind: 'unread', bytes: 1e7 } } },
    'unreadable-by-pygrub',
  ],
  [
    'a hypervisor only',
    withConfig(entry('multiboot2 /boot/xen.gz\nmodule2 /boot/vmlinuz-1 placeholder') + entry('linux /x')),
    'hypervisor-default-entry',
  ],
  ['Latin-1', withConfig(entry(linux, "menuentry '\xe9' {")), 'unreadable-by-pygrub'],
  [
    '/boot in a logical volume',
    withConfig(entry(`set root='lvm/vg-root'\n${linux}`)),
    'unreadable-by-pygrub',
  ],
  [
    'a form of entry that pygrub rejects',
    withConfig(entry(linux, 'menuentry Linux {')),
    'unreadable-by-pygrub',
  ],
  [
    'two initrd files',
    withConfig(entry(linux.replace('initrd ', 'initrd /boot/ucode.img '))),
    'unreadable-by-pygrub',
  ],
  ['a line that goes on', withConfig(entry(linux.replace(' ro', ' ro \\\n quiet'))), 'unreadable-by-pygrub'],
  [
    'a variable in the path',
    withConfig(entry(linux.replace(' /boot/v', ' $prefix/v'))),
    'boot-entry-file-missing',
  ],
  ['a kernel that is gone', withConfig(entry(linux.replaceAll('6.1.0', '6.2.0'))), 'boot-entry-file-missing'],
  [
    'an initramfs that is gone',
    withConfig(entry(linux.replace('initrd.img', 'initrd'))),
    'boot-entry-file-missing',
  ],
];

for (const [title, given, code] of refused) {
  test(`refused: ${title}`, (t) => {
    t.deepEqual(codes(given), [code]);
    t.deepEqual(apply(given).edits, []);
    for (const { message, remedy } of apply(given).problems) t.true(message.length > 0 && remedy.length > 0);
  });
}

test('a guest without a target always gets a problem', (t) => {
  for (const [title, given] of refused) {
    if (bootTarget(facts(given), request.boot) === undefined) t.true(codes(given).length > 0, title);
  }
});
