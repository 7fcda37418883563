import test from 'ava';
import fc from 'fast-check';
import {
  parameterValues,
  parseCommandLine,
  printCommandLine,
  readParameter,
  removeParameter,
  setParameter,
  toPvCommandLine,
} from '../../../src/guest-files/kernel-command-line.js';

const mapDevice = (path: string): string | undefined =>
  ({ '/dev/sda1': 'UUID=aaaa', '/dev/sda2': '/dev/xvda2', '/dev/vda1': 'UUID=aaaa' })[path];
const toPv = (text: string) => toPvCommandLine(text, { console: 'hvc0', mapDevice });

const pvCases: readonly (readonly [title: string, before: string, after: string])[] = [
  ['nothing to do', 'ro quiet splash', 'ro quiet splash'],
  ['empty', '', ''],
  ['our console already', 'ro console=tty0 console=hvc0', 'ro console=tty0 console=hvc0'],
  ['our console with options', 'console=hvc0,115200', 'console=hvc0,115200'],
  ['a serial console', 'ro console=ttyS0,115200n8 quiet', 'ro console=hvc0 quiet'],
  ['a terminal, then a serial console', 'console=tty0 console=ttyS0,115200', 'console=tty0 console=hvc0'],
  [
    'a serial console, then a terminal',
    'console=ttyS0 console=tty1 quiet',
    'console=tty1 console=hvc0 quiet',
  ],
  ['a terminal only', 'console=tty0 quiet', 'console=tty0 console=hvc0 quiet'],
  ['tty without a number', 'console=tty', 'console=tty console=hvc0'],
  ['several serial consoles', 'console=ttyS0 a console=ttyS1', 'a console=hvc0'],
  ['our console before a terminal', 'console=hvc0 console=tty0', 'console=tty0 console=hvc0'],
  ['our console before a serial one', 'console=hvc0 console=ttyS0', 'console=hvc0'],
  ['the other PV console', 'console=xvc0', 'console=hvc0'],
  ['a console given as UART', 'console=uart8250,io,0x3f8,115200n8', 'console=hvc0'],
  ['a quoted console', '"console=ttyS0" a', 'console=hvc0 a'],
  ['consoles that are none of these', 'console=null console=netcon0', 'console=null console=netcon0'],
  ['earlyprintk on the serial port', 'a earlyprintk=ttyS0,115200 b', 'a b'],
  ['earlyprintk by other names', 'earlyprintk=serial,ttyS0 earlyprintk=vga,keep earlyprintk', 'earlyprintk'],
  ['earlyprintk on Xen', 'earlyprintk=xen', 'earlyprintk=xen'],
  ['earlycon', 'earlycon=uart8250,io,0x3f8 earlycon', 'earlycon'],
  ['Xen support turned off', 'nopv ro xen_nopv quiet xen-nopv', 'ro quiet'],
  ['unplug', 'xen_emul_unplug=never xen_emul_unplug=unnecessary', 'xen_emul_unplug=unnecessary'],
  ['clocks', 'clocksource=hpet clocksource=acpi_pm clocksource=kvm-clock clocksource=tsc', 'clocksource=tsc'],
  ['display', 'vga=788 nomodeset', 'vga=788 nomodeset'],
  ['root', 'root=/dev/sda1 ro', 'root=UUID=aaaa ro'],
  [
    'resume by emulated hardware',
    'ro resume=/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part5 a resume=/dev/disk/by-uuid/b',
    'ro a resume=/dev/disk/by-uuid/b',
  ],
  ['xencons of xenlinux, where it means nothing', 'xencons=tty1', 'xencons=tty1'],
  ['root and resume', 'root=/dev/vda1 resume=/dev/sda2 ro', 'root=UUID=aaaa resume=/dev/xvda2 ro'],
  ['root in quotes', 'root="/dev/sda1"', 'root="UUID=aaaa"'],
  [
    'root that may stay',
    'root=/dev/mapper/vg-root root=UUID=b resume=/dev/sdb1',
    'root=/dev/mapper/vg-root root=UUID=b resume=/dev/sdb1',
  ],
  ['devices elsewhere', 'swap=/dev/sda1 x=root=/dev/sda1', 'swap=/dev/sda1 x=root=/dev/sda1'],
  ['the first parameter goes', 'nopv a', 'a'],
  ['the only parameter goes', ' nopv ', ' '],
  ['blanks stay', '  ro   quiet \t', '  ro   quiet \t'],
  [
    'blanks in quotes',
    'dyndbg="file a.c +p; console=ttyS0 x" nopv a',
    'dyndbg="file a.c +p; console=ttyS0 x" a',
  ],
  ['an open quote', 'a="b console=ttyS0', 'a="b console=ttyS0'],
  ["init's own arguments", 'console=ttyS0 -- console=ttyS0 nopv', 'console=hvc0 -- console=ttyS0 nopv'],
  ['variables of GRUB', 'quiet splash $vt_handoff', 'quiet splash $vt_handoff'],
];

for (const [title, before, after] of pvCases) {
  test(`toPvCommandLine: ${title}`, (t) => {
    t.is(toPv(before), after);
    t.is(toPv(after), after);
  });
}

