/** Expected texts follow nm-settings-keyfile(5). test/system/network-manager.test.ts asks nmcli itself. */
import test from 'ava';
import fc from 'fast-check';
import type { GuestNode, NetworkRequest } from '../../../../src/model.js';
import {
  address,
  type Files,
  filesAfter,
  keep,
  link,
  noAddress,
  planned,
  textsOf,
  withDns,
} from './planned.js';

const folder = '/etc/NetworkManager/system-connections';
const enabled: Files = {
  '/etc/systemd/system/multi-user.target.wants/NetworkManager.service': link(),
  '/etc/NetworkManager/NetworkManager.conf':
    '[main]\nplugins=ifupdown,keyfile\n\n[ifupdown]\nmanaged=false\n',
};
const secret = (text: string): GuestNode => ({ kind: 'file', text, mode: 0o600 });
const profile = (rest: string, ipv4 = 'method=auto\n', type = 'ethernet') =>
  `[connection]\nid=Wired connection 1\nuuid=5b8e2c1e-0d4c-3f9a-8a56-2f5a2f1d6c55\ntype=${type}\n${rest}\n[ipv4]\n${ipv4}\n[ipv6]\nmethod=auto\n`;
const fixed = 'method=manual\naddress1=18.181.3.4/16,18.181.0.1\n';

interface Edited {
  readonly title: string;
  readonly request?: NetworkRequest;
  readonly systemd?: number;
  readonly packages?: Readonly<Record<string, string>>;
  /** By name below system-connections, mode 0600, or by absolute path. */
  readonly files: Files;
  readonly after: Readonly<Record<string, string>>;
  readonly notices?: readonly string[];
}

const placed = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([name, node]) =>
      name.startsWith('/') || typeof node !== 'string' ? [name, node] : [`${folder}/${name}`, secret(node)],
    ),
  );

const made = (name: string, dns = '') =>
  `[connection]\nid=${name}\nuuid=UUID\ntype=ethernet\ninterface-name=${name}\nautoconnect-priority=100\n\n[ipv4]\n${fixed}${dns}\n[ipv6]\nmethod=auto\n`;

