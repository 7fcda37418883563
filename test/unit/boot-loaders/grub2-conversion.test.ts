import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {
  convertGrub2,
  type Grub2Texts,
  namesDefaultEntry,
} from '../../../src/boot-loaders/grub2-conversion.js';
import { parameterValues, toPvCommandLine } from '../../../src/guest-files/kernel-command-line.js';
import { sourceAssignments } from '../../../src/guest-files/key-value.js';

const stock = (name: string) => readFileSync(`test/unit/boot-loaders/stock/${name}.cfg`, 'latin1');
const uuid = '11111111-2222-4333-8444-555555555555';
const mapDevice = (path: string) => (path === '/dev/sda1' ? `UUID=${uuid}` : undefined);
const mapCommandLine = (text: string) => toPvCommandLine(text, { console: 'hvc0', mapDevice });
const convert = (texts: Grub2Texts, defaultEntry: number | undefined = 0) =>
  convertGrub2(texts, { mapCommandLine, defaultEntry });
const withDefaults = (config: string, ...texts: string[]): Grub2Texts => ({
  config,
  defaults: texts.map((text, index) => ({ path: `/etc/default/${index}`, text })),
});
const textsOf = ({ defaults }: Grub2Texts) => defaults.map(({ text }) => text);

// --------------------------------------------------------------------------------- update-grub, as far as it matters

/** What /etc/grub.d/00_header and 10_linux of GRUB 2.06 write for one kernel, from the settings that were sourced. */
function updateGrub(settings: readonly string[]): string {
  const value = (name: string) => {
    const known = sourceAssignments(settings)(name);
    if (known === undefined) throw new Error(`${name} can't be told`);
    return known;
  };
  const isByDevice = (value('GRUB_DISABLE_LINUX_UUID') || value('GRUB_DISABLE_UUID')) === 'true';
  const root = isByDevice ? '/dev/sda1' : `UUID=${uuid}`;
  const always = value('GRUB_CMDLINE_LINUX');
  const normally = value('GRUB_CMDLINE_LINUX_DEFAULT');
  const chosen = value('GRUB_DEFAULT') || '0';
  const handoff = normally.split(/\s+/).includes('splash') ? ' $vt_handoff' : '';
  const entry = (title: string, args: string) =>
    `menuentry '${title}' --class os {\n\tlinux\t/boot/vmlinuz-1 root=${root} ro ${args}\n\tinitrd\t/boot/initrd.img-1\n}\n`;
  const normal = `${always} ${normally}${handoff}`;
  return [
    `set default="${chosen === 'saved' ? '$saved_entry' : chosen}"\n`,
    `set timeout=${value('GRUB_TIMEOUT') || '5'}\n`,
    entry('Debian', normal),
    "submenu 'Advanced options' {\n",
    entry('Debian, with Linux 1', normal),
    entry('Debian, with Linux 1 (sysvinit)', `${normal} init=/lib/sysvinit/init`),
    entry('Debian, with Linux 1 (recovery mode)', `single ${always}`),
    '}\n',
  ].join('');
}

const linuxLines = (config: string) =>
  config.match(/^\s*linux\s.*$/gm)?.map((line) => line.trim().replace(/^.* ro /, 'ro ')) ?? [];

test('the model writes the lines that the real 10_linux wrote', (t) => {
  const settings = 'GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\nGRUB_CMDLINE_LINUX_DEFAULT=quiet';
  const [real, model] = [stock('debian-12-two-kernels'), updateGrub([settings])].map(
    (config) => new Set(linuxLines(config)),
  );
  model?.delete('ro console=tty0 console=ttyS0,115200 quiet init=/lib/sysvinit/init'); // Has no sysvinit.
  t.deepEqual(model, real);
});

const parameter = fc.constantFrom(
  ...[
    'quiet',
    'splash',
    'console=tty0',
    'console=tty1',
    'console=ttyS0',
    'console=ttyS0,115200n8',
    'console=hvc0',
  ],
  ...[
    'nopv',
    'xen_nopv',
    'earlyprintk=ttyS0,115200',
    'resume=/dev/sda1',
    'rootflags=subvol=x',
    'dyndbg=\\"file x\\"',
  ],
);
const value = fc
  .tuple(fc.constantFrom('', ' '), fc.array(parameter, { maxLength: 4 }), fc.constantFrom('', '  '))
  .map(([before, parameters, after]) => before + parameters.join(' ') + after);
