import { readdirSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { devicesOf, modeOf, stateOf } from '../../../src/mode-records/libvirt-state.js';
import { toPvDomain } from '../../../src/mode-records/libvirt-to-pv.js';
import { parseDomain } from '../../../src/mode-records/libvirt-xml.js';
import { example, exampleFolder, exampleNames, mutated, mutationCount } from './libvirt-examples.js';

test('there are many examples, each as a pair', (t) => {
  t.true(exampleNames.length >= 30);
  t.is(readdirSync(exampleFolder).filter((name) => name.endsWith('.xml')).length, 2 * exampleNames.length);
});

const documentOf = (text: string) => {
  const parsed = parseDomain(text);
  if (parsed.kind !== 'parsed') throw new Error(parsed.reason);
  return parsed.document;
};

for (const name of exampleNames) {
  test(`example ${name}`, (t) => {
    const result = toPvDomain(example(name, 'hvm'));
    if (result.kind !== 'converted') return t.fail(JSON.stringify(result));
    t.is(result.text, example(name, 'pv'));
    t.deepEqual(toPvDomain(result.text), { kind: 'already-pv', mode: 'pv' });
    t.true(result.changes.length > 0 && result.changes.every(({ reason }) => reason !== ''));
  });

  test(`example ${name} as a PVH domain`, (t) => {
    const boot = { kind: 'pygrub', target: 'pvh' } as const;
    const result = toPvDomain(example(name, 'hvm'), { boot });
    if (result.kind !== 'converted') return t.fail(JSON.stringify(result));
    // The type's text, in whatever form the definition has it, and the machine.
    const asPv = result.text
      .replace(/(<(\w+:)?os[ >].*?)(xenpvh)(["'])/s, '$1xenpv$4')
      .replace(/(<(\w+:)?os[ >].*?>)xenpvh</s, '$1linux<');
    t.is(asPv, example(name, 'pv'));
    t.deepEqual(toPvDomain(result.text, { boot }), { kind: 'already-pv', mode: 'pvh' });
    t.is(toPvDomain(example(name, 'pv'), { boot }).kind, 'unsupported');
  });

  test(`example ${name} has nothing of an HVM domain left`, (t) => {
    const document = documentOf(example(name, 'pv'));
    t.deepEqual(modeOf(document), { kind: 'mode', mode: 'pv' });
    const { disks } = stateOf(document, 'pv');
    t.is(disks.filter(({ device }) => device === 'xvda').length, 1);
    t.true(disks.every(({ device, cdrom }) => /^xvd[a-z]$/.test(device) && !cdrom));
    t.is(new Set(disks.map(({ device }) => device)).size, disks.length);
    for (const gone of ['emulator', 'serial', 'video', 'graphics', 'input', 'sound']) {
      t.deepEqual(devicesOf(document.domain, gone), [], gone);
    }
  });
}

/** A definition with these elements in it, and whatever is to be told apart of its `os` and its disk. */
const hvm = (more = '', os = '<type>hvm</type>', disk = "<source file='/x'/><target dev='hda'/>") =>
  `<domain type='xen'><name>n</name><os>${os}</os><devices><disk>${disk}</disk>${more}</devices></domain>`;

const unsupported: readonly (readonly [string, string, RegExp])[] = [
  ['a KVM domain', hvm().replace('xen', 'kvm'), /a domain of type kvm/],
  ['no type of domain', hvm().replace(" type='xen'", ''), /of type \(none\)/],
  ['no os', '<domain type="xen"><name>n</name></domain>', /os\/type is missing/],
  ['several os', hvm().replace('<devices>', '<os/><devices>'), /several <os>/],
  ['several types', hvm('', '<type>hvm</type><type>linux</type>'), /"hvm" and "linux"/],
  ['an unknown type', hvm('', '<type>exe</type>'), /os\/type is "exe"/],
  [
    'a kernel of the host',
    hvm('', '<type>hvm</type><kernel>/boot/vmlinuz</kernel>'),
    /the kernel \/boot\/vmlinuz/,
  ],
  ['no disk', "<domain type='xen'><os><type>hvm</type></os></domain>", /no disk to boot/],
  [
    'a floppy only',
    hvm('', undefined, "<target dev='fda'/>").replace('<disk>', '<disk device="floppy">'),
    /no disk/,
  ],
  [
    'a partition as a disk',
    hvm('', undefined, "<source file='/x'/><target dev='hda1'/>"),
    /not a whole disk/,
  ],
  ['a virtio disk', hvm('', undefined, "<source file='/x'/><target dev='vda'/>"), /not a whole disk/],
  ['SCSI commands', hvm().replace('<disk>', '<disk device="lun">'), /SCSI commands/],
  ['a USB device', hvm("<hostdev mode='subsystem' type='usb'/>"), /hands a usb device/],
  ['vNUMA', hvm().replace('<os>', '<cpu><numa/></cpu><os>'), /cpu\/numa/],
  ['a network', '<network><name>default</name></network>', /a <network>/],
  ['a status file', '<domstatus><domain/></domstatus>', /a <domstatus>/],
  [
    'a namespace for all',
    hvm().replace('<domain', '<domain xmlns="http://example.org/"'),
    /describes no domain/,
  ],
  ['nothing', '', /not well-formed|no element/],
  ['no XML', 'name = "web"\n', /not well-formed/],
  ['an end that is missing', hvm().replace('</devices>', ''), /doesn't fit|no end/],
  ['an unknown entity', hvm().replace('>n<', '>&n;<'), /a & begins nothing/],
  ['an unknown entity in an attribute', hvm().replace("'/x'", "'&x;'"), /a & begins nothing/],
  ['a character that is none', hvm().replace('>n<', '>&#x1F;<'), /a & begins nothing/],
  ['a control character', hvm().replace('>n<', '>\0<'), /control characters/],
  ['no blank between attributes', hvm().replace("'xen'", "'xen'id='3'"), /malformed/],
  ['an attribute twice', hvm().replace("'xen'", "'xen' type='xen'"), /not well-formed/],
  ['two roots', `${hvm()}${hvm()}`, /not well-formed|unclear/],
  ['UTF-16', '\xff\xfe<\0d\0', /encoded as UTF-16/],
  ['another encoding', `<?xml version='1.0' encoding='EBCDIC'?>${hvm()}`, /encoded as EBCDIC/],
  ['bytes that are no UTF-8', hvm().replace('>n<', '>\xe9<'), /not valid UTF-8/],
  ['too deep', `<domain type='xen'>${'<a>'.repeat(200)}${'</a>'.repeat(200)}</domain>`, /nested more than/],
  ['too many elements', `<domain>${'<a/>'.repeat(20_000)}</domain>`, /more than 20000/],
  ['too large', `<domain>${' '.repeat(2 ** 20)}</domain>`, /too large/],
];

for (const [title, text, reason] of unsupported) {
  test(`unsupported: ${title}`, (t) => {
    const result = toPvDomain(text);
    if (result.kind !== 'unsupported') return t.fail(JSON.stringify(result));
    t.regex(result.reason, reason);
    t.not(result.remedy, '');
  });
}

const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');

for (const [title, declaration] of [
  ['many laughs', `<!DOCTYPE domain [<!ENTITY l0 "ha">${laughs}]>`],
  ['a file of the host', '<!DOCTYPE domain [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'],
  ['another host', '<!DOCTYPE domain SYSTEM "http://example.org/domain.dtd">'],
] as const) {
  test(`a document type is refused before anything is expanded: ${title}`, (t) => {
    const started = Date.now();
    const result = toPvDomain(declaration + hvm().replace('>n<', '>&l9;<'));
    if (result.kind !== 'unsupported') return t.fail();
    t.regex(result.reason, /has a document type/);
    t.true(Date.now() - started < 1000);
  });
}

test('what is nested as deep and as wide as the limits allow takes no long time', (t) => {
  const started = Date.now();
  for (const piece of ['<a/>', '<a>', '<!---->', 'x ', "<a b='", ' ', '&amp;', '</a>']) {
    const text = `<domain type='xen'><os><type>hvm</type></os>${piece.repeat(1_000_000 / piece.length)}`;
    toPvDomain(text);
    toPvDomain(`${text}</domain>`);
  }
  t.true(Date.now() - started < 20_000);
});

const pv = (os: string, more = '') => `<domain type='xen'>${more}<os><type>linux</type>${os}</os></domain>`;
const pvgrub = { kind: 'pvgrub2', program: '/usr/lib/grub-xen/grub-x86_64-xen.bin' } as const;
const kernel = {
  kind: 'kernel',
  kernel: '/srv/k',
  initramfs: '/srv/i',
  commandLine: 'root=/dev/xvda1 "x" <&',
} as const;

for (const [title, text, mode] of [
  ['pygrub', pv('', '<bootloader>pygrub</bootloader>'), 'pv'],
  ['nothing said, which means pygrub', pv(''), 'pv'],
  ['the type xen', pv('').replace('linux', 'xen'), 'pv'],
  ['a boot loader and no os', "<domain type='xen'><bootloader>/usr/bin/pygrub</bootloader></domain>", 'pv'],
  ['GRUB for PV', pv(`<kernel>${pvgrub.program}</kernel>`), 'pv'],
  ['PVH', pv('').replace('linux', 'xenpvh'), 'pvh'],
] as const) {
  test(`already PV: ${title}`, (t) => {
    t.deepEqual(toPvDomain(text), { kind: 'already-pv', mode });
    t.deepEqual(toPvDomain(text, { boot: { kind: 'pygrub' } }), { kind: 'already-pv', mode });
  });
}

test("a PV domain that boots otherwise than the guest needs can't be used", (t) => {
  const own = pv('<kernel>/boot/vmlinuz</kernel>');
  t.like(toPvDomain(own, { boot: { kind: 'pygrub' } }), { kind: 'unsupported' });
  t.like(toPvDomain(pv(''), { boot: pvgrub }), { kind: 'unsupported' });
  t.like(toPvDomain(pv(''), { boot: kernel }), { kind: 'unsupported' });
  t.like(toPvDomain(own, { boot: { ...kernel, kernel: '/boot/vmlinuz' } }), { kind: 'already-pv' });
});

test('GRUB for PV and a kernel of the host stand in os, and nothing else boots then', (t) => {
  const text = hvm('', '<type>hvm</type><boot dev="hd"/>').replace('<os>', '<bootloader>x</bootloader><os>');
  const grub = toPvDomain(text, { boot: pvgrub });
  if (grub.kind !== 'converted') return t.fail(JSON.stringify(grub));
  t.true(
    grub.text.startsWith(
      `<domain type='xen'><name>n</name><os><type machine='xenpv'>linux</type><kernel>${pvgrub.program}</kernel></os>`,
    ),
    grub.text,
  );
  t.like(toPvDomain(grub.text, { boot: pvgrub }), { kind: 'already-pv' });
  const direct = toPvDomain(text, { boot: kernel });
  if (direct.kind !== 'converted') return t.fail(JSON.stringify(direct));
  t.true(
    direct.text.includes(
      '<kernel>/srv/k</kernel><initrd>/srv/i</initrd><cmdline>root=/dev/xvda1 &quot;x&quot; &lt;&amp;</cmdline>',
    ),
    direct.text,
  );
  t.like(toPvDomain(direct.text, { boot: kernel }), { kind: 'already-pv' });
});

test('paths of kernels that are not ASCII are right in every encoding', (t) => {
  const boot = { kind: 'kernel', kernel: '/srv/für/東', commandLine: '' } as const;
  for (const head of ['', "<?xml version='1.0' encoding='ISO-8859-1'?>"]) {
    const result = toPvDomain(head + hvm(), { boot });
    if (result.kind !== 'converted') return t.fail();
    t.true(result.text.includes('<kernel>/srv/f&#xfc;r/&#x6771;</kernel>'));
    t.like(toPvDomain(result.text, { boot }), { kind: 'already-pv' });
  }
});

test('the disk with the image is xvda, whatever its name', (t) => {
  const other =
    "<disk><source dev='/b'/><target dev='hdb'/></disk><disk><source dev='/c'/><target dev='hdc'/></disk>";
  const result = toPvDomain(hvm(other), { bootDisk: '/b' });
  if (result.kind !== 'converted') return t.fail();
  t.deepEqual(
    stateOf(documentOf(result.text), 'pv').disks.map(({ target, device }) => `${target} ${device}`),
    ['/x xvdb', '/b xvda', '/c xvdc'],
  );
});

test('a definition says what it says', (t) => {
  const { mode, ...state } = stateOf(documentOf(example('from-native-xl', 'hvm')), 'hvm');
  t.is(mode, 'hvm');
  t.deepEqual(state, {
    domain: 'mail',
    disks: [
      { target: '/dev/vg0/mail', device: 'hda', format: 'raw', readOnly: false, cdrom: false },
      { target: '/srv/iso/debian.iso', device: 'hdc', format: 'raw', readOnly: true, cdrom: true },
    ],
    vifs: [{ mac: '00:16:3e:0a:0b:04', bridge: 'br7', ip: '10.0.0.1 10.1.1.1 2001:db8::1' }],
  });
  const [rbd, volume] = stateOf(documentOf(example('network-disks', 'hvm')), 'hvm').disks;
  t.like(rbd, { target: 'rbd:libvirt/ceph-root', script: 'network' });
  t.like(volume, { target: 'default/ceph-data.qcow2', format: 'qcow2', script: 'storage pool' });
  const [latin1] = stateOf(documentOf(example('latin1', 'hvm')), 'hvm').disks;
  t.is(latin1?.target, Buffer.from('/srv/café.img').toString('latin1'));
  const [entities] = stateOf(documentOf(example('entities', 'hvm')), 'hvm').disks;
  t.like(entities, { target: `/srv/r&d/it's "it".img`, device: 'hda' });
});

// ------------------------------------------------------------------------------------------------- properties

const spoilt = fc
  .tuple(
    fc.constantFrom(...exampleNames),
    fc.array(fc.tuple(fc.nat(mutationCount - 1), fc.double({ min: 0, max: 1, noNaN: true })), {
      maxLength: 3,
    }),
  )
  .map(([name, steps]) =>
    steps.reduce((text, [which, at]) => mutated(text, which, at), example(name, 'hvm')),
  );

test('no spoilt definition makes it throw; what is converted stays as it is', (t) => {
  let converted = 0;
  let refused = 0;
  fc.assert(
    fc.property(spoilt, (text) => {
      const result = toPvDomain(text);
      if (result.kind !== 'converted') {
        refused += 1;
        return true;
      }
      converted += 1;
      return toPvDomain(result.text).kind === 'already-pv';
    }),
    { numRuns: 1500 },
  );
  t.true(converted > 200 && refused > 200, `${converted} ${refused}`);
});

/** Elements that are nobody's, at places where anything may stand. */
const foreign = fc.constantFrom(
  '<!-- a < b -->',
  "<x:y xmlns:x='urn:x'><x:os>hvm</x:os></x:y>",
  "<unknown  a = 'b'\t>\r\n</unknown >",
  '<?keep this?>',
  '<![CDATA[<os>]]>',
  '<cputune/>',
);

test('what is nobody’s keeps its bytes, wherever it stands', (t) => {
  const places = ['<os>', '<devices>', '</devices>', '</domain>', '<memory', '<vcpu'];
  fc.assert(
    fc.property(
      fc.constantFrom(...exampleNames),
      fc.constantFrom(...places),
      foreign,
      (name, place, what) => {
        const text = example(name, 'hvm').replace(
          new RegExp(`\n[ \t]*${place}`),
          (found) => `\n${what}${found}`,
        );
        const result = toPvDomain(text);
        if (!text.includes(what)) return true;
        return result.kind === 'converted' && result.text.includes(what);
      },
    ),
    { numRuns: 600 },
  );
  t.pass();
});

test('no text makes it throw', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => toPvDomain(text).kind === 'unsupported'),
    { numRuns: 500 },
  );
  t.pass();
});