const edited: readonly Edited[] = [
  {
    title: 'a profile of an interface',
    files: {
      'x.nmconnection': `# mine\n${profile('interface-name=ens3\n', 'dns-search=a.b;\nmethod=auto\ndns=1.1.1.1;\n')}`,
    },
    after: {
      'x.nmconnection': `# mine\n${profile('interface-name=enX0\n', 'dns-search=a.b;\nmethod=manual\ndns=1.1.1.1;\naddress1=18.181.3.4/16,18.181.0.1\n')}`,
    },
  },
  {
    title: 'name servers, a name without ending',
    request: withDns,
    files: { 'Wired connection 1': profile('interface-name=enX0\n', 'method=auto\ndns=1.1.1.1;\n') },
    after: {
      'Wired connection 1': profile(
        'interface-name=enX0\n',
        'method=manual\ndns=18.70.0.160;18.71.0.151;\naddress1=18.181.3.4/16,18.181.0.1\n',
      ),
    },
  },
  {
    title: 'a MAC address stays, and no [ipv4] is DHCP too',
    files: {
      a: '[connection]\nid=a\ntype=802-3-ethernet\n\n[802-3-ethernet]\nmac-address=00:16:3E:00:00:01',
    },
    after: {
      a: `[connection]\nid=a\ntype=802-3-ethernet\n\n[802-3-ethernet]\nmac-address=00:16:3E:00:00:01\n\n[ipv4]\naddress1=18.181.3.4/16,18.181.0.1\nmethod=manual\n`,
    },
    notices: ['no-dns'],
  },
  {
    title: 'an address beside DHCP stays',
    request: withDns,
    files: { a: profile('', 'address1=10.0.0.2/8\nmethod=auto\n') },
    after: {
      a: profile(
        '',
        'address1=10.0.0.2/8\naddress2=18.181.3.4/16,18.181.0.1\nmethod=manual\ndns=18.70.0.160;18.71.0.151;\n',
      ),
    },
  },
  {
    title: 'NetworkManager 0.9.4',
    request: withDns,
    packages: { 'network-manager': '0.9.4.0-0ubuntu3' },
    systemd: 204,
    files: { a: profile('interface-name=eth0\n') },
    after: {
      a: profile(
        'interface-name=eth0\n',
        'method=manual\naddresses1=18.181.3.4;16;18.181.0.1;\ndns=18.70.0.160;18.71.0.151;\n',
      ),
    },
  },
  {
    title: 'the bus of the emulated card',
    request: keep,
    files: { a: profile('\n[match]\npath=pci-0000:00:03.0;\n') },
    after: { a: profile('interface-name=enX0\n\n[match]\n') },
  },
  {
    title: 'a VLAN over a card, static',
    request: noAddress,
    files: {
      v: profile('interface-name=office\n\n[vlan]\nparent=ens3\nid=5\n', fixed, 'vlan'),
      p: profile('interface-name=ens3\n', 'method=disabled\n'),
    },
    after: {
      p: profile('interface-name=enX0\n', 'method=disabled\n'),
      v: profile('interface-name=office\n\n[vlan]\nparent=enX0\nid=5\n', fixed, 'vlan'),
    },
  },
  {
    title: 'a bridge and its port',
    request: withDns,
    files: {
      b: profile('interface-name=br0\n', 'method=auto\n', 'bridge'),
      p: '[connection]\nid=p\ntype=ethernet\ninterface-name=ens3\nmaster=br0\nslave-type=bridge\n',
    },
    after: {
      b: profile(
        'interface-name=br0\n',
        `method=manual\naddress1=18.181.3.4/16,18.181.0.1\ndns=18.70.0.160;18.71.0.151;\n`,
        'bridge',
      ),
      p: '[connection]\nid=p\ntype=ethernet\ninterface-name=enX0\nmaster=br0\nslave-type=bridge\n',
    },
  },
  {
    title: 'the automatic profile',
    request: withDns,
    files: {},
    after: { 'enX0.nmconnection': made('enX0', 'dns=18.70.0.160;18.71.0.151;\n') },
  },
  {
    title: 'the automatic profile of the card that a static VLAN is on',
    request: withDns,
    files: {
      v: profile(
        'interface-name=office\n\n[vlan]\nparent=ens3\nid=5\n',
        'method=manual\naddress1=10.0.0.2/8\n',
        'vlan',
      ),
    },
    after: {
      v: profile(
        'interface-name=office\n\n[vlan]\nparent=enX0\nid=5\n',
        'method=manual\naddress1=10.0.0.2/8\n',
        'vlan',
      ),
      'enX0.nmconnection': made('enX0', 'dns=18.70.0.160;18.71.0.151;\n'),
    },
  },
  {
    title: 'the user says what the card will be called',
    request: { ...withDns, interface: 'enX0' },
    files: { a: profile('interface-name=ens3\n') },
    after: {
      a: profile(
        'interface-name=enX0\n',
        'method=manual\naddress1=18.181.3.4/16,18.181.0.1\ndns=18.70.0.160;18.71.0.151;\n',
      ),
    },
  },
  {
    title: 'an interface that is named without need is renamed, and not missed',
    request: { ...noAddress, interface: 'ens3' },
    files: { a: profile('interface-name=ens3\n', fixed) },
    after: { a: profile('interface-name=enX0\n', fixed) },
  },
  {
    title: 'the automatic profile beside wireless, of an old release',
    systemd: 247,
    files: { w: profile('', 'method=auto\n', 'wifi') },
    after: { 'eth0.nmconnection': made('eth0') },
    notices: ['no-dns'],
  },
  {
    title: 'the named one of two: before a profile for any card',
    request: { ...withDns, interface: 'enX0' },
    files: {
      a: profile('interface-name=enX0\n', 'method=auto\n'),
      b: '[connection]\nid=any\ntype=ethernet\nautoconnect-priority=5\n',
    },
    after: {
      a: profile(
        'interface-name=enX0\nautoconnect-priority=6\n',
        'method=manual\naddress1=18.181.3.4/16,18.181.0.1\ndns=18.70.0.160;18.71.0.151;\n',
      ),
    },
  },
  {
    title: 'a shipped profile',
    request: withDns,
    files: { '/usr/lib/NetworkManager/system-connections/l.nmconnection': profile('') },
    after: {
      'l.nmconnection': profile(
        '',
        'method=manual\naddress1=18.181.3.4/16,18.181.0.1\ndns=18.70.0.160;18.71.0.151;\n',
      ),
    },
  },
];

