import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { parseMenu } from '../../../src/boot-loaders/grub-legacy.js';
import {
  completeMenuCommandLines,
  mapMenuCommandLines,
} from '../../../src/boot-loaders/grub-legacy-command-lines.js';
import { setInDomU, setMenuSetting, setMenuTimeout } from '../../../src/boot-loaders/grub-legacy-edit.js';
import { addKernelEntries, addStaticEntries } from '../../../src/boot-loaders/grub-legacy-entries.js';
import { toPvCommandLine } from '../../../src/guest-files/kernel-command-line.js';

/** What Debian 12's update-grub of GRUB legacy wrote for two kernels. */
const stock = readFileSync('test/unit/boot-loaders/stock/debian-12-menu.lst', 'latin1');
const mapDevice = (path: string) => (path === '/dev/sda1' ? 'UUID=u' : undefined);
const toPv = (text: string) => toPvCommandLine(text, { console: 'hvc0', mapDevice });
const linesOf = (text: string) =>
  text.match(/^kernel.*$/gm)?.map((line) => line.split(/\s+/).slice(1).join(' '));

test('the real menu', (t) => {
  const menu = parseMenu(stock);
  t.deepEqual(
    menu.entries.map(({ title, linux, initramfs, isAutomatic }) => [
      title,
      linux?.kernel,
      initramfs,
      isAutomatic,
    ]),
    ['6.1.0-18-amd64', '5.10.0-28-amd64'].flatMap((version) =>
      ['', ' (single-user mode)'].map((suffix) => [
        `Debian GNU/Linux, kernel ${version}${suffix}`,
        `/boot/vmlinuz-${version}`,
        `/boot/initrd.img-${version}`,
        true,
      ]),
    ),
  );
  t.deepEqual(
    menu.settings.map(({ name, value }) => [name, value]),
    [
      ['default', '0'],
      ['timeout', '5'],
    ],
  );
  t.deepEqual(Object.fromEntries(menu.options.map(({ name, value }) => [name, value])), {
    alternative: 'true',
    altoptions: '(single-user mode) single',
    defoptions: '',
    groot: '(hd0,0)',
    howmany: 'all',
    kopt: 'root=/dev/sda1 ro',
    lockalternative: 'false',
    lockold: 'false',
    memtest86: 'true',
    savedefault: 'false',
    updatedefaultentry: 'false',
    xenhopt: '',
    xenkopt: 'console=tty0',
  });
});

const mixed = `default=1 # x
title\tWindows
rootnoverify (hd0,1)
chainloader +1

title Xen 4 / Debian
kernel /boot/xen-4.gz dom0_mem=1G
module /boot/vmlinuz-1 root=/dev/sda1 console=ttyS0
module /boot/initrd-1
title memtest
kernel (hd0,0)/boot/memtest86+.bin console=ttyS0
title Linux
\tkernel\t(hd0,0)/boot/vmlinuz-1   root=/dev/sda1 ro\x20
  initrd (hd0,0)/boot/initrd-1\r
`;

test('entries of several kinds', (t) => {
  t.deepEqual(
    parseMenu(mixed).entries.map(({ title, linux, initramfs, isHypervisor, isAutomatic }) => [
      title,
      linux?.kernel,
      initramfs,
      isHypervisor,
      isAutomatic,
    ]),
    [
      ['Windows', undefined, undefined, false, false],
      ['Xen 4 / Debian', '/boot/vmlinuz-1', undefined, true, false],
      ['memtest', undefined, undefined, false, false],
      ['Linux', '(hd0,0)/boot/vmlinuz-1', '(hd0,0)/boot/initrd-1', false, false],
    ],
  );
});

test('command lines: of Linux only, all else stays', (t) => {
  t.is(
    mapMenuCommandLines(mixed, toPv),
    mixed
      .replace('vmlinuz-1 root=/dev/sda1 console=ttyS0', 'vmlinuz-1 root=UUID=u console=hvc0')
      .replace('root=/dev/sda1 ro', 'root=UUID=u ro'),
  );
});

