import test from 'ava';
import type { GuestNode } from '../../../src/model.js';
import { cardFamily, cardsAmong } from '../../../src/network/cards.js';
import { nameUnderPv, readNaming } from '../../../src/network/interface-names.js';
import { guestTree } from './guest-tree-of.js';

interface Case {
  readonly title: string;
  readonly version?: number;
  readonly commandLine?: string;
  readonly files?: Record<string, string | GuestNode>;
  readonly handle?: number;
  readonly currentName?: string;
  readonly mac?: string;
  readonly name: string | undefined;
  readonly reason?: RegExp;
}

const links = '/etc/systemd/network';
const rules = '/etc/udev/rules.d';
const persistent = (mac: string, name: string, more = 'DRIVERS=="?*", ') =>
  `SUBSYSTEM=="net", ACTION=="add", ${more}ATTR{address}=="${mac}", ATTR{dev_id}=="0x0", ATTR{type}=="1", KERNEL=="eth*", NAME="${name}"\n`;
const mac = '00:16:3e:12:34:56';
const masked: GuestNode = { kind: 'symlink', target: '/dev/null' };

// Sources: reference 4.2, systemd.link(5), systemd.net-naming-scheme(7), Debian's README.Debian of udev.
const cases: readonly Case[] = [
  { title: 'no systemd', name: 'eth0', reason: /kernel/ },
  { title: 'bullseye', version: 247, name: 'eth0', reason: /systemd 247/ },
  { title: 'jammy', version: 249, name: 'eth0' },
  { title: 'the first systemd with names for vifs', version: 250, name: 'enX0' },
  {
    title: 'bookworm',
    version: 252,
    name: 'enX0',
    reason: /systemd 252 names Xen's network devices by their handle/,
  },
  { title: 'the third interface', version: 252, handle: 2, name: 'enX2' },
  {
    title: 'net.ifnames=0',
    version: 252,
    commandLine: 'ro net.ifnames=0 quiet',
    name: 'eth0',
    reason: /net.ifnames=0/,
  },
  {
    title: 'the last net.ifnames counts',
    version: 252,
    commandLine: 'net.ifnames=0 net.ifnames=1',
    name: 'enX0',
  },
  {
    title: 'an underscore is as good',
    version: 252,
    commandLine: 'net.naming_scheme=v247',
    name: 'eth0',
    reason: /v247/,
  },
  { title: 'a newer scheme than v250', version: 255, commandLine: 'net.naming-scheme=v252', name: 'enX0' },
  { title: 'the latest scheme', version: 255, commandLine: 'net.naming-scheme=latest', name: 'enX0' },
  {
    title: 'a scheme that this systemd does not know yet',
    version: 247,
    commandLine: 'net.naming-scheme=v252',
    name: 'eth0',
  },
  {
    title: 'masked default policy',
    version: 252,
    files: { [`${links}/99-default.link`]: masked },
    name: 'eth0',
    reason: /99-default.link/,
  },
  {
    title: 'emptied default policy',
    version: 252,
    files: { [`${links}/99-default.link`]: '' },
    name: 'eth0',
  },
  {
    title: 'masked udev rule',
    version: 252,
    files: { [`${rules}/80-net-setup-link.rules`]: masked },
    name: 'eth0',
    reason: /udev/,
  },
  {
    title: 'own default policy without slot',
    version: 252,
    files: { [`${links}/99-default.link`]: '[Match]\nOriginalName=*\n[Link]\nNamePolicy=keep kernel\n' },
    name: 'eth0',
  },
  {
    title: 'a drop-in of the default policy',
    version: 252,
    files: { [`${links}/99-default.link.d/no.conf`]: '[Link]\nNamePolicy=keep\n' },
    name: 'eth0',
  },
  {
    title: 'a .link file by driver',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nDriver=vif\n\n[Link]\nName=lan0\n' },
    name: 'lan0',
    reason: /10-lan.link/,
  },
  {
    title: 'Name= holds with net.ifnames=0',
    version: 252,
    commandLine: 'net.ifnames=0',
    files: { [`${links}/10-lan.link`]: '[Match]\nType=ether\n[Link]\nName=lan0\n' },
    name: 'lan0',
  },
  {
    title: 'a .link file for another driver',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nDriver=e1000\n[Link]\nName=lan0\n' },
    name: 'enX0',
  },
  {
    title: 'not that driver',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nDriver=!e1000 8139cp\n[Link]\nName=lan0\n' },
    name: 'lan0',
  },
  {
    title: 'a negated kind matches a card, which has none',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nKind=!*\n[Link]\nName=lan0\n' },
    name: 'lan0',
  },
  {
    title: 'a kind, whatever it is, matches no card',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nKind=*\n[Link]\nName=lan0\n' },
    name: 'enX0',
  },
  {
    title: 'a .link file by path of PCI',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nPath=pci-0000:00:03.0\n[Link]\nName=lan0\n' },
    name: 'enX0',
  },
  {
    title: 'the first match in lexical order',
    version: 252,
    files: {
      [`${links}/20-b.link`]: '[Match]\nType=ether\n[Link]\nName=b\n',
      [`${links}/10-a.link`]: '[Match]\nOriginalName=eth*\n[Link]\nName=a\n',
    },
    name: 'a',
  },
  {
    title: 'a file behind 99-default.link is never reached',
    version: 252,
    files: { [`${links}/99-lan.link`]: '[Match]\nType=ether\n[Link]\nName=lan0\n' },
    name: 'enX0',
  },
  {
    title: 'Name= only where the policies give no name',
    version: 252,
    files: { [`${links}/10-lan.link`]: '[Match]\nType=ether\n[Link]\nNamePolicy=slot\nName=lan0\n' },
    name: 'enX0',
  },
  {
    title: 'a .link file by a MAC address that is known',
    version: 252,
    mac,
    files: { [`${links}/10-lan.link`]: `[Match]\nMACAddress=${mac.toUpperCase()}\n[Link]\nName=lan0\n` },
    name: 'lan0',
  },
  {
    title: 'a .link file by another MAC address',
    version: 252,
    mac,
    files: { [`${links}/10-lan.link`]: '[Match]\nMACAddress=00:16:3e:00:00:00\n[Link]\nName=lan0\n' },
    name: 'enX0',
  },
  {
    title: 'an unknown MAC address whose name is in use',
    version: 252,
    currentName: 'lan0',
    files: { [`${links}/10-lan.link`]: `[Match]\nPermanentMACAddress=${mac}\n[Link]\nName=lan0\n` },
    name: 'lan0',
  },
  {
    title: 'an unknown MAC address whose name is not in use',
    version: 252,
    currentName: 'ens3',
    files: { [`${links}/10-lan.link`]: `[Match]\nMACAddress=${mac}\n[Link]\nName=lan0\n` },
    name: 'enX0',
  },
  {
    title: 'the policy mac with a known address',
    version: 247,
    mac,
    files: { [`${links}/10-m.link`]: '[Match]\nType=ether\n[Link]\nNamePolicy=mac\n' },
    name: 'enx00163e123456',
  },
  {
    title: 'the policy mac, and its name is in use',
    version: 247,
    currentName: 'enx00163e123456',
    files: { [`${links}/10-m.link`]: '[Match]\nType=ether\n[Link]\nNamePolicy=mac\n' },
    name: 'enx00163e123456',
  },
  {
    title: 'the policy mac with an unknown address',
    version: 247,
    files: { [`${links}/10-m.link`]: '[Match]\nType=ether\n[Link]\nNamePolicy=mac\n' },
    name: undefined,
    reason: /MAC/,
  },
  {
    title: "the generator's rule, by the address",
    version: 44,
    mac,
    files: {
      [`${rules}/70-persistent-net.rules`]: `# PCI device\n${persistent('00:16:3e:00:00:01', 'eth0')}\n${persistent(mac, 'eth1')}`,
    },
    name: 'eth1',
    reason: /70-persistent-net.rules/,
  },
  {
    title: "the generator's rule, by the name in use",
    version: 252,
    currentName: 'eth1',
    files: {
      [`${rules}/70-persistent-net.rules`]: persistent('00:16:3e:00:00:01', 'eth0') + persistent(mac, 'eth1'),
    },
    name: 'eth1',
  },
  {
    title: 'a rule for an emulated card only',
    version: 252,
    currentName: 'eth0',
    files: { [`${rules}/70-persistent-net.rules`]: persistent(mac, 'eth0', 'DRIVERS=="8139cp", ') },
    name: 'enX0',
  },
  {
    title: 'a rule without systemd',
    currentName: 'eth1',
    files: { [`${rules}/70-persistent-net.rules`]: persistent(mac, 'eth1') },
    name: 'eth1',
  },
  {
    title: 'a rule over several lines',
    version: 252,
    currentName: 'lan0',
    files: { [`${rules}/10-x.rules`]: `SUBSYSTEM=="net", \\\n ATTR{address}=="${mac}", \\\n NAME="lan0"\n` },
    name: 'lan0',
  },
  {
    title: 'a rule that is commented out',
    version: 252,
    currentName: 'eth0',
    files: { [`${rules}/70-persistent-net.rules`]: `#${persistent(mac, 'eth0')}` },
    name: 'enX0',
  },
  {
    title: 'a rule that names no network device',
    version: 252,
    currentName: 'disk',
    files: { [`${rules}/10-x.rules`]: 'SUBSYSTEM=="block", NAME="disk"\n' },
    name: 'enX0',
  },
];

