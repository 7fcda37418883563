import test from 'ava';
import fc from 'fast-check';
import { extlinuxDefault, parseExtlinux } from '../../../src/boot-loaders/extlinux.js';
import { convertExtlinux } from '../../../src/boot-loaders/extlinux-conversion.js';
import { readExtlinuxAsPygrub } from '../../../src/boot-loaders/pygrub.js';
import { toPvCommandLine } from '../../../src/guest-files/kernel-command-line.js';

const toPv = (text: string) => toPvCommandLine(text, { console: 'hvc0', mapDevice: () => undefined });
const convert = (text: string) => convertExtlinux(text, '/boot/extlinux', toPv);

/** As u-boot-update of Debian 12 (u-boot-menu 4.2.2) writes it. */
const generated = `## /boot/extlinux/extlinux.conf
##
## IMPORTANT WARNING

default l0
menu title U-Boot menu
prompt 0
timeout 50


label l0
	menu label Debian GNU/Linux 12 (bookworm) 6.1.0-18-amd64
	linux /boot/vmlinuz-6.1.0-18-amd64
	initrd /boot/initrd.img-6.1.0-18-amd64
	
	append root=UUID=u ro quiet console=ttyS0

label l0r
	menu label Debian GNU/Linux 12 (bookworm) 6.1.0-18-amd64 (rescue target)
	linux /boot/vmlinuz-6.1.0-18-amd64
	initrd /boot/initrd.img-6.1.0-18-amd64
	append root=UUID=u ro single
`;

test('what u-boot-update writes', (t) => {
  const after = convert(generated);
  t.is(
    after,
    generated
      .replaceAll('\tlinux ', '\tkernel ')
      .replaceAll('\tinitrd /boot/initrd.img-6.1.0-18-amd64\n', '')
      .replaceAll('append root', 'append initrd=/boot/initrd.img-6.1.0-18-amd64 root')
      .replace('ttyS0', 'hvc0'),
  );
  t.is(convert(after), after);
  t.like(readExtlinuxAsPygrub(after), {
    kind: 'boots',
    kernel: '/boot/vmlinuz-6.1.0-18-amd64',
    initramfs: '/boot/initrd.img-6.1.0-18-amd64',
    commandLine: 'root=UUID=u ro quiet console=hvc0',
    timeout: 50,
  });
});

const cases: readonly (readonly [title: string, before: string, after: string])[] = [
  [
    'what pygrub knows stays',
    'TIMEOUT 5\nLABEL a\nKERNEL /vmlinuz\nAPPEND initrd=/initrd ro\n',
    'TIMEOUT 5\nLABEL a\nKERNEL /vmlinuz\nAPPEND initrd=/initrd ro\n',
  ],
  [
    'relative paths',
    'timeout 5\nlabel a\nkernel ../vmlinuz\nappend initrd=initrd ro\n',
    'timeout 5\nlabel a\nkernel /boot/vmlinuz\nappend initrd=/boot/extlinux/initrd ro\n',
  ],
  [
    'APPEND before the kernel',
    'timeout 5\nlabel a\n  append ro\n  initrd /initrd\n  linux /vmlinuz\n',
    'timeout 5\nlabel a\n  kernel /vmlinuz\n  append initrd=/initrd ro\n',
  ],
  [
    'APPEND for all',
    'timeout 5\nappend ro\nlabel a\n linux /vmlinuz\nlabel b\n kernel /x.c32\n',
    'timeout 5\nappend ro\nlabel a\n kernel /vmlinuz\n append ro\nlabel b\n kernel /x.c32\n',
  ],
  ['no timeout', 'prompt 1\nlabel a\nkernel /x.c32\n', 'prompt 1\ntimeout 10\nlabel a\nkernel /x.c32\n'],
  ['a timeout without end', 'timeout 0\nlabel a\n', 'timeout 10\nlabel a\n'],
  [
    'carriage returns',
    'timeout 5\r\nlabel a\r\nlinux /vmlinuz\r\n',
    'timeout 5\r\nlabel a\r\nkernel /vmlinuz\r\n',
  ],
];

for (const [title, before, after] of cases) {
  test(`conversion: ${title}`, (t) => {
    t.is(convert(before), after);
    t.is(convert(after), after);
  });
}

test('the default entry', (t) => {
  const labels = 'label a\nlabel b\nmenu default\nlabel c\n';
  const chosen = (settings: string) => extlinuxDefault(parseExtlinux(settings + labels))?.label;
  t.is(chosen('default c\n'), 'c');
  t.is(chosen('default c\nontimeout a\n'), 'a');
  t.is(chosen('default menu.c32\n'), 'b');
  t.is(chosen(''), 'b');
  t.is(extlinuxDefault(parseExtlinux('default x\n')), undefined);
});

const line = fc.constantFrom(
  ...[
    'label a',
    'LABEL b',
    'kernel /vmlinuz',
    'linux vmlinuz-1',
    'KERNEL x.c32',
    'append ro console=ttyS0',
    'initrd /i',
  ],
  ...[
    '  append initrd=j nopv',
    'timeout',
    'timeout 0',
    'default b',
    '# x',
    '',
    'menu default',
    'append',
    'initrd',
  ],
);
const configs = fc.array(line, { maxLength: 20 }).map((lines) => lines.join('\n'));

test('any file: twice is once, and lines of other commands stay', (t) => {
  fc.assert(
    fc.property(configs, (text) => {
      const once = convert(text);
      if (convert(once) !== once) throw new Error(JSON.stringify({ once, twice: convert(once) }));
      const kept = (whole: string) =>
        whole.split('\n').filter((one) => /^(?:label|menu|default|# x)/i.test(one));
      return kept(once).join() === kept(text).join();
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('an initramfs with a blank in its name can’t be named to pygrub: the entry stays', (t) => {
  const entry = 'timeout 10\nLABEL a\nLINUX vmlinuz\nINITRD a root=/dev/sda1\n';
  t.is(
    convertExtlinux(entry, '/boot/extlinux', (text) => text),
    entry,
  );
});