test('command lines: options and the entries made of them, as update-grub will make them', (t) => {
  const text = stock
    .replace(/^# kopt=.*$/m, '# kopt=root=/dev/sda1 ro console=tty0 console=ttyS0')
    .replace(/^# defoptions=$/m, '# defoptions=quiet console=ttyS0')
    .replaceAll(/(root=\/dev\/sda1 ro) $/gm, '$1 console=tty0 console=ttyS0 quiet console=ttyS0')
    .replaceAll(/(root=\/dev\/sda1 ro) single$/gm, '$1 console=tty0 console=ttyS0 single');
  const after = mapMenuCommandLines(text, toPv);
  t.regex(after, /^# kopt=root=UUID=u ro console=tty0 console=hvc0$/m);
  t.regex(after, /^# defoptions=quiet console=hvc0$/m);
  t.regex(after, /^# altoptions=\(single-user mode\) single$/m);
  t.deepEqual(linesOf(after)?.slice(0, 2), [
    '/boot/vmlinuz-6.1.0-18-amd64 root=UUID=u ro console=tty0 console=hvc0 quiet console=hvc0',
    '/boot/vmlinuz-6.1.0-18-amd64 root=UUID=u ro console=tty0 console=hvc0 single',
  ]);
});

test('where update-grub runs', (t) => {
  const hardy = stock.replace('# savedefault=false', '# savedefault=false\n\n# in_domU=detect');
  t.is(
    setInDomU(hardy, () => true),
    hardy.replace('in_domU=detect', 'in_domU=true'),
  );
  const xenial = stock.replace('# savedefault=false', '# savedefault=false\n\n# indomU=false');
  t.is(
    setInDomU(xenial, () => false),
    xenial.replace('indomU=false', 'indomU=true'),
  );
  t.is(
    setInDomU(stock, () => false),
    stock,
  );
  t.regex(
    setInDomU(stock, (name) => name === 'indomU'),
    /\n# indomU=true\n\n## ## End Default Options ##\n/,
  );
  t.is(
    setInDomU(mixed, () => true),
    mixed,
  );
});

const settings: readonly (readonly [before: string, after: string])[] = [
  ['timeout 5\n', 'timeout 5\n'],
  ['timeout\t\t-1\n', 'timeout\t\t5\n'],
  ['timeout=x\ntimeout 3\n', 'timeout=x\ntimeout 3\n'],
  ['default 0\n#\ntitle a\n', 'default 0\ntimeout\t\t5\n#\ntitle a\n'],
  ['# a\n\ntitle a\ntimeout 3\n', '# a\n\ntimeout\t\t5\n\ntitle a\ntimeout 3\n'],
];

for (const [before, after] of settings) {
  test(`a timeout that ends: ${JSON.stringify(before)}`, (t) => {
    t.is(setMenuTimeout(before), after);
    t.is(setMenuTimeout(after), after);
  });
}

const kernelOf = (version: string, isListed = true) => ({
  version,
  kernel: `/boot/vmlinuz-${version}`,
  initramfs: `/boot/initrd.img-${version}`,
  isListed,
});
const defaults = { title: 'Debian GNU/Linux' };
const [newer, older] = ['6.1.0-18-amd64', '5.10.0-28-amd64'].map((version) => kernelOf(version));
const known = newer === undefined || older === undefined ? [] : [newer, older];
const titles = (text: string) => parseMenu(text).entries.map(({ title }) => title.replace(/^.*kernel /, ''));

test('entries for kernels without one, in their order', (t) => {
  const added = addKernelEntries(
    stock,
    [
      kernelOf('6.5'),
      ...known.slice(0, 1),
      kernelOf('6.0'),
      kernelOf('5.15', false),
      ...known.slice(1),
      kernelOf('4.9'),
    ],
    defaults,
  );
  t.deepEqual(
    titles(added),
    ['6.5', '6.1.0-18-amd64', '6.0', '5.10.0-28-amd64', '4.9'].flatMap((version) => [
      version,
      `${version} (single-user mode)`,
    ]),
  );
  t.true(added.endsWith('### END DEBIAN AUTOMAGIC KERNELS LIST\n'));
  t.is(
    added.replaceAll(/^title.*kernel (?:6\.5|6\.0|4\.9)(?: .*)?\n(?:.+\n)+\n/gm, ''),
    stock,
    'everything else stays',
  );
  t.is(addKernelEntries(stock, known, defaults), stock);
  t.is(addKernelEntries(mixed, known, defaults), mixed);
});

test('entries for kernels in an empty list are composed of the options', (t) => {
  const empty = stock.replace(/^title[\s\S]*(?=### END)/m, '');
  const added = addKernelEntries(empty, [kernelOf('6.5')], defaults);
  const entry =
    'title\t\tDebian GNU/Linux, kernel 6.5\nroot\t\t(hd0,0)\nkernel\t\t/boot/vmlinuz-6.5 root=/dev/sda1 ro\ninitrd\t\t/boot/initrd.img-6.5\n\n';
  t.is(added, empty.replace(/(?=### END)/, entry));
});

test('static entries stand before everything that boots', (t) => {
  const wanted = [
    { kernel: kernelOf('6.5'), suffix: '(Xen PV)' },
    { kernel: kernelOf('5.10.0-28-amd64'), suffix: '(HVM)' },
  ];
  const after = addStaticEntries(stock, wanted) ?? '';
  t.deepEqual(titles(after).slice(0, 3), ['6.5 (Xen PV)', '5.10.0-28-amd64 (HVM)', '6.1.0-18-amd64']);
  t.deepEqual(
    parseMenu(after).entries.map(({ isAutomatic }) => isAutomatic),
    [false, false, true, true, true, true],
  );
  t.deepEqual(linesOf(after)?.slice(0, 2), [
    '/boot/vmlinuz-6.5 root=/dev/sda1 ro',
    '/boot/vmlinuz-5.10.0-28-amd64 root=/dev/sda1 ro',
  ]);
  t.is(addStaticEntries('timeout 5\ntitle x\nchainloader +1\n', wanted), undefined);
  t.true(addStaticEntries(mixed, wanted)?.includes('(hd0,0)/boot/vmlinuz-6.5   root') === false);
});

// ------------------------------------------------------------------------------------------------------------ properties

const line = fc.constantFrom(
  ...[
    'title a',
    'title b (single-user mode)',
    'root (hd0,0)',
    'kernel /boot/vmlinuz-1 root=/dev/sda1 console=ttyS0',
  ],
  ...[
    'kernel (hd0,0)/vmlinuz-2',
    'initrd /boot/initrd-1',
    'module /boot/vmlinuz-1 nopv',
    '',
    '# x',
    'default 0',
    'timeout',
  ],
  ...[
    '### BEGIN AUTOMAGIC KERNELS LIST',
    '### END DEBIAN AUTOMAGIC KERNELS LIST',
    '## ## Start Default Options ##',
  ],
  ...[
    '## ## End Default Options ##',
    '# kopt=root=/dev/sda1 console=ttyS0',
    '# indomU=detect',
    '# defoptions=nopv',
  ],
);
const menus = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n'));

test('any menu: every range is in the text, and entries come one after the other', (t) => {
  fc.assert(
    fc.property(fc.oneof(menus, fc.string({ unit: 'binary' })), (text) => {
      const { entries, settings, options } = parseMenu(text);
      const ranges = [...settings, ...options].map(
        ({ range, value }) => text.slice(range.start, range.end) === value,
      );
      const ordered = entries.every(
        ({ range }, index) => range.end <= (entries[index + 1]?.range.start ?? text.length),
      );
      return ranges.every(Boolean) && ordered;
    }),
  );
  t.pass();
});

test('any menu: twice is once, and lines that are no command line stay', (t) => {
  fc.assert(
    fc.property(menus, (text) => {
      const edit = (before: string) =>
        setMenuTimeout(setInDomU(mapMenuCommandLines(before, toPv), () => false));
      const once = edit(text);
      if (edit(once) !== once) throw new Error(JSON.stringify({ once, twice: edit(once) }));
      const kept = (whole: string) =>
        whole.split('\n').filter((one) => /^(?:title|root|initrd|###|# x)/.test(one));
      return kept(once).join() === kept(text).join();
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('any menu: entries that are added leave all others', (t) => {
  fc.assert(
    fc.property(menus, (text) => {
      const kernels = [kernelOf('9'), kernelOf('1'), kernelOf('0')];
      const before = titles(text);
      const after = titles(addKernelEntries(text, kernels, defaults));
      const rest = after.filter((title) => !/^(?:9|0|Debian GNU\/Linux, kernel .*)$/.test(title));
      return (
        after.length >= before.length && rest.length >= before.filter((title) => title !== '').length - 0
      );
    }),
  );
  t.pass();
});

test('a setting', (t) => {
  t.is(setMenuSetting('default saved # x\ntitle a\n', 'default', '2'), 'default 2\ntitle a\n');
  t.is(setMenuSetting('', 'default', '0'), 'default\t\t0\n\n');
});

test('xenkopt is for a hypervisor in the guest: changed only where it names an emulated device', (t) => {
  const option = (value: string) =>
    stock
      .replace('# xenkopt=console=tty0', `# xenkopt=${value}`)
      .replace('# kopt=root=/dev/sda1', '# kopt=root=x');
  const mapped = (value: string) => /^# xenkopt=(.*)$/m.exec(mapMenuCommandLines(option(value), toPv))?.[1];
  t.is(mapped('console=tty0'), 'console=tty0');
  t.is(mapped('console=tty0 console=ttyS0'), 'console=tty0 console=hvc0');
  t.is(mapped('resume=/dev/sda1'), 'resume=UUID=u');
});

const complete = (line: string) =>
  / single| noresume/.test(` ${line}`) ? line : `${line.trimEnd()} noresume`;

test('completing: defoptions, and what update-grub makes of it', (t) => {
  const completed = completeMenuCommandLines(stock, complete);
  t.is(
    completed,
    stock.replace('# defoptions=', '# defoptions=noresume').replaceAll(/^(kernel.* ro) ?$/gm, '$1 noresume'),
  );
  t.is(completeMenuCommandLines(completed, complete), completed);
});

test('completing: an option line that is missing; lines in another form', (t) => {
  const bare = stock.replace(/^# defoptions=\n/m, '').replace(/ ro $/m, ' ro x');
  const completed = completeMenuCommandLines(bare, complete);
  t.regex(completed, /^# defoptions=noresume\n\n## ## End Default Options ##$/m);
  t.deepEqual(
    linesOf(completed)?.map((line) => line.replace(/^.*ro/, 'ro')),
    ['ro x noresume', 'ro single', 'ro noresume', 'ro single'],
  );
  t.is(completeMenuCommandLines(completed, complete), completed);
  t.is(completeMenuCommandLines(mixed, complete), mixed.replace('ro \n', 'ro noresume\n'));
});