for (const { title, version, commandLine = 'ro quiet', files = {}, name, reason, ...device } of cases) {
  test(`name under PV: ${title}`, (t) => {
    const naming = readNaming(guestTree(files), commandLine, version);
    const result = nameUnderPv(naming, { handle: 0, currentName: 'eth0', ...device });
    t.is(result.kind === 'known' ? result.name : undefined, name);
    if (reason !== undefined) t.regex(result.reason, reason);
  });
}

test('a condition that the files do not decide is said', (t) => {
  const path = `${links}/10-lan.link`;
  const files = { [path]: '[Match]\nHost=web1\n[Link]\nName=lan0\n' };
  const result = nameUnderPv(readNaming(guestTree(files), '', 252), { handle: 0, currentName: 'ens3' });
  t.like(result, { kind: 'known', name: 'enX0', doubts: [path] });
});

const naming = readNaming(guestTree({ [`${links}/10-lan.link`]: '[Link]\nName=lan0\n' }), '', 252);

for (const [name, family] of [
  ['eth0', 'kernel'],
  ['eth12', 'kernel'],
  ['enX0', 'xen'],
  ['ens3', 'pci'],
  ['enp0s4', 'pci'],
  ['enp0s31f6', 'pci'],
  ['eno1', 'pci'],
  ['enx00163e123456', 'pci'],
  ['lan0', 'given'],
  ['br0', undefined],
  ['bond0', undefined],
  ['wlan0', undefined],
  ['wlp3s0', undefined],
  ['england', undefined],
  ['ethernet', undefined],
  ['eth0.5', undefined],
] as const) {
  test(`${name} is ${family === undefined ? 'no card' : `a card with a ${family} name`}`, (t) => {
    t.is(cardFamily(naming, name), family);
  });
}

test('cards in the order of the VM', (t) => {
  const plain = readNaming(guestTree({}), '', 252);
  const names = cardsAmong(plain, ['br0', 'ens10', 'ens9']).map(({ name, pv }) => [
    name,
    pv.kind === 'known' && pv.name,
  ]);
  t.deepEqual(names, [
    ['ens9', 'enX0'],
    ['ens10', 'enX1'],
  ]);
  t.deepEqual(
    cardsAmong(plain, ['eth3', 'eth1']).map(({ handle }) => handle),
    [1, 3],
  );
});