const lineOf = (name: string) => value.map((text) => `${name}="${text}"`);
const addedTo = (name: string) => value.map((text) => `${name}="$${name} ${text}"`);
const settings = fc
  .tuple(
    fc.array(
      fc.oneof(
        lineOf('GRUB_CMDLINE_LINUX'),
        lineOf('GRUB_CMDLINE_LINUX_DEFAULT'),
        addedTo('GRUB_CMDLINE_LINUX'),
        addedTo('GRUB_CMDLINE_LINUX_DEFAULT'),
        fc.constantFrom(
          'GRUB_DISABLE_LINUX_UUID=true',
          '#GRUB_DISABLE_LINUX_UUID=true',
          'GRUB_DISABLE_UUID="true"',
        ),
        fc.constantFrom(
          'GRUB_DEFAULT=saved',
          'GRUB_DEFAULT="1>2"',
          "GRUB_DEFAULT='Debian'",
          'GRUB_DEFAULT=0',
          'GRUB_TIMEOUT=0.1',
          'GRUB_TIMEOUT=-1',
          'GRUB_TIMEOUT=',
        ),
        fc.constantFrom('# a comment', '', 'GRUB_TERMINAL="console serial"'),
      ),
    ),
    fc.array(
      fc.oneof(
        addedTo('GRUB_CMDLINE_LINUX'),
        lineOf('GRUB_CMDLINE_LINUX_DEFAULT'),
        fc.constantFrom('GRUB_DEFAULT=saved', 'GRUB_DISABLE_LINUX_UUID=true'),
      ),
    ),
  )
  .map((files) => files.map((lines) => lines.map((line) => `${line}\n`).join('')));