/** The order of keys that a section gets at its end doesn't matter. */
const sorted = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(texts).map(([path, text]) => {
      const plain = text.replace(
        /uuid=[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}/,
        'uuid=UUID',
      );
      return [path, plain.split('\n\n').map((part) => part.split('\n').sort().join('\n').trim())];
    }),
  );

for (const { title, request = address, files, after, notices = [], ...guest } of edited) {
  const own = { ...guest, files: { ...enabled, ...placed(files) } };
  test(`edits: ${title}`, (t) => {
    const result = planned(own, request);
    t.deepEqual(result.problems, []);
    const expected = Object.fromEntries(
      Object.entries(after).map(([name, text]) => [`${folder}/${name}`, text]),
    );
    t.deepEqual(sorted(textsOf(result)), sorted(expected));
    t.deepEqual(
      result.notices.map(({ code }) => code),
      [...notices],
    );
  });
  test(`once is enough: ${title}`, (t) => {
    const first = planned(own, request);
    const files = filesAfter(own, first);
    for (const { path } of first.edits) {
      const node = files[path];
      t.is(typeof node === 'object' && node.kind === 'file' ? node.mode : 0, 0o600);
    }
    for (const again of [planned({ ...own, files }, request), planned({ ...own, files }, keep)]) {
      t.deepEqual([again.problems, again.edits], [[], []]);
    }
  });
}

interface Said {
  readonly title: string;
  readonly request?: NetworkRequest;
  readonly files: Files;
  readonly problems?: readonly string[];
  readonly notices?: readonly string[];
}

const conf = (text: string): Files => ({ '/etc/NetworkManager/conf.d/x.conf': text });

const said: readonly Said[] = [
  {
    title: 'the automatic profile and no address',
    request: noAddress,
    files: {},
    problems: ['no-static-address'],
  },
  { title: 'the automatic profile, keep DHCP', request: keep, files: {} },
  {
    title: 'no automatic profile is made',
    request: noAddress,
    files: conf('[main]\nno-auto-default=*\n'),
    notices: ['no-network'],
  },
  {
    title: 'cards are not managed, as on Ubuntu servers',
    request: noAddress,
    files: {
      '/usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf':
        '[keyfile]\nunmanaged-devices=*,except:type:wifi,except:type:gsm\n',
    },
    notices: ['no-network'],
  },
  {
    title: 'an empty file of that name undoes it, as on Ubuntu desktops',
    request: noAddress,
    files: {
      '/usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf': '[keyfile]\nunmanaged-devices=*\n',
      '/etc/NetworkManager/conf.d/10-globally-managed-devices.conf': '',
    },
    problems: ['no-static-address'],
  },
  {
    title: 'a profile that others may read is not loaded',
    request: noAddress,
    files: { [`${folder}/x`]: profile('interface-name=ens3\n'), ...conf('[main]\nno-auto-default=*\n') },
    notices: ['no-network'],
  },
  {
    title: 'a card of ifupdown',
    request: address,
    files: {
      '/etc/network/interfaces':
        'auto enX0\niface enX0 inet static\n address 18.181.3.4/16\n gateway 18.181.0.1\n',
      x: profile('interface-name=enX0\n'),
    },
  },
  {
    title: 'a card of ifupdown that NetworkManager manages as well',
    files: {
      '/etc/network/interfaces': 'auto enX0\niface enX0 inet static\n address 18.181.3.4/16\n',
      x: profile('interface-name=enX0\n', 'method=manual\naddress1=10.0.0.2/8\n'),
      ...conf('[ifupdown]\nmanaged=true\n'),
    },
    problems: ['ambiguous-network'],
  },
  {
    title: 'two profiles',
    files: { a: profile(''), b: profile('interface-name=enX0\n') },
    problems: ['several-dhcp-interfaces'],
  },
  {
    title: 'a bridge and the automatic profile',
    files: { b: profile('interface-name=br0\n', 'method=auto\n', 'bridge') },
    problems: ['several-dhcp-interfaces'],
  },
  {
    title: 'a bridge of the name that the user gives is meant, not the automatic profile',
    request: { ...address, interface: 'ens3' },
    files: { b: profile('interface-name=ens3\nmaster=br0\n', 'method=auto\n', 'bridge') },
    problems: ['address-differs'],
  },
  {
    title: 'a card of the name that a bridge has',
    request: keep,
    files: {
      a: profile('interface-name=ens3\n'),
      b: profile('interface-name=ens3\n', 'method=auto\n', 'bridge'),
    },
    problems: ['ambiguous-network'],
  },
  {
    title: 'the id of one profile is the interface of another',
    request: { ...address, interface: 'ens3' },
    files: {
      a: profile('interface-name=ens3\n'),
      b: '[connection]\nid=ens3\ntype=ethernet\ninterface-name=ens4\n',
    },
    problems: ['ambiguous-network'],
  },
  {
    title: 'the address is on another one',
    request: { ...address, interface: 'enX0' },
    files: { a: profile('interface-name=enX0\n'), b: profile('interface-name=enX1\n', fixed) },
    problems: ['ambiguous-network'],
  },
  {
    title: 'no interface of that name',
    request: { ...address, interface: 'office' },
    files: {},
    problems: ['interface-not-found'],
  },
  {
    title: 'another address',
    files: { a: profile('', 'method=manual\naddress1=10.0.0.2/8,10.0.0.1\n') },
    problems: ['address-differs'],
  },
  {
    title: 'the address in the old form',
    files: { a: profile('', 'method=manual\naddresses1=18.181.3.4;16;18.181.0.1;\n') },
  },
  {
    title: 'not started by itself',
    request: noAddress,
    files: { a: profile('autoconnect=false\n') },
    notices: ['no-network'],
  },
];

