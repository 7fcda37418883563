import { readFileSync } from 'node:fs';
import test from 'ava';
import type { BootWay, Facts, GuestNode, Kernel, RuleResult } from '../../../../src/model.js';
import { bootTarget } from '../../../../src/plan/boot-target.js';
import { bootLoaderRule } from '../../../../src/plan/rules/boot-loader.js';
import { guestTree } from '../../network/guest-tree-of.js';
import { configOfKernel, factsOf, kernelOf, rootUuid } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const legacyMenu = readFileSync('test/unit/boot-loaders/stock/debian-12-menu.lst', 'latin1');
const [newer, older] = [kernelOf('6.1.0-18-amd64'), kernelOf('5.10.0-28-amd64')];
const notPv = (kernel: Kernel): Kernel => ({
  ...kernel,
  config: { ...configOfKernel, pv: false, reason: 'why' },
});
const menuPath = '/boot/grub/menu.lst';

interface Given {
  readonly files: Readonly<Record<string, string | GuestNode>>;
  readonly kernels?: readonly Kernel[];
  readonly mounts?: Facts['mounts'];
}

const guest = ({ files, kernels = [newer, older], mounts }: Given): Facts =>
  factsOf({}, { kernels, tree: guestTree(files), ...(mounts === undefined ? {} : { mounts }) });
const request = (way: BootWay | 'auto' = 'auto') => requestOf(undefined, { boot: { way, cannotUnpack: [] } });
const apply = (given: Given, way?: BootWay): RuleResult => bootLoaderRule.apply(guest(given), request(way));
const messages = (given: Given) => apply(given).notices.map(({ message }) => message);
const codes = ({ problems }: RuleResult) => problems.map(({ code }) => code);

function after(given: Given): Given {
  const files = { ...given.files };
  for (const { path, node } of apply(given).edits) if (node.kind === 'file') files[path] = node.text;
  return { ...given, files };
}

const legacy = (menu = legacyMenu, files: Given['files'] = {}): Given => ({
  files: { [menuPath]: menu, ...files },
});
const settled = (given: Given) => apply(after(given)).edits.length === 0;

