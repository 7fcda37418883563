import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { allEntries, type GrubItem, parseGrubConfig } from '../../../src/boot-loaders/grub2.js';
import { grubDefaultEntry } from '../../../src/boot-loaders/grub2-default.js';
import {
  hasWholeTimeout,
  mapLinuxArguments,
  setDefaultEntry,
  setRootsByNumber,
  setWholeTimeouts,
} from '../../../src/boot-loaders/grub2-edit.js';
import { grubWords } from '../../../src/boot-loaders/grub2-words.js';

const stock = (name: string) => readFileSync(`test/unit/boot-loaders/stock/${name}.cfg`, 'latin1');
const names = [
  'debian-12-cloud',
  'debian-12-two-kernels',
  'debian-12-xen',
  'debian-12-flat-saved',
  'ubuntu-22.04-cloud',
];

const outline = (items: readonly GrubItem[]): unknown =>
  items.map((item) => (item.kind === 'entry' ? item.title : [item.title, outline(item.items)]));

const kernels = ['6.1.0-18-amd64', '5.10.0-28-amd64'];
const normalAndRecovery = (title: string) => [title, `${title} (recovery mode)`];

test('the menu of a stock Debian', (t) => {
  t.deepEqual(outline(parseGrubConfig(stock('debian-12-two-kernels')).items), [
    'Debian GNU/Linux',
    [
      'Advanced options for Debian GNU/Linux',
      kernels.flatMap((version) => normalAndRecovery(`Debian GNU/Linux, with Linux ${version}`)),
    ],
  ]);
});

test('the menu of a Debian with a hypervisor: submenus of submenus', (t) => {
  const { items } = parseGrubConfig(stock('debian-12-xen'));
  t.deepEqual(outline(items.slice(2)), [
    'Debian GNU/Linux, with Xen hypervisor',
    [
      'Advanced options for Debian GNU/Linux (with Xen hypervisor)',
      [
        [
          'Xen hypervisor, version 4.17-amd64',
          kernels.flatMap((version) =>
            normalAndRecovery(`Debian GNU/Linux, with Xen 4.17-amd64 and Linux ${version}`),
          ),
        ],
      ],
    ],
  ]);
  t.deepEqual(
    allEntries(items).map(({ isHypervisor }) => isHypervisor),
    [...Array(5).fill(false), ...Array(5).fill(true)],
  );
});

test('an entry says what it loads, with what arguments', (t) => {
  const text = stock('debian-12-cloud');
  const [entry] = allEntries(parseGrubConfig(text).items);
  t.is(entry?.id, 'gnulinux-simple-b00c0000-0012-4000-8000-000000000001');
  t.deepEqual(entry?.initramfs, [['/boot/initrd.img-6.1.0-56-cloud-amd64']]);
  t.deepEqual(
    entry?.linux.map((line) => [
      line.command,
      line.kernel,
      text.slice(line.arguments.start, line.arguments.end),
    ]),
    [
      [
        'linux',
        '/boot/vmlinuz-6.1.0-56-cloud-amd64',
        'root=UUID=b00c0000-0012-4000-8000-000000000001 ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200 consoleblank=0 ',
      ],
    ],
  );
});

test('the memory test is no Linux; settings in functions and entries are none of the menu', (t) => {
  const config = parseGrubConfig(
    `function f {\n  set default=3\n}\nset default="\${saved_entry}"\n${stock('ubuntu-22.04-cloud')}`,
  );
  t.is(allEntries(config.items).filter(({ linux }) => linux.length === 0).length, 3);
  t.deepEqual(
    config.settings.map(({ name, value }) => `${name}=${value}`),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GRUB's own variables
    ['default=${saved_entry}', 'default=${next_entry}', 'default=0', 'timeout=0', 'timeout=0.1', 'timeout=0'],
  );
});

test('entries of other forms', (t) => {
  const config = parseGrubConfig(`blscfg
menuentry "a \\"b\\"" --id=one {
	linuxefi /vmlinuz-1 x\r
	initrdefi /ucode /initrd-1
}
menuentry 'It'\\''s' --users "" --id "two" { # why
	module2 /boot/vmlinuz-2 placeholder x
	module2 /boot/initrd-2
`);
  t.true(config.usesBootLoaderSpecification);
  t.like(config.items[0], { title: 'a "b"', id: 'one', initramfs: [['/ucode', '/initrd-1']] });
  t.like(config.items[1], { title: "It's", id: 'two' });
  t.deepEqual(
    allEntries(config.items).map(({ linux }) => linux.length),
    [1, 1],
  );
});

