import test from 'ava';
import fc from 'fast-check';
import { type PvConfigRequest, pvConfig } from '../../../src/mode-records/pv-config.js';
import { stateOf } from '../../../src/mode-records/xl-state.js';
import { parseXl, stringOf } from '../../../src/mode-records/xl-syntax.js';
import { toPvConfig } from '../../../src/mode-records/xl-to-pv.js';
import type { ImageFormat } from '../../../src/model.js';

function textOf(request: PvConfigRequest): string {
  const config = pvConfig(request);
  if (config.kind !== 'text') throw new Error(config.reason);
  return config.text;
}

function stateIn(text: string): ReturnType<typeof stateOf> {
  const parsed = parseXl(text);
  if (parsed.kind !== 'parsed') throw new Error(parsed.reason);
  return stateOf(parsed.document, 'pv');
}

test('the whole text', (t) => {
  t.is(
    textOf({ imagePath: '/srv/xen/web01.img', format: 'raw' }),
    `# Written by convert-image, because no configuration of a virtual machine with this disk was found.
# It boots the converted image as a PV domain: xl create -c FILE. Adapt memory, vcpus and vif.
name = "web01"
type = "pv"
# -q: boot at once, wait for no key.
bootloader = "pygrub"
bootloader_args = [ "-q" ]
memory = 512
vcpus = 1
disk = [ "format=raw,vdev=xvda,access=rw,target=/srv/xen/web01.img" ]
# The network card: nothing is known about it. A fixed mac keeps the same card at every start.
#vif = [ "mac=00:16:3e:XX:XX:XX,bridge=xenbr0" ]
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "destroy"
`,
  );
});

test('what is known is in it', (t) => {
  const vifs = [{ mac: '00:16:3e:00:00:01', bridge: 'br0', ip: '10.0.0.2' }, {}, { bridge: 'br1' }];
  const text = textOf({
    imagePath: '/a.vhd',
    format: 'vhd',
    name: 'Zürich "1"',
    memory: 2048,
    vcpus: 4,
    vifs,
  });
  t.regex(text, /^memory = 2048$/m);
  t.regex(text, /^vcpus = 4$/m);
  t.regex(text, /^vif = \[ "mac=00:16:3e:00:00:01,bridge=br0,ip=10\.0\.0\.2", "bridge=br1" \]$/m);
  t.is(stateIn(text).domain, Buffer.from('Zürich "1"').toString('latin1'));
});

const names: readonly (readonly [string, string])[] = [
  ['/srv/web01.img', 'web01'],
  ['/srv/web01.qcow2', 'web01'],
  ['/srv/web.example.org.raw', 'web.example.org'],
  ['/dev/vg0/web01-disk', 'web01-disk'],
  ['/srv/a b,c.vhd', 'a-b-c'],
  ['/srv/1234.img', 'vm-1234'],
  ['/srv/.img', 'converted'],
  ['/srv/日本.img', 'converted'],
];

for (const [imagePath, name] of names) {
  test(`name of the domain for ${imagePath}`, (t) => {
    t.is(stateIn(textOf({ imagePath, format: 'raw' })).domain, name);
  });
}

test('it is a PV domain already', (t) => {
  t.deepEqual(toPvConfig(textOf({ imagePath: '/a.img', format: 'raw' })), { kind: 'already-pv', mode: 'pv' });
});

/** Each of these lines was given to xlu_disk_parse of Xen 4.17, which found the path again. */
const targets: readonly (readonly [string, ImageFormat, string])[] = [
  [
    '/srv/with space, comma,.img',
    'qcow2',
    'format=qcow2,vdev=xvda,access=rw,target=/srv/with space, comma,.img',
  ],
  ['/srv/a,', 'raw', 'format=raw,vdev=xvda,access=rw,target=/srv/a,,'],
  ['/srv/q"uo\'te\\b:s=x.vhd', 'vhd', 'format=vhd,vdev=xvda,access=rw,target=/srv/q\\"uo\'te\\\\b:s=x.vhd'],
  ['/srv/\u00fc.raw', 'raw', 'format=raw,vdev=xvda,access=rw,target=/srv/\xc3\xbc.raw'],
];

for (const [imagePath, format, line] of targets) {
  test(`disk line for ${imagePath}`, (t) => {
    t.true(textOf({ imagePath, format }).includes(`\ndisk = [ "${line}" ]\n`));
  });
}

test('a line break in the path is beyond xl', (t) => {
  const config = pvConfig({ imagePath: '/srv/a\nb.img', format: 'raw' });
  t.is(config.kind, 'impossible');
});

test('every other path is found again', (t) => {
  const imagePath = fc.string({ unit: 'grapheme' }).map((name) => `/${name.replace(/[\n\0]/g, '')}`);
  fc.assert(
    fc.property(imagePath, fc.constantFrom('raw', 'qcow2', 'vhd'), (path, format) => {
      const text = textOf({ imagePath: path, format });
      const parsed = parseXl(text);
      const [disk] = stateIn(text).disks;
      return (
        parsed.kind === 'parsed' &&
        stringOf(parsed.document, 'type') === 'pv' &&
        Buffer.from(disk?.target ?? '', 'latin1').toString() === Buffer.from(path).toString() &&
        disk?.format === format &&
        disk.device === 'xvda'
      );
    }),
    { numRuns: 500 },
  );
  t.pass();
});
