import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { hvmOnlyKeys } from '../../../src/mode-records/xl-hvm-keys.js';
import { modeOf, stateOf } from '../../../src/mode-records/xl-state.js';
import { parseXl } from '../../../src/mode-records/xl-syntax.js';
import { toPvConfig } from '../../../src/mode-records/xl-to-pv.js';

const folder = 'test/guests/xl';
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.hvm.cfg'))
  .map((name) => name.replace(/\.hvm\.cfg$/, ''))
  .sort();

const example = (name: string, mode: 'hvm' | 'pv'): string =>
  readFileSync(`${folder}/${name}.${mode}.cfg`, 'latin1');

test('there are many examples, each as a pair', (t) => {
  t.true(examples.length >= 30);
  t.is(readdirSync(folder).filter((name) => name.endsWith('.cfg')).length, 2 * examples.length);
});

for (const name of examples) {
  test(`example ${name}`, (t) => {
    const result = toPvConfig(example(name, 'hvm'));
    if (result.kind !== 'converted') return t.fail(JSON.stringify(result));
    t.is(result.text, example(name, 'pv'));
    t.deepEqual(toPvConfig(result.text), { kind: 'already-pv', mode: 'pv' });
    t.true(result.changes.length > 0 && result.changes.every(({ reason }) => reason !== ''));
  });

  test(`example ${name} has nothing of an HVM domain left`, (t) => {
    const parsed = parseXl(example(name, 'pv'));
    if (parsed.kind !== 'parsed') return t.fail(parsed.reason);
    const keys = parsed.document.settings.map((setting) => setting.name);
    t.deepEqual(
      keys.filter((key) => hvmOnlyKeys.has(key) || key === 'builder' || key === 'kernel'),
      [],
    );
    t.deepEqual(modeOf(parsed.document), { kind: 'mode', mode: 'pv' });
    const [disk] = stateOf(parsed.document, 'pv').disks;
    t.is(disk?.device, 'xvda');
    t.false(disk?.cdrom ?? true);
  });
}

const hvm = (lines: string): string => `type="hvm"\n${lines}\n`;
const disk = 'disk=["/x,raw,hda"]';

const unsupported: readonly (readonly [string, string, RegExp])[] = [
  [
    'a kernel of the host',
    hvm(`kernel="/boot/vmlinuz-6.1"\n${disk}`),
    /boots the kernel \/boot\/vmlinuz-6\.1/,
  ],
  ['no disk', hvm('memory=1'), /no disk/],
  ['an empty list of disks', hvm('disk=[]'), /no disk/],
  ['an empty CD drive only', hvm('disk=[",hdc:cdrom,r"]'), /no disk/],
  ['a disk that xl refuses', hvm('disk=["/x,hda,w"]'), /xl refuses its disk "\/x,hda,w"/],
  ['a partition as a disk', hvm('disk=["phy:/dev/x,hda1,w"]'), /not a whole disk/],
  ['disks as a string', hvm('disk="/x,raw,hda"'), /no list/],
  ['a disk as a list', hvm('disk=[["/x,raw,hda"]]'), /is a list/],
  ['a vif as a string', hvm(`${disk}\nvif="bridge=x"`), /"vif" is no list/],
  ['a vif as a list', hvm(`${disk}\nvif=[["bridge=x"]]`), /a "vif" is a list/],
  ['vnuma', hvm(`${disk}\nvnuma=[["pnode=0","size=512"]]`), /vnuma/],
  ['a type that is put together', `type="h"\ntype+="vm"\n${disk}\n`, /builds type up/],
  ['an unknown type', `type="xen"\n${disk}\n`, /type is "xen"/],
  ['an unknown builder', `builder="domu"\n${disk}\n`, /builder is "domu"/],
  ['a contradiction', `type="pv"\nbuilder="hvm"\n${disk}\n`, /contradict/],
  ['a PV domain that boots nothing', `name="x"\n${disk}\n`, /nothing to boot/],
  ['hvmloader without a builder', `kernel="/usr/lib/xen/boot/hvmloader"\n${disk}\n`, /nothing to boot/],
  ['Windows line ends', 'type="hvm"\r\nname="x"\r\n', /carriage return/],
  ['Python', 'import os\ntype="hvm"\n', /line 1 is Python \("import os"\)/],
];

for (const text of [
  `kernel="/boot/vmlinuz"\nramdisk="/boot/initrd"\nroot="/dev/xvda1"\n${disk}\n`,
  `builder="generic"\nkernel="/boot/vmlinuz"\n${disk}\n`,
  `type="pvh"\nkernel="/boot/vmlinuz"\n${disk}\n`,
]) {
  test(`a kernel of the host doesn't boot the converted guest: ${text.slice(0, 30)}`, (t) => {
    const result = toPvConfig(text, { boot: { kind: 'pygrub' } });
    if (result.kind !== 'unsupported') return t.fail(JSON.stringify(result));
    t.regex(result.reason, /the kernel \/boot\/vmlinuz of this host/);
  });
}

for (const [title, text, reason] of unsupported) {
  test(`unsupported: ${title}`, (t) => {
    const result = toPvConfig(text);
    if (result.kind !== 'unsupported') return t.fail(JSON.stringify(result));
    t.regex(result.reason, reason);
    t.not(result.remedy, '');
  });
}