test('toPvCommandLine: xenlinux', (t) => {
  const toXenlinux = (text: string) => toPvCommandLine(text, { console: 'xvc0', mapDevice });
  t.is(toXenlinux('console=tty0 console=ttyS0 console=hvc0'), 'console=tty0 console=xvc0');
  t.is(toXenlinux('ro xencons=tty1 xencons=off xencons=ttyS a'), 'ro a');
  t.is(toXenlinux('xencons=xvc0'), 'xencons=xvc0');
});

const parameter = fc.constantFrom(
  ...['ro', 'quiet', 'console=tty0', 'console=tty1', 'console=ttyS0,115200', 'console=hvc0', 'console=xvc0'],
  ...[
    'root=/dev/sda1',
    'resume=/dev/sda2',
    'nopv',
    'earlyprintk=ttyS0',
    'a="b c"',
    '--',
    '"',
    "'x'",
    '$vt_handoff',
  ],
);
const commandLine = fc.oneof(
  fc.array(parameter).map((parameters) => parameters.join(' ')),
  fc.array(fc.oneof(parameter, fc.constantFrom(' ', '\t', '  '))).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary' }),
);

test('parsing and printing again gives the same text', (t) => {
  fc.assert(fc.property(commandLine, (text) => printCommandLine(parseCommandLine(text)) === text));
  t.pass();
});

test('toPvCommandLine is idempotent', (t) => {
  fc.assert(fc.property(commandLine, (text) => toPv(toPv(text)) === toPv(text)));
  t.pass();
});

test('whatever parts are joined, the last console is ours, if there is any', (t) => {
  const whole = fc.array(parameter.filter((text) => text !== '--' && text !== '"'));
  const texts = fc.array(whole.map((parameters) => parameters.join(' ')));
  fc.assert(
    fc.property(texts, (parts) => {
      const joined = parts.map(toPv).join(' ');
      const named = parameterValues(parts.join(' '), 'console').length > 0;
      return parameterValues(joined, 'console').at(-1) === (named ? 'hvc0' : undefined);
    }),
  );
  t.pass();
});

test('other parameters stay, in order', (t) => {
  const others = (text: string) =>
    parseCommandLine(text)
      .map(({ raw }) => raw)
      .filter((raw) => raw !== '' && !/^"?(console|root|resume|nopv|earlyprintk)\b/.test(raw));
  const line = fc
    .array(parameter.filter((text) => text !== '--' && text !== '"'))
    .map((all) => all.join(' '));
  fc.assert(fc.property(line, (text) => others(text).join() === others(toPv(text)).join()));
  t.pass();
});

const readCases: readonly (readonly [raw: string, name: string, value: string | undefined])[] = [
  ['quiet', 'quiet', undefined],
  ['a=', 'a', ''],
  ['a=b=c', 'a', 'b=c'],
  ['a="b c"', 'a', 'b c'],
  ['"a=b c"', 'a', 'b c'],
  ['a-b=c-d', 'a_b', 'c-d'],
  ['"', '', undefined],
];

for (const [raw, name, value] of readCases) {
  test(`readParameter: ${raw}`, (t) => t.deepEqual(readParameter(raw), { name, value }));
}

const setCases: readonly (readonly [before: string, after: string])[] = [
  ['', 'net.ifnames=0'],
  ['ro quiet', 'ro quiet net.ifnames=0'],
  ['ro quiet ', 'ro quiet net.ifnames=0 '],
  ['net.ifnames=1 quiet', 'net.ifnames=0 quiet'],
  ['a net.ifnames=1 b net.ifnames=1 c', 'a net.ifnames=0 b c'],
  ['a -- b', 'a net.ifnames=0 -- b'],
  ['-- b', 'net.ifnames=0 -- b'],
];

for (const [before, after] of setCases) {
  test(`setParameter: "${before}"`, (t) => {
    t.is(setParameter(before, 'net.ifnames', '0'), after);
    t.is(setParameter(after, 'net.ifnames', '0'), after);
  });
}

test('setParameter quotes a value with blanks', (t) => {
  t.is(setParameter('a', 'b', 'c d'), 'a b="c d"');
});

test('removeParameter', (t) => {
  t.is(removeParameter('a b=1 c b d', 'b'), 'a c d');
  t.is(removeParameter('a', 'b'), 'a');
});

test('parameterValues', (t) => {
  t.deepEqual(parameterValues('a=1 b a="2 3" a -- a=4', 'a'), ['1', '2 3', '']);
});

test('a megabyte of quotes and blanks takes no time', (t) => {
  t.timeout(5000);
  for (const text of ['"'.repeat(1e6), ' '.repeat(1e6), '" '.repeat(1e6), 'a'.repeat(1e6)])
    t.is(toPv(text), text);
});

test('what is set doesn’t end up in a quote that nothing closes', (t) => {
  const once = setParameter('ro "quiet splash', 'root', '/dev/xvda1');
  t.is(once, 'ro root=/dev/xvda1 "quiet splash');
  t.is(setParameter(once, 'root', '/dev/xvda1'), once);
  t.is(setParameter('"', 'root', '/dev/xvda1'), 'root=/dev/xvda1 "');
});
