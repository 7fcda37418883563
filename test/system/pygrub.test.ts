import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { readAsPygrub, readExtlinuxAsPygrub, readMenuAsPygrub } from '../../src/boot-loaders/pygrub.js';
import { run } from '../../src/tools/run.js';

/** The real pygrub of package xen-utils says what ours has to say. It runs unprivileged, on images without loop devices. */

interface Booted {
  readonly kernel: string;
  readonly initramfs: string | undefined;
  readonly commandLine: string;
}

interface Case {
  readonly title: string;
  /** A byte string. */
  readonly config: string;
  /** What makes the case worth having; the comparison itself needs no expectation. */
  readonly boots: boolean;
}

const entry = (body: string, title = "menuentry 'Linux' --class os {") => `${title}\n${body}\n}\n`;
const one = entry('linux /vmlinuz-1 root=/dev/xvda1 ro one\ninitrd /initrd-1');
const two = entry('\tlinux\t/vmlinuz-2 root=/dev/xvda1 two', "menuentry 'Two' {");
const three = entry('linux /vmlinuz-3 three\ninitrd /initrd-3', "menuentry 'Three' --id three {");
const withRoot = (root: string) => entry(`set root=${root}\nlinux /vmlinuz-1 a`);

const cases: readonly Case[] = [
  { title: 'one entry', config: one, boots: true },
  { title: 'no initramfs, tabs', config: two, boots: true },
  { title: 'default by number', config: `set default="1"\n${one}${two}`, boots: true },
  {
    title: 'a submenu does not count',
    config: `set default=2\n${one}submenu 'x' {\n${two}${three}}\n`,
    boots: true,
  },
  {
    title: 'the last default wins, whatever the condition',
    config: `if [ a ]; then\nset default=2\nelse\nset default="1"\nfi\n${one}${two}${three}`,
    boots: true,
  },
  {
    title: 'saved_entry counts as 0',
    config: `set default=1\nset default="\${saved_entry}"\n${one}${two}`,
    boots: true,
  },
  {
    title: 'next_entry counts as 0',
    config: `set default=1\nset default="\${next_entry}"\n${one}${two}`,
    boots: true,
  },
  { title: 'a plain assignment of default is not seen', config: `default=1\n${one}${two}`, boots: true },
  { title: 'default with an underscore and a sign', config: `set default="+0_1"\n${one}${two}`, boots: true },
  { title: 'default by title', config: `set default="Two"\n${one}${two}`, boots: true },
  { title: 'default by path', config: `set default="1>0"\n${one}${two}`, boots: true },
  { title: 'default behind a blank is no number', config: `set default= "1"\n${one}${two}`, boots: true },
  { title: 'default beyond the last entry', config: `set default=9\n${one}${two}`, boots: true },
  { title: 'default just beyond the last entry', config: `set default=2\n${one}${two}`, boots: true },
  { title: 'a negative default', config: `set default=-1\n${one}`, boots: false },
  { title: 'default with two equal signs', config: `set default="a=b"\n${one}`, boots: false },
  { title: 'set without a value', config: `set default\n${one}`, boots: false },
  { title: 'set with three words', config: `set default a b\n${one}`, boots: false },
  { title: 'set with two words', config: `set default 1\n${one}${two}`, boots: true },
  { title: 'what follows the closing quote is lost', config: `set default="1"x\n${one}${two}`, boots: true },
  { title: 'the default entry has no kernel', config: entry('fwsetup'), boots: false },
  { title: 'another entry has no kernel', config: `${one}${entry('fwsetup')}`, boots: true },
  { title: 'no entry at all', config: 'set timeout=5\n', boots: false },
  { title: 'empty', config: '', boots: false },
  { title: 'no blank before the brace', config: entry('linux /vmlinuz-1 a', "menuentry 'x'{"), boots: false },
  {
    title: 'no blank before the brace, within a submenu',
    config: `submenu 'x' {\nmenuentry 'x'{\nlinux /vmlinuz-1 a\n}\n}\n`,
    boots: false,
  },
  { title: 'an unquoted title', config: entry('linux /vmlinuz-1 a', 'menuentry x {'), boots: false },
  { title: 'a title in double quotes', config: entry('linux /vmlinuz-1 a', 'menuentry "x" {'), boots: true },
  {
    title: 'a title with a quote in it',
    config: entry('linux /vmlinuz-1 a', "menuentry 'It'\\''s it' --id x {"),
    boots: true,
  },
  {
    title: 'two blanks before the title',
    config: entry('linux /vmlinuz-1 a', "menuentry  'x' {"),
    boots: false,
  },
  { title: 'a menuentry inside a menuentry', config: `menuentry 'a' {\n${one}}\n`, boots: false },
  {
    title: 'an entry that is never closed',
    config: `${one}menuentry 'a' {\nlinux /vmlinuz-2 a\n`,
    boots: false,
  },
  { title: 'a brace too many', config: `${one}}\n`, boots: false },
  {
    title: 'functions are skipped',
    config: `function f {\nset default=1\nmenuentry 'x'{\n}\n${one}${two}`,
    boots: true,
  },
  {
    title: 'a function on one line swallows what follows',
    config: `function f { true; }\n${one}${two}`,
    boots: true,
  },
  {
    title: 'if in an entry: the last lines win',
    config: entry('if [ a ]; then\nlinux /vmlinuz-1 a\ninitrd /initrd-1\nelse\nlinux /vmlinuz-2 b\nfi'),
    boots: true,
  },
  {
    title: 'two initrd files',
    config: entry('linux /vmlinuz-1 a\ninitrd /initrd-1 /initrd-2'),
    boots: false,
  },
  { title: 'initrd without a file', config: entry('linux /vmlinuz-1 a\ninitrd'), boots: true },
  { title: 'linux without a file', config: entry('linux'), boots: false },
  { title: 'linux without arguments', config: entry('linux /vmlinuz-1'), boots: true },
  { title: 'only a tab before the arguments', config: entry('linux /vmlinuz-1\ta'), boots: false },
  {
    title: 'a tab before the first of several arguments',
    config: entry('linux /vmlinuz-1\ta b'),
    boots: true,
  },
  {
    title: 'many blanks',
    config: entry('  linux   /vmlinuz-1   a   b   \n  initrd   /initrd-1  '),
    boots: true,
  },
  { title: 'linux16 and initrd16', config: entry('linux16 /vmlinuz-1 a\ninitrd16 /initrd-1'), boots: true },
  {
    title: 'linuxefi and initrdefi',
    config: entry('linuxefi /vmlinuz-1 a\ninitrdefi /initrd-1'),
    boots: false,
  },
  {
    title: 'a hypervisor',
    config: entry('multiboot2 /xen.gz\nmodule2 /vmlinuz-1 placeholder a\nmodule2 /initrd-1'),
    boots: false,
  },
  { title: 'a quoted path', config: entry('linux "/vmlinuz-1" a'), boots: false },
  { title: 'a path with a variable', config: entry('linux $prefix/vmlinuz-1 a'), boots: false },
  { title: 'a path without a slash', config: entry('linux vmlinuz-1 a'), boots: true },
  {
    title: 'a path with a disk',
    config: entry('linux (hd0,msdos1)/vmlinuz-1 a\ninitrd (hd0)/initrd-1'),
    boots: true,
  },
  {
    title: 'a path with a disk that it cannot read',
    config: entry('linux ($root)/vmlinuz-1 a'),
    boots: false,
  },
  { title: 'a path with an unclosed disk', config: entry('linux (hd0/vmlinuz-1 a'), boots: false },
  { title: 'a line that goes on', config: entry('linux /vmlinuz-1 a \\\n  b'), boots: true },
  {
    title: 'quotes in the arguments',
    config: entry(`linux /vmlinuz-1 dyndbg="file a.c +p" 'b c' \\$d`),
    boots: true,
  },
  {
    title: 'an argument with an equal sign before any blank',
    config: entry('linux=/vmlinuz-1'),
    boots: true,
  },
  ...[
    "'hd0,msdos1'",
    "'(hd0,msdos1)'",
    "'(hd0,gpt2)'",
    "'(hd0)'",
    "'hd0,gpt2'",
    '(hd0,1)',
    "'hd0'",
    "'(/dev/xvda,msdos1)'",
    '/dev/xvdb',
  ].map((root) => ({
    title: `set root=${root}`,
    config: withRoot(root),
    boots: true,
  })),
  ...[
    "'(/dev/sda,msdos1)'",
    "'lvm/vg-root'",
    "'mduuid/0123'",
    "'hostdisk//dev/xvda,msdos1'",
    "'xen/xvda,msdos1'",
    'hd0,msdos1,bsd1',
    '$root',
    '/dev/xvd',
    "'a=b'",
  ].map((root) => ({ title: `set root=${root}`, config: withRoot(root), boots: false })),
  {
    title: 'set root outside of entries may be anything',
    config: `set root='lvm/vg-root'\n${one}`,
    boots: true,
  },
  {
    title: 'carriage returns',
    config: `set default="1"\n${one}${two}`.replaceAll('\n', '\r\n'),
    boots: true,
  },
  { title: 'no newline at the end', config: one.trimEnd(), boots: true },
  {
    title: 'comments',
    config: `# a\n  # }\n${entry('# linux /vmlinuz-2\nlinux /vmlinuz-1 a # b')}`,
    boots: true,
  },
  { title: 'UTF-8', config: entry('linux /vmlinuz-1 a=\xc3\xa9', "menuentry '\xc3\xa9' {"), boots: true },
  { title: 'a no-break space counts as a blank', config: entry('linux /vmlinuz-1\xc2\xa0a b'), boots: true },
  { title: 'Latin-1', config: entry('linux /vmlinuz-1 a', "menuentry '\xe9' {"), boots: false },
  { title: 'a byte order mark', config: `\xef\xbb\xbf${one}`, boots: false },
  { title: 'just below 1 MiB', config: one.padStart(1024 * 1024, '#\n'), boots: true },
  { title: 'entries beyond 1 MiB', config: `${'#\n'.repeat(512 * 1024)}${one}`, boots: false },
  { title: 'an entry across 1 MiB', config: one.padStart(1024 * 1024 + 10, '#\n'), boots: false },
  { title: 'more beyond 1 MiB', config: `${one}${'#\n'.repeat(512 * 1024)}${two}`, boots: true },
];