test('grubWords', (t) => {
  const texts = (line: string) => grubWords(line).map(({ text }) => text);
  t.deepEqual(texts(`  a 'b c'd "e\\"\\x$f" \\ g # h`), ['a', 'b cd', 'e"\\x$f', ' g']);
  t.deepEqual(texts('a; b'), ['a']);
  t.deepEqual(texts(`a 'b`), ['a', 'b']);
});

// ---------------------------------------------------------------------------------------- the entry that GRUB boots

const menu = `set default="DEFAULT"
menuentry 'A' --id a { linux /a
}
submenu 'B>b' --id b {
  menuentry 'C' --id c { linux /c
  }
  menuentry '7 D' --id d { linux /d
  }
}
menuentry '3 E' --id e { linux /e
}
`;

const defaults: readonly (readonly [value: string, title: string])[] = [
  ['0', 'A'],
  ['', 'A'],
  ['1', 'C'],
  ['2', '3 E'],
  ['3', 'A'],
  ['0x2', '3 E'],
  ['010', 'A'],
  ['1>1', '7 D'],
  ['1>0', 'C'],
  ['1>5', 'C'],
  ['b>d', '7 D'],
  ['B>>b>C', 'C'],
  ['B>>b', 'C'],
  ['C', 'A'],
  ['e', '3 E'],
  ['3 E', 'A'], // starts with a digit, so it's a number
  ['nothing', 'A'],
];

for (const [value, title] of defaults) {
  test(`GRUB's default: ${value}`, (t) => {
    const config = parseGrubConfig(menu.replace('DEFAULT', value));
    t.is(grubDefaultEntry(config, undefined)?.title, title);
    const saved = parseGrubConfig(menu.replace('DEFAULT', '$saved_entry'));
    t.is(grubDefaultEntry(saved, `# GRUB Environment Block\nsaved_entry=${value}\n####`)?.title, title);
  });
}

test("GRUB's default: stock files", (t) => {
  const environment = 'saved_entry=gnulinux-5.10.0-28-amd64-advanced-11111111-2222-4333-8444-555555555555\n';
  const flat = parseGrubConfig(stock('debian-12-flat-saved'));
  t.is(grubDefaultEntry(flat, environment)?.title, 'Debian GNU/Linux, with Linux 5.10.0-28-amd64');
  t.is(grubDefaultEntry(flat, undefined)?.title, 'Debian GNU/Linux, with Linux 6.1.0-18-amd64');
  t.is(grubDefaultEntry(parseGrubConfig(''), undefined), undefined);
  t.is(allEntries(parseGrubConfig("menuentry 'a' { linux /a; }\nmenuentry 'b' {\n}").items).length, 2);
});

// ------------------------------------------------------------------------------------------------------------ edits

for (const name of names) {
  test(`edits touch nothing else: ${name}`, (t) => {
    const text = stock(name);
    t.is(
      mapLinuxArguments(text, (line) => line),
      text,
    );
    const edited = mapLinuxArguments(text, (line) => line.replace(/ ro\b/, ' rw'));
    t.is(edited, text.replace(/^(\s*(?:linux|module)\s.*root=.*) ro\b/gm, '$1 rw'));
  });
}

test('the default entry', (t) => {
  const edited = setDefaultEntry(stock('debian-12-flat-saved'), 0);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: GRUB's own variables
  t.is(edited, stock('debian-12-flat-saved').replace('set default="${saved_entry}"', 'set default="0"'));
  t.is(setDefaultEntry(edited, 0), edited);
  t.is(setDefaultEntry("default='a b'\nset default=x # y\n", 1), "default='1'\nset default=1 # y\n");
});

test('timeouts become whole numbers, and none waits forever', (t) => {
  const text = 'set timeout=5\nset timeout="-1"\n  set timeout=0.1\nset timeout=\'x\'\nset timeout=\n';
  t.is(
    setWholeTimeouts(text),
    'set timeout=5\nset timeout="5"\n  set timeout=0\nset timeout=\'5\'\nset timeout=5\n',
  );
  t.is(setWholeTimeouts("# x\n\nmenuentry 'a' {\n}\n"), "# x\n\nset timeout=5\nmenuentry 'a' {\n}\n");
  t.is(setWholeTimeouts(''), '');
});