const already: readonly (readonly [string, string, 'pv' | 'pvh'])[] = [
  ['type and pygrub', `type="pv"\nbootloader="pygrub"\n${disk}\n`, 'pv'],
  ['a beginning of the type', `type="p"\nbootloader="pygrub"\n${disk}\n`, 'pv'],
  ['pygrub without a type', `bootloader="pygrub"\n${disk}\n`, 'pv'],
  ['builder linux of xm', `builder='linux'\nbootloader='/usr/bin/pygrub'\n${disk}\n`, 'pv'],
  ['pvgrub as firmware', `type="pv"\nfirmware="pvgrub64"\n${disk}\n`, 'pv'],
  ['PVH', `type="pvh"\nbootloader="pygrub"\n${disk}\n`, 'pvh'],
  ['GRUB for PV as kernel', `kernel="/usr/lib/grub-xen/grub-x86_64-xen.bin"\n${disk}\n`, 'pv'],
  ['a later type', `type="hvm"\ntype="pv"\nbootloader="pygrub"\n${disk}\n`, 'pv'],
];

for (const [title, text, mode] of already) {
  test(`already PV: ${title}`, (t) => {
    t.deepEqual(toPvConfig(text), { kind: 'already-pv', mode });
  });
}

test('the disk with the image comes first, whatever its name', (t) => {
  const text = hvm('disk=["/a,raw,hda", "/b,raw,hdb", "/c,raw,hdc"]');
  const result = toPvConfig(text, { bootDisk: '/b' });
  t.like(result, {
    kind: 'converted',
    text: 'type="pv"\nbootloader="pygrub"\nbootloader_args=["-q"]\ndisk=["/b,raw,xvda", "/a,raw,xvdb", "/c,raw,xvdc"]\n',
  });
});

test('comments move with their disks, also to a line that had none', (t) => {
  const text = hvm('disk=[\n"/data,raw,hdb",  # data\n"/root,raw,hda",\n]');
  const result = toPvConfig(text);
  t.like(result, {
    kind: 'converted',
    text: 'type="pv"\nbootloader="pygrub"\nbootloader_args=["-q"]\ndisk=[\n"/root,raw,xvda",\n"/data,raw,xvdb",  # data\n]\n',
  });
});

test('reasons name the key and say why', (t) => {
  const result = toPvConfig(hvm(`${disk}\nserial="pty"`));
  if (result.kind !== 'converted') return t.fail();
  t.deepEqual(
    result.changes.map(({ key }) => key),
    ['type', 'bootloader', 'bootloader_args', 'disk', 'serial'],
  );
  t.regex(result.changes.at(-1)?.reason ?? '', /^serial is an emulated serial port/);
});

// ------------------------------------------------------------------------------------------------- properties

const gap = fc.constantFrom('', ' ', '\t', '  ');
const ending = fc.constantFrom('\n', ' # why\n', '; ', ' ;\n', '\n\n', '\n# alone\n');
const setting = fc.constantFrom(
  ...[
    'vnc%1',
    'serial%"pty"',
    'serial%[ # s\n"pty", # t\n]',
    'memory%512',
    "name%'n'",
    'usb%1',
    'cpus%["1","2"]',
  ],
  ...[
    'vif%["type=ioemu,bridge=b"]',
    "vif%[ '' ]",
    'boot%"c"',
    'acpi%1',
    'uuid%"u"',
    'builder%"hvm"',
    'type%"hvm"',
  ],
  ...['kernel%"hvmloader"', 'on_crash%"destroy"', 'disk+=[]', 'x%[\n1,\n\n]'],
);
const diskList = fc.constantFrom(
  ...[
    'disk%["/x,raw,hda"]',
    "disk%[ 'phy:/x,ioemu:hda,w', ',hdc:cdrom,r' ]",
    'disk%[",hdc:cdrom,r",\n"/x,,hda",\n]',
  ],
  ...['disk%[\n"/y,,hdb", # y\n"/x,,hda" # x\n]', "disk%['vdev=sda,target=/x, y']"],
);
const file = fc
  .tuple(
    fc.array(fc.tuple(setting, gap, ending), { maxLength: 12 }),
    fc.tuple(diskList, gap, ending),
    fc.tuple(fc.constantFrom('type%"hvm"', "builder%'hvm'"), gap, ending),
    fc.array(fc.tuple(setting, gap, ending), { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([before, disks, type, after, hasEnd]) => {
    const text = [...before, disks, type, ...after].map(
      ([one, blank, end]) => one.replace('%', `${blank}=${blank}`) + end,
    );
    return hasEnd ? text.join('') : text.join('').replace(/\n$/, '');
  });

const wordsOf = (text: string, kind: 'comment' | 'settings'): string[] => {
  const parsed = parseXl(text);
  if (parsed.kind !== 'parsed') return [parsed.reason];
  const { tokens, settings } = parsed.document;
  if (kind === 'comment')
    return tokens
      .filter((token) => token.kind === 'comment')
      .map((token) => token.text)
      .sort();
  return settings
    .filter(({ name }) => /^(?:memory|name|cpus|uuid|on_crash|x)$/.test(name))
    .map(({ first, last }) =>
      tokens
        .slice(first, last + 1)
        .map((token) => token.text)
        .join(''),
    );
};

test('converted files are PV, keep their comments and other settings, and stay as they are', (t) => {
  let converted = 0;
  fc.assert(
    fc.property(file, (text) => {
      const result = toPvConfig(text);
      if (result.kind !== 'converted')
        return result.kind === 'unsupported' && parseXl(text).kind === 'unreadable';
      converted += 1;
      t.deepEqual(wordsOf(result.text, 'comment'), wordsOf(text, 'comment'));
      t.deepEqual(wordsOf(result.text, 'settings'), wordsOf(text, 'settings'));
      return toPvConfig(result.text).kind === 'already-pv';
    }),
    { numRuns: 1500 },
  );
  t.true(converted > 500);
});

test('no text makes it throw', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    file.chain((one) => fc.nat(one.length).map((at) => one.slice(at))),
  );
  fc.assert(
    fc.property(text, (one) => toPvConfig(one).kind !== undefined),
    { numRuns: 1000 },
  );
  t.pass();
});