interface Menu {
  readonly path: string;
  readonly read: typeof readAsPygrub;
}

const menus = {
  grub2: { path: 'boot/grub/grub.cfg', read: readAsPygrub },
  grubLegacy: { path: 'boot/grub/menu.lst', read: readMenuAsPygrub },
  extlinux: { path: 'boot/extlinux/extlinux.conf', read: readExtlinuxAsPygrub },
} as const;

const first = 'title First one\nroot (hd0,0)\nkernel /vmlinuz-1 root=/dev/xvda1 ro\ninitrd /initrd-1\n\n';
const second = 'title\t\tSecond\nroot\t\t(hd0,0)\nkernel\t\t/vmlinuz-2 two\nsavedefault\nquiet\n';

const legacyCases: readonly Case[] = [
  { title: 'two entries', config: first + second, boots: true },
  { title: 'default 1', config: `default 1\n${first}${second}`, boots: true },
  { title: 'default=1', config: `default=1\ntimeout=3\n${first}${second}`, boots: true },
  { title: 'default in tabs', config: `default\t\t1\n${first}${second}`, boots: true },
  { title: 'default saved', config: `default 1\ndefault saved\n${first}${second}`, boots: true },
  { title: 'default with a comment', config: `default 1 # x\n${first}${second}`, boots: true },
  { title: 'default beyond the end', config: `default 2\n${first}${second}`, boots: true },
  { title: 'default far beyond the end', config: `default 7\n${first}${second}`, boots: true },
  { title: 'a negative default', config: `default -1\n${first}`, boots: false },
  { title: 'default within an entry', config: `${first}default 1\n${second}`, boots: true },
  {
    title: 'fallback and others',
    config: `fallback 1\nhiddenmenu\ncolor a/b c/d\npassword x\n${first}`,
    boots: true,
  },
  { title: 'a splash image', config: `splashimage=(hd0,0)/boot/grub/x.gz\n${first}`, boots: true },
  { title: 'a splash image on a compact disc', config: `splashimage=(cd)/x.gz\n${first}`, boots: false },
  {
    title: 'a path with a disk',
    config: 'title x\nkernel (hd0,0)/vmlinuz-1 a\ninitrd (hd0,0)/initrd-1\n',
    boots: true,
  },
  {
    title: 'rootnoverify',
    config: `title w\nrootnoverify (hd0,0)\nchainloader +1\n\n${first}`,
    boots: false,
  },
  {
    title: 'a chain loader second',
    config: `${first}title w\nrootnoverify (hd0,0)\nchainloader +1\n`,
    boots: true,
  },
  { title: 'a root that it cannot read', config: `${first}title w\nroot (cd)\n`, boots: false },
  { title: 'an empty root', config: `${first}title w\nroot\n`, boots: false },
  { title: 'uuid', config: 'title x\nuuid 1234\nkernel /vmlinuz-1 a\n', boots: true },
  {
    title: 'a hypervisor',
    config: 'title x\nkernel /xen.gz dom0\nmodule /vmlinuz-1 a\nmodule /initrd-1\n',
    boots: true,
  },
  { title: 'an option before the path', config: 'title x\nkernel --type=linux /vmlinuz-1 a\n', boots: false },
  { title: 'a title without a kernel', config: 'title x\n', boots: false },
  { title: 'a title without lines, first', config: `title x\n${first}`, boots: false },
  { title: 'a title without lines, last', config: `default 1\n${first}title x\n`, boots: true },
  { title: 'a title without a blank', config: `titlex\nkernel /vmlinuz-1 a\n${second}`, boots: true },
  { title: 'kernel=', config: 'title x\nkernel=/vmlinuz-1 a=b\n', boots: true },
  { title: 'a tab before the arguments', config: 'title x\nkernel /vmlinuz-1\ta\n', boots: false },
  { title: 'a line that goes on', config: 'title x\nkernel /vmlinuz-1 a \\\n b\n', boots: true },
  { title: 'carriage returns', config: `default 1\n${first}${second}`.replaceAll('\n', '\r\n'), boots: true },
  { title: 'comments', config: `# title x\n${first}# kernel /vmlinuz-2\n`, boots: true },
  { title: 'capital letters', config: 'TITLE x\nKERNEL /vmlinuz-1 a\n', boots: false },
  { title: 'Latin-1', config: `title \xe9\n${first}`, boots: false },
  { title: 'empty', config: '', boots: false },
];