test('update-grub would write the same, byte for byte', (t) => {
  fc.assert(
    fc.property(settings, (files) => {
      const after = convert(withDefaults(updateGrub(files), ...files));
      const regenerated = updateGrub(textsOf(after));
      if (after.config !== regenerated)
        throw new Error(`${after.config}\nis not what update-grub writes:\n${regenerated}`);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('converting twice is converting once', (t) => {
  fc.assert(
    fc.property(settings, fc.boolean(), (files, isStale) => {
      const config = updateGrub(isStale ? [files[1] ?? ''] : files);
      const once = convert(withDefaults(config, ...files));
      const twice = convert(once);
      if (JSON.stringify(twice) !== JSON.stringify(once)) throw new Error(JSON.stringify({ once, twice }));
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('every line has our console last, if it has any; a stale grub.cfg too', (t) => {
  fc.assert(
    fc.property(settings, fc.boolean(), (files, isStale) => {
      const config = updateGrub(isStale ? [files[1] ?? ''] : files);
      for (const line of linuxLines(convert(withDefaults(config, ...files)).config)) {
        const consoles = parameterValues(line, 'console');
        if (consoles.length > 0 && consoles.at(-1) !== 'hvc0') throw new Error(line);
        if (/\/dev\/sda|nopv|ttyS/.test(line)) throw new Error(line);
      }
    }),
  );
  t.pass();
});

// ----------------------------------------------------------------------------------------------------------- examples

test('a console in one variable, another in the other: a recovery entry has its console, too', (t) => {
  const files = ['GRUB_CMDLINE_LINUX="console=tty0"\nGRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"\n'];
  const after = convert(withDefaults(updateGrub(files), ...files));
  t.deepEqual(textsOf(after), [
    'GRUB_CMDLINE_LINUX="console=tty0 console=hvc0"\nGRUB_CMDLINE_LINUX_DEFAULT="console=hvc0"\n',
  ]);
  t.is(linuxLines(after.config).at(-1), 'ro single console=tty0 console=hvc0');
});

test('the Debian 12 of the real 10_linux, with root by device name and a saved default', (t) => {
  const before = stock('debian-12-flat-saved');
  const file =
    'GRUB_DEFAULT=saved\nGRUB_SAVEDEFAULT=true\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\nGRUB_DISABLE_LINUX_UUID=true\nGRUB_DISABLE_SUBMENU=y\n';
  const after = convert(withDefaults(before, file));
  const expected = before
    .replaceAll('root=/dev/sda1', `root=UUID=${uuid}`)
    .replaceAll('console=ttyS0,115200', 'console=hvc0')
    .replace(/set default="\$\{saved_entry\}"/, 'set default="0"');
  t.is(after.config, expected);
  t.deepEqual(textsOf(after), [
    file
      .replace('=saved', '=0')
      .replace('console=ttyS0,115200', 'console=hvc0')
      .replace('UUID=true', 'UUID=false'),
  ]);
});

test('entries of a hypervisor and the memory test', (t) => {
  const file = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\n';
  const xen = stock('debian-12-xen');
  t.is(convert(withDefaults(xen, file)).config, xen.replaceAll('console=ttyS0,115200', 'console=hvc0'));
  const memoryTest =
    "set timeout=5\nmenuentry 'Memory' {\n\tlinux16\t/memtest86+.bin console=ttyS0,115200n8\n}\n";
  t.is(convert(withDefaults(memoryTest, file)).config, memoryTest);
});

test('an Ubuntu cloud image: settings in grub.d, and a linux line in both branches of a condition', (t) => {
  const cloud = 'GRUB_TIMEOUT=0.1\nGRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"\n';
  const after = convert(withDefaults(stock('ubuntu-22.04-cloud'), 'GRUB_DEFAULT=0\n', cloud));
  t.deepEqual(textsOf(after), [
    'GRUB_DEFAULT=0\n',
    'GRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=hvc0"\n',
  ]);
  t.deepEqual(linuxLines(after.config), [
    'ro  console=tty1 console=hvc0',
    'ro  console=tty1 console=hvc0 panic=-1',
    'ro  quiet splash console=tty1 console=hvc0 $vt_handoff',
    'ro recovery nomodeset dis_ucode_ldr',
  ]);
  t.true(after.config.includes('console=ttyS0,115200n8'), "the memory test's own parameter");
});

test('settings that only a shell can tell: lines are mapped on their own', (t) => {
  const file = 'GRUB_CMDLINE_LINUX="$(cat /etc/x) console=ttyS0"\n';
  const after = convert(
    withDefaults("set timeout=5\nmenuentry 'a' {\nlinux /vmlinuz console=tty0 console=ttyS0\n}\n", file),
  );
  t.is(after.config, "set timeout=5\nmenuentry 'a' {\nlinux /vmlinuz console=tty0 console=hvc0\n}\n");
  t.deepEqual(textsOf(after), ['GRUB_CMDLINE_LINUX="$(cat /etc/x) console=hvc0"\n']);
});

test('a setting is changed where it takes effect', (t) => {
  const config = 'set default="saved"\n';
  t.deepEqual(textsOf(convert(withDefaults(config, 'GRUB_DEFAULT=1\n', 'GRUB_DEFAULT=2 # x\n', 'A=1\n'))), [
    'GRUB_DEFAULT=1\n',
    'GRUB_DEFAULT=0 # x\n',
    'A=1\n',
  ]);
  t.deepEqual(textsOf(convert(withDefaults(config, 'GRUB_DEFAULT=1\n', 'if a; then GRUB_DEFAULT=2; fi\n'))), [
    'GRUB_DEFAULT=1\n',
    'if a; then GRUB_DEFAULT=2; fi\nGRUB_DEFAULT=0\n',
  ]);
  t.deepEqual(textsOf(convert(withDefaults(config, '#GRUB_DEFAULT=saved\n'))), ['#GRUB_DEFAULT=saved\n']);
  t.deepEqual(textsOf(convert(withDefaults(config, 'GRUB_DEFAULT=0\n'), 2)), ['GRUB_DEFAULT=2\n']);
  t.deepEqual(textsOf(convert(withDefaults(config))), []);
});

test('namesDefaultEntry', (t) => {
  const menu = 'set default="$next_entry"\nset default="2"\n';
  t.true(namesDefaultEntry(withDefaults(menu, 'GRUB_DEFAULT=2'), 2));
  t.false(namesDefaultEntry(withDefaults(menu, 'GRUB_DEFAULT=1'), 2));
  t.false(namesDefaultEntry(withDefaults(menu, 'GRUB_DEFAULT=2'), 1));
  t.false(namesDefaultEntry(withDefaults(`${menu}set default="$saved_entry"`, 'GRUB_DEFAULT=2'), 2));
  t.true(namesDefaultEntry(withDefaults('', ''), 0));
});

/** As 00_header and 30_os-prober of Ubuntu up to 13.10 write it around their timeout. */
const recordfail = (timeout: string) =>
  `if [ "\${recordfail}" = 1 ]; then\n  set timeout=-1\nelse\n  set timeout=${timeout}\nfi\n`;

test('the menu that waits after a boot that failed still does', (t) => {
  const texts = withDefaults(recordfail('10'), 'GRUB_TIMEOUT=10\n');
  t.deepEqual(convert(texts), texts);
  const endless = convert(withDefaults(recordfail('-1'), 'GRUB_TIMEOUT=-1\n'));
  t.deepEqual(textsOf(endless), ['GRUB_TIMEOUT=5\n']);
  const regenerated = { ...endless, config: recordfail('5') };
  t.deepEqual(convert(regenerated), regenerated, "the guest's next update-grub");
});

test('a setting that waits forever is changed where it shows only with a hidden menu', (t) => {
  const config = 'set timeout=-1\nif a; then\n  set timeout=0\nfi\n';
  const after = convert(withDefaults(config, 'GRUB_TIMEOUT=-1\n'));
  t.is(after.config, config.replace('-1', '5'));
  t.deepEqual(textsOf(after), ['GRUB_TIMEOUT=5\n']);
});

test('disks by the names of Ubuntu 11.04, which its update-grub writes again as HVM', (t) => {
  const entry = (root: string) =>
    `set timeout=5\nmenuentry 'a' {\n\tset root='${root}'\n\tlinux /vmlinuz-1 a\n}\n`;
  t.is(convert(withDefaults(entry('(/dev/sda,msdos1)'))).config, entry('(hd0,msdos1)'));
  t.is(convert(withDefaults(entry('(/dev/xvda,msdos1)'))).config, entry('(/dev/xvda,msdos1)'));
});