test('GRUB legacy: a stock menu gets a root that holds and nothing else', (t) => {
  const now = after(legacy()).files[menuPath];
  const expected = legacyMenu.replaceAll(/^(# kopt=|kernel.*) ?root=\/dev\/sda1/gm, (line) =>
    line.replace('/dev/sda1', `UUID=${rootUuid}`),
  );
  t.is(now, expected);
  t.true(settled(legacy()));
  t.like(bootTarget(guest(after(legacy())), request().boot), {
    way: 'pygrub',
    kernel: newer.path,
    initramfs: '/boot/initrd.img-6.1.0-18-amd64',
    commandLine: `root=UUID=${rootUuid} ro`,
  });
});

test('GRUB legacy: by files kept in dom0, the same boots; GRUB built for PV reads no menu.lst', (t) => {
  const given = after(legacy());
  t.like(bootTarget(guest(given), request('kernel').boot), { way: 'kernel', kernel: newer.path });
  t.deepEqual(codes(apply(given, 'pvgrub2')), ['menu-not-read']);
});

test('GRUB legacy: /boot on its own partition', (t) => {
  const menu = legacyMenu
    .replaceAll(/^(kernel|initrd)\t\t\/boot/gm, '$1\t\t')
    .replace(/^title[\s\S]*5\.10[\s\S]*?(?=### END)/m, '');
  const given = {
    ...legacy(menu),
    mounts: [
      { device: '/dev/sda1', path: '/' },
      { device: '/dev/sda2', path: '/boot' },
    ],
  };
  t.deepEqual(codes(apply(given)), []);
  t.is(bootTarget(guest(after(given)), request().boot)?.kernel, newer.path);
  t.regex(String(after(given).files[menuPath]), /^kernel\t\t\/vmlinuz-5\.10\.0-28-amd64 /m);
  t.true(settled(given));
});

const xen = kernelOf('2.6.24-24-xen', { config: { ...configOfKernel, xenOnly: true, console: 'xvc0' } });
const server = notPv(kernelOf('2.6.24-26-server'));
const hardyMenu = legacyMenu
  .replaceAll('6.1.0-18-amd64', server.version)
  .replace(/^title.*5\.10[\s\S]*(?=### END)/m, '')
  .replace('# savedefault=false', '# savedefault=false\n\n# in_domU=detect');

test('GRUB legacy: a kernel for Xen only is first, one for HVM second, to which GRUB falls back', (t) => {
  const given: Given = { ...legacy(hardyMenu), kernels: [server, xen] };
  t.deepEqual(codes(apply(given)), []);
  const text = String(after(given).files[menuPath]);
  t.deepEqual(text.match(/^(?:default|timeout|fallback|title).*$/gm)?.slice(0, 5), [
    'default\t\t0',
    'timeout\t\t5',
    'fallback\t\t1',
    'title\t\tDebian GNU/Linux, kernel 2.6.24-24-xen (Xen PV)',
    'title\t\tDebian GNU/Linux, kernel 2.6.24-26-server (HVM)',
  ]);
  t.regex(text, /^# in_domU=true$/m);
  t.deepEqual(
    apply(given).notices.map(({ code }) => code),
    ['default-entry-changed', 'boot-menu-by-hand', 'xen-only-kernel'],
  );
  t.is(
    messages(given)[0],
    'GRUB booted "Debian GNU/Linux, kernel 2.6.24-26-server" by default; now it boots "Debian GNU/Linux, kernel 2.6.24-24-xen (Xen PV)", as pygrub does',
  );
  t.regex(messages(given)[1] ?? '', /\(Xen PV\)" in \/boot\/grub\/menu\.lst stays the default/);
  t.regex(messages(given)[2] ?? '', /falls back to "Debian GNU\/Linux, kernel 2\.6\.24-26-server \(HVM\)"/);
  t.true(settled(given));
});

/** As the facts of a kernel whose configuration rules PV out: its initramfs isn't read. */
const { initramfs: _, ...withoutInitramfs } = server;
const linesOf = (text: unknown, version: string) =>
  String(text).match(new RegExp(`^(?:kernel|initrd)\\s+\\S*${version.replaceAll('.', '\\.')}`, 'gm')) ?? [];

const initramfsCases: readonly [string, Given][] = [
  ["from the menu's own entry", legacy(hardyMenu)],
  [
    'by its name, where update-grub does not list the kernel',
    legacy(hardyMenu.replace(/^title[\s\S]*(?=### END)/m, ''), {
      [`/boot/initrd.img-${server.version}`]: { kind: 'unread', bytes: 1 },
    }),
  ],
];

for (const [title, given] of initramfsCases) {
  test(`GRUB legacy: the entry for HVM has its initramfs, ${title}`, (t) => {
    const text = after({ ...given, kernels: [xen, withoutInitramfs] }).files[menuPath];
    const [, fallback = ''] = String(text).match(/^title[^\n]*\n(?:[^\n]+\n)+/gm) ?? [];
    t.regex(fallback, /\(HVM\)\n/);
    t.deepEqual(linesOf(fallback, server.version), [
      `kernel\t\t/boot/vmlinuz-${server.version}`,
      `initrd\t\t/boot/initrd.img-${server.version}`,
    ]);
  });
}

test('GRUB legacy: a kernel without an initramfs gets none', (t) => {
  const own = hardyMenu.replaceAll(/^initrd.*\n/gm, '');
  const text = after({ ...legacy(own), kernels: [xen, withoutInitramfs] }).files[menuPath];
  t.deepEqual(String(text).match(/^initrd.*server.*$/gm), null);
});

const resumes = (kernel: Kernel): Kernel => ({
  ...kernel,
  initramfs: {
    path: `/boot/initrd.img-${kernel.version}`,
    modules: ['xen-blkfront'],
    texts: new Map([['conf/conf.d/resume', 'RESUME=/dev/sda7\n']]),
  },
});

test('GRUB legacy: what to resume from stands in normal entries and in defoptions', (t) => {
  const given: Given = { ...legacy(), kernels: [resumes(newer), older] };
  const now = String(after(given).files[menuPath]);
  t.regex(now, /^# defoptions=noresume$/m);
  t.deepEqual(
    now.match(/^kernel.* ro.*$/gm)?.map((line) => line.replace(/^.* ro/, 'ro').trim()),
    ['ro noresume', 'ro single', 'ro noresume', 'ro single'],
  );
  t.true(settled(given));
});

test('GRUB legacy: another entry by default is told of; the same one is not', (t) => {
  const saved = legacyMenu.replace(/^default\t\t0/m, 'default saved');
  t.deepEqual(messages(legacy()), []);
  t.deepEqual(messages(legacy(saved)), [
    'GRUB booted the entry that was chosen last by default; now it boots "Debian GNU/Linux, kernel 6.1.0-18-amd64", as pygrub does',
  ]);
});

test('GRUB legacy: a kernel for Xen only, and none for HVM', (t) => {
  const given: Given = { ...legacy(hardyMenu), kernels: [xen] };
  t.deepEqual(codes(apply(given)), []);
  t.regex(messages(given).at(-1) ?? '', /there is no kernel for HVM/);
  t.true(settled(given));
});

test('GRUB legacy: the default stays where it is a PV kernel of the user', (t) => {
  const own = `default 1\ntimeout 3\ntitle a\nkernel ${newer.path} root=UUID=${rootUuid} a\n\ntitle b\nkernel ${older.path} root=UUID=${rootUuid} b\n`;
  t.deepEqual(apply(legacy(own)).edits, []);
  const other: Given = { ...legacy(own), kernels: [newer, notPv(older)] };
  t.is(after(other).files[menuPath], own.replace('default 1', 'default 0'));
  t.is(
    after(legacy(own.replace('default 1', 'default saved'))).files[menuPath],
    own.replace('default 1', 'default 0'),
  );
});

test('GRUB legacy: what cannot be brought to boot', (t) => {
  const hypervisor = 'timeout 5\ntitle x\nkernel /boot/xen.gz\nmodule /boot/vmlinuz-6.1.0-18-amd64\n';
  t.deepEqual(codes(apply(legacy('timeout 5\n'))), ['no-linux-entries']);
  t.deepEqual(codes(apply(legacy(hypervisor))), ['hypervisor-default-entry']);
  t.deepEqual(codes(apply(legacy('title \xe9\nkernel /boot/vmlinuz-6.1.0-18-amd64\n'))), [
    'unreadable-by-pygrub',
  ]);
  t.deepEqual(codes(apply({ files: { [menuPath]: { kind: 'unread', bytes: 1e7 } } })), [
    'unreadable-by-pygrub',
  ]);
});

// --------------------------------------------------------------------------------------------------------------- extlinux

const extlinuxPath = '/boot/extlinux/extlinux.conf';
const extlinuxMenu = `default l0\nprompt 0\ntimeout 50\n\nlabel l0\n\tlinux ${newer.path}\n\tinitrd ${newer.initramfs?.path}\n\tappend root=/dev/sda1 ro console=ttyS0\n\nlabel l1\n\tlinux ${older.path}\n\tinitrd ${older.initramfs?.path}\n\tappend root=/dev/sda1 ro\n`;
const extlinux = (kernels?: readonly Kernel[]): Given => ({
  files: {
    [extlinuxPath]: extlinuxMenu,
    [menuPath]: legacyMenu,
    '/etc/default/u-boot': '#U_BOOT_UPDATE="true"\n',
  },
  ...(kernels === undefined ? {} : { kernels }),
});

test('extlinux: found before a menu.lst; entries in words that pygrub knows', (t) => {
  const given = extlinux();
  t.deepEqual(codes(apply(given)), []);
  t.deepEqual(
    apply(given).edits.map(({ path }) => path),
    [extlinuxPath, '/etc/default/u-boot'],
  );
  t.deepEqual(bootTarget(guest(after(given)), request().boot), {
    way: 'pygrub',
    kernel: newer.path,
    initramfs: newer.initramfs?.path ?? '',
    commandLine: `root=UUID=${rootUuid} ro console=hvc0`,
  });
  t.is(after(given).files['/etc/default/u-boot'], '#U_BOOT_UPDATE="true"\nU_BOOT_UPDATE=false\n');
  t.true(settled(given));
  t.deepEqual(
    apply(given).notices.map(({ code }) => code),
    ['boot-menu-by-hand'],
  );
});

test('extlinux: another label by default where the first cannot boot PV', (t) => {
  const given = extlinux([notPv(newer), older]);
  t.regex(String(after(given).files[extlinuxPath]), /^default l1$/m);
  t.is(bootTarget(guest(after(given)), request().boot)?.kernel, older.path);
  t.is(messages(given)[0], 'extlinux booted l0 by default; now it boots l1, as pygrub does');
  t.true(settled(given));
  t.deepEqual(codes(apply(extlinux([newer, older].map(({ version }) => kernelOf(`${version}x`))))), [
    'boot-entry-file-missing',
  ]);
});

test('extlinux: what to resume from stands in normal entries', (t) => {
  const given = extlinux([resumes(newer), older]);
  t.regex(String(after(given).files[extlinuxPath]), /^\tappend .*ro console=hvc0 noresume$/m);
  t.is(String(after(given).files[extlinuxPath]).match(/noresume/g)?.length, 2);
  t.true(settled(given));
});