const label1 = 'LABEL one\n  KERNEL /vmlinuz-1\n  APPEND initrd=/initrd-1 root=/dev/xvda1 ro\n';
const label2 = 'label two\n\tkernel /vmlinuz-2\n\tappend two\n';

const extlinuxCases: readonly Case[] = [
  { title: 'two labels', config: label1 + label2, boots: true },
  { title: 'default', config: `DEFAULT two\nTIMEOUT 5\nPROMPT 0\n${label1}${label2}`, boots: true },
  { title: 'default in other letters', config: `default TWO\n${label1}${label2}`, boots: true },
  { title: 'default that is not there', config: `default three\n${label1}${label2}`, boots: true },
  { title: 'default behind a label', config: `${label1}default two\n${label2}`, boots: true },
  { title: 'LINUX', config: label1.replace('KERNEL', 'LINUX'), boots: false },
  { title: 'INITRD', config: 'label x\nkernel /vmlinuz-1\ninitrd /initrd-1\nappend a\n', boots: true },
  {
    title: 'APPEND before KERNEL',
    config: 'label x\nappend initrd=/initrd-1 a\nkernel /vmlinuz-1\n',
    boots: true,
  },
  { title: 'arguments with the kernel', config: 'label x\nkernel /vmlinuz-1 a b\n', boots: true },
  {
    title: 'initrd in the middle',
    config: 'label x\nkernel /vmlinuz-1\nappend a initrd=/initrd-1 b\n',
    boots: true,
  },
  {
    title: 'INITRD= in capitals',
    config: 'label x\nkernel /vmlinuz-1\nappend INITRD=/initrd-1 a\n',
    boots: true,
  },
  {
    title: 'both spellings',
    config: 'label x\nkernel /vmlinuz-1\nappend INITRD=/a initrd=/initrd-1 a\n',
    boots: true,
  },
  {
    title: 'several initrd files',
    config: 'label x\nkernel /vmlinuz-1\nappend initrd=/initrd-1,/initrd-2 a\n',
    boots: false,
  },
  { title: 'quotes', config: 'label "x"\nkernel "/vmlinuz-1"\nappend "a b"\n', boots: true },
  { title: 'a relative path', config: 'label x\nkernel vmlinuz-1\nappend a\n', boots: true },
  { title: 'a global APPEND', config: 'append g\nlabel x\nkernel /vmlinuz-1\n', boots: true },
  {
    title: 'mboot.c32',
    config: 'label x\nkernel mboot.c32\nappend /xen.gz --- /vmlinuz-1 a --- /initrd-1\n',
    boots: true,
  },
  {
    title: 'mboot.c32 without a hypervisor',
    config: 'label x\nkernel mboot.c32\nappend /vmlinuz-1 a --- /initrd-1\n',
    boots: true,
  },
  { title: 'menu lines', config: `menu title x\n${label1}menu default\n${label2}`, boots: true },
  { title: 'no label', config: 'default x\n', boots: false },
  { title: 'carriage returns', config: `${label1}${label2}`.replaceAll('\n', '\r\n'), boots: true },
];