for (const { title, request = address, files, problems = [], notices = [] } of said) {
  test(`said: ${title}`, (t) => {
    const result = planned({ files: { ...enabled, ...placed(files) } }, request);
    t.deepEqual([result.problems.map(({ code }) => code), result.edits], [[...problems], []]);
    t.deepEqual(
      result.notices.map(({ code }) => code),
      [...notices],
    );
  });
}

const ports = '/etc/network/interfaces';
test('the one of two systems that asks a DHCP server gets the address, the other its names', (t) => {
  const files = {
    ...enabled,
    [ports]: 'auto ens4\niface ens4 inet static\n address 10.0.0.2/8\n',
    ...placed({ x: profile('interface-name=ens3\n') }),
  };
  const result = planned({ files }, withDns);
  t.deepEqual(result.problems, []);
  t.deepEqual(Object.keys(textsOf(result)).sort(), [`${folder}/x`, ports]);
});

const anyLine = fc.constantFrom(
  'interface-name=ens3',
  'interface-name=eth0',
  'type=ethernet',
  'type=bridge',
  'type=wifi',
  'id=x',
  'autoconnect=false',
  'master=br0',
  '[connection]',
  '[ipv4]',
  '[ethernet]',
  '[match]',
  'path=pci-1;',
  'mac-address=00:16:3E:00:00:01',
  'interface-name=enX0',
  'type=vlan',
  '[vlan]',
  'parent=ens3',
  'address1=18.181.3.4/16,18.181.0.1',
  'method=auto',
  'method=manual',
  'address1=10.0.0.2/8,10.0.0.1',
  'dns=1.1.1.1;',
  '# note',
  '',
);
const anyProfile = fc
  .array(anyLine, { maxLength: 9 })
  .map((lines) => ['[connection]', 'type=ethernet', ...lines].join('\n'));

test('whatever the profiles are: problems or edits, and once is enough', (t) => {
  fc.assert(
    fc.property(
      fc.array(anyProfile, { maxLength: 3 }),
      fc.constantFrom(
        address,
        withDns,
        keep,
        noAddress,
        { ...withDns, interface: 'ens3' },
        { ...address, interface: 'enX0' },
        { ...keep, interface: 'ens3' },
        { ...noAddress, interface: 'ens3' },
      ),
      fc.constantFrom(247, 252),
      (texts, request, systemd) => {
        const own = Object.fromEntries(texts.map((text, index) => [`p${index}`, text]));
        const guest = { systemd, files: { ...enabled, ...placed(own) } };
        const first = planned(guest, request);
        if (first.problems.length > 0) {
          t.deepEqual(first.edits, []);
          return;
        }
        const again = planned({ ...guest, files: filesAfter(guest, first) }, request);
        t.deepEqual([again.problems, again.edits], [[], []]);
      },
    ),
    { numRuns: 1500 },
  );
});