const timeoutCases: readonly [string, string, boolean][] = [
  ['a good one', 'set timeout=5\n', true],
  ['none', "menuentry 'a' {\n}\n", false],
  ['a negative one', 'set timeout=-1\n', false],
  ['a fraction', 'set timeout="0.5"\n', false],
  // Ubuntu's grub-mkconfig up to 13.10: after a boot that failed, the menu waits.
  ['a negative one in a branch before', 'if a; then\n  set timeout=-1\nelse\n  set timeout=10\nfi\n', true],
  ['a negative one in the last branch', 'if a; then\n  set timeout=10\nelse\n  set timeout=-1\nfi\n', false],
  ['only a plain assignment, which pygrub does not see', 'timeout=5\n', false],
  ['a plain assignment behind, which GRUB sees', 'set timeout=5\ntimeout=-1\n', false],
  ['one in a function, which is not set by itself', 'function f {\n  set timeout=5\n}\n', false],
];

for (const [title, text, isWhole] of timeoutCases) {
  test(`hasWholeTimeout: ${title}`, (t) => {
    t.is(hasWholeTimeout(text), isWhole);
  });
}

const rootCases: readonly [string, string][] = [
  // GRUB 1.99~rc1 of Ubuntu 11.04.
  ["\tset root='(/dev/sda,msdos1)'", "\tset root='(hd0,msdos1)'"],
  ['set root=(/dev/vda,gpt15)\r', 'set root=(hd0,gpt15)\r'],
  ['set root="(/dev/hda)" ', 'set root="(hd0)" '],
  ...[
    "set root='(/dev/xvda,msdos1)'",
    "set root='(/dev/sdb,msdos1)'",
    "set root='hd0,msdos1'",
    "set root='lvm/x'",
  ].map((line): [string, string] => [line, line]),
];

for (const [before, expected] of rootCases) {
  test(`the disk by its number: ${JSON.stringify(before)}`, (t) => {
    t.is(setRootsByNumber(`a\n${before}\nb`), `a\n${expected}\nb`);
    t.is(setRootsByNumber(expected), expected);
  });
}

const pieces = fc.constantFrom(
  ...[
    "menuentry 'a' {\n",
    'submenu "b" {\n',
    'function f {\n',
    '{\n',
    '}\n',
    '\n',
    ' ',
    '\t',
    '\r\n',
    '#',
    "'",
    '"',
    '\\',
    ';',
  ],
  ...[
    'linux /vmlinuz root=/dev/sda1 ro',
    'initrd /i',
    'set default=',
    'set timeout=',
    '"saved"',
    '$x',
    '\xe9',
  ],
);
const configs = fc.oneof(
  fc.array(pieces).map((all) => all.join('')),
  fc.string({ unit: 'binary' }),
);

test('any text: nothing to map, nothing changes; setting twice is setting once', (t) => {
  fc.assert(
    fc.property(configs, (text) => {
      if (mapLinuxArguments(text, (line) => line) !== text) throw new Error('mapLinuxArguments');
      const once = setWholeTimeouts(setDefaultEntry(text, 0));
      if (setWholeTimeouts(setDefaultEntry(once, 0)) !== once) throw new Error('not idempotent');
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('a megabyte of anything takes no time', (t) => {
  t.timeout(20_000);
  for (const unit of ["menuentry 'a' {\n", '}\n', '{', '"', '"\\', "'", '\\', ' ', '#', 'linux ', '{ ']) {
    const text = unit.repeat(1e6 / unit.length);
    t.is(
      mapLinuxArguments(text, (line) => line),
      text,
      unit,
    );
  }
});

test('submenus without end are neither read nor dangerous', (t) => {
  const text = `${"submenu 'a' {\n".repeat(60_000)}menuentry 'b' {\n linux /vmlinuz\n}\n${'}\n'.repeat(60_000)}menuentry 'c' {\n linux /vmlinuz\n}\n`;
  const { items } = parseGrubConfig(text);
  t.deepEqual(
    allEntries(items).map(({ title }) => title),
    ['c'],
  );
});