for (const { title, config, boots } of legacyCases) {
  test.serial(`like the real pygrub, menu.lst: ${title}`, async (t) => {
    await compare(t, config, boots, menus.grubLegacy);
  });
}

for (const { title, config, boots } of extlinuxCases) {
  test.serial(`like the real pygrub, extlinux.conf: ${title}`, async (t) => {
    await compare(t, config, boots, menus.extlinux);
  });
}

test.serial('like the real pygrub: the menu.lst of the real update-grub', async (t) => {
  const menu = await readFile('test/unit/boot-loaders/stock/debian-12-menu.lst', 'latin1');
  for (const value of ['0', '1', '2', '3', 'saved']) {
    await compare(t, menu.replace(/^default\t.*$/m, `default\t\t${value}`), true, menus.grubLegacy);
  }
});

const stockFolder = 'test/unit/boot-loaders/stock';

for (const { title, config, boots } of cases) {
  test.serial(`like the real pygrub: ${title}`, async (t) => {
    await compare(t, config, boots);
  });
}

for (const name of [
  'debian-12-cloud',
  'debian-12-two-kernels',
  'debian-12-xen',
  'debian-12-flat-saved',
  'ubuntu-22.04-cloud',
]) {
  test.serial(`like the real pygrub: stock grub.cfg of ${name}`, async (t) => {
    const config = await readFile(`${stockFolder}/${name}.cfg`, 'latin1');
    await compare(t, config, true);
    for (const number of [1, 2, 3, 4, 9]) {
      await compare(
        t,
        config.replace(/set default="(?!\$\{next)[^"]*"/, `set default="${number}"`),
        undefined,
      );
    }
  });
}

/** What the menu does with the timeout, on a terminal, as xl starts it. */
const timeouts = [
  { timeout: '', boots: true },
  { timeout: 'set timeout=-1', boots: true },
  { timeout: 'set timeout=0', boots: true },
  { timeout: 'set timeout=1', boots: true },
  { timeout: 'set timeout=-1\nset timeout=1', boots: true },
  { timeout: 'set timeout=0.1\nset timeout=1', boots: true },
  { timeout: 'set timeout=0.1', boots: false },
  { timeout: 'set timeout="$seconds"', boots: false },
];

for (const { timeout, boots } of timeouts) {
  test.serial(`like the real pygrub: with its menu, ${JSON.stringify(timeout)}`, async (t) => {
    const config = `${timeout}\n${one}`;
    const ours = readAsPygrub(config);
    t.is(ours.kind === 'boots' && ours.timeout !== undefined, boots);
    t.is((await askRealPygrub(config, 'menu')) !== undefined, boots);
  });
}

async function compare(
  t: { deepEqual: (a: unknown, b: unknown) => void; is: (a: unknown, b: unknown) => void },
  config: string,
  boots: boolean | undefined,
  menu: Menu = menus.grub2,
): Promise<void> {
  const real = await askRealPygrub(config, 'quiet', menu.path);
  t.deepEqual(ours(config, menu.read), real);
  if (boots !== undefined) t.is(real !== undefined, boots);
}

/** Our answer, with what only the file system can tell: whether the files exist. */
function ours(config: string, read: Menu['read']): Booted | undefined {
  const answer = read(config);
  if (answer.kind === 'refuses') return undefined;
  const { kernel, initramfs, commandLine } = answer;
  const present = new Set(filesNamedIn(config));
  const isPresent = (path: string | undefined) => path === undefined || present.has(absolute(path));
  return isPresent(kernel) && isPresent(initramfs)
    ? { kernel: absolute(kernel), initramfs: initramfs && absolute(initramfs), commandLine }
    : undefined;
}

const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

const filesNamedIn = (config: string): string[] => [
  ...['/vmlinuz-1', '/vmlinuz-2', '/vmlinuz-3', '/initrd-1', '/initrd-2', '/initrd-3', '/xen.gz'],
  ...(config.match(/\/boot\/(?:vmlinuz|initrd|memtest|xen)[\w.+-]*/g) ?? []),
];

/** Undefined when it fails. Every file of the image holds its own path, so that what was extracted says its name. */
async function askRealPygrub(
  config: string,
  mode: 'quiet' | 'menu',
  path: string = menus.grub2.path,
): Promise<Booted | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'pygrub-test-'));
  try {
    const image = join(folder, 'image');
    await makeImage(image, join(folder, 'tree'), config, path);
    await mkdir(join(folder, 'out'));
    return await parseAnswer(await startPygrub(mode, folder, image));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeImage(image: string, tree: string, config: string, menu: string): Promise<void> {
  for (const path of filesNamedIn(config)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), path);
  }
  await mkdir(dirname(join(tree, menu)), { recursive: true });
  await writeFile(join(tree, menu), config, 'latin1');
  await run('/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', tree, image, '8M']);
}

async function startPygrub(
  mode: 'quiet' | 'menu',
  folder: string,
  image: string,
): Promise<string | undefined> {
  const pygrub = await findPygrub();
  const answer = join(folder, 'answer');
  await writeFile(answer, '');
  const options = [
    '--output-format=simple0',
    `--output-directory=${join(folder, 'out')}`,
    `--output=${answer}`,
  ];
  const { exitCode, timedOut } = await (mode === 'quiet'
    ? run(pygrub, ['-q', ...options, image], { reject: false, timeout: 60_000 })
    : onTerminal([pygrub, ...options, image].join(' ')));
  return exitCode === 0 && !timedOut ? await readFile(answer, 'latin1') : undefined;
}

/** Standard input stays open: its end would count as a key, at which the menu stops its timer. */
const onTerminal = (command: string) =>
  run('script', ['-qec', command, '/dev/null'], {
    stdin: 'pipe',
    reject: false,
    timeout: 20_000,
    env: { TERM: 'vt100' },
  });

async function findPygrub(): Promise<string> {
  const versions = (await readdir('/usr/lib')).filter((name) => /^xen-\d/.test(name)).sort();
  return `/usr/lib/${versions.at(-1) ?? 'xen'}/bin/pygrub`;
}

async function parseAnswer(answer: string | undefined): Promise<Booted | undefined> {
  if (answer === undefined) return undefined;
  const fields = new Map(
    answer.split('\0').map((field) => [field.split(' ', 1)[0] ?? '', field.slice(field.indexOf(' ') + 1)]),
  );
  const contentOf = async (name: string) => {
    const path = fields.get(name);
    return path === undefined ? undefined : await readFile(path, 'latin1');
  };
  return {
    kernel: (await contentOf('kernel')) ?? '',
    initramfs: await contentOf('ramdisk'),
    commandLine: fields.get('args') ?? '',
  };
}
