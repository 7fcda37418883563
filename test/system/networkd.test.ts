/**
 * systemd-networkd itself as the judge of .network files: it runs on a card of its own, in a network and mount namespace
 * of its own, so that nothing of this machine is touched. Needs root and the package systemd.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { withDir } from 'tmp-promise';
import type { NetworkRequest } from '../../src/model.js';
import { address, type Files, filesAfter, link, planned, withDns } from '../unit/plan/network/planned.js';

const folder = '/etc/systemd/network';
const enabled = { '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service': link() };

/** A read-only /sys tells networkd that there is no udev to wait for. It runs for three seconds. */
const script = `set -e
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /run
mount --bind "$1" ${folder}
mkdir -p /run/systemd/netif
chown -R systemd-network:systemd-network /run/systemd/netif
ip link add "$2" type veth peer name peer
ip link set peer up
SYSTEMD_LOG_LEVEL=debug timeout 5 /lib/systemd/systemd-networkd >/dev/null 2>"$1/log" &
sleep 3
cat /run/systemd/netif/links/* >"$1/links" || true
for name in "$2" $3; do ip -o -4 addr show dev "$name" | awk '{print "address", $2, $4}'; done
ip -4 route show default
kill $! 2>/dev/null || true
wait || true
`;

interface Seen {
  readonly lines: readonly string[];
  /** What networkd complains about in the files. */
  readonly complaints: readonly string[];
  readonly dns: string;
}

/** What is below /etc/systemd/network, to another folder. */
async function writeFiles(files: Files, to: string): Promise<void> {
  for (const [file, node] of Object.entries(files).filter(([name]) => name.startsWith(folder))) {
    const text = typeof node === 'string' ? node : node.kind === 'file' ? node.text : '';
    const place = join(to, file.slice(folder.length));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text, 'latin1');
  }
}

async function networkd(files: Files, card: string, others = ''): Promise<Seen> {
  return await withDir(
    async ({ path }) => {
      await writeFiles(files, path);
      await execa('chmod', ['-R', 'a+rX', path]);
      const { stdout } = await execa(
        'unshare',
        ['-n', '-m', 'bash', '-c', script, 'bash', path, card, others],
        {
          timeout: 30_000,
          stdin: 'ignore',
        },
      );
      const log = await readFile(join(path, 'log'), 'latin1');
      const links = await readFile(join(path, 'links'), 'latin1');
      return {
        lines: stdout.split('\n').map((line) => line.trim()),
        complaints: log
          .split('\n')
          .filter((line) => /\.(?:network|conf|netdev):\d+|^(?!peer:).*DHCPv4 client|Ignoring/.test(line)),
        dns: /^DNS=(.*)$/m.exec(links)?.[1] ?? '',
      };
    },
    { unsafeCleanup: true, prefix: 'convert-image' },
  );
}

interface Case {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly card?: string;
  readonly systemd?: number;
  readonly request?: NetworkRequest;
  /** The interface that has the address. */
  readonly holder?: string;
  readonly dns?: string;
}

const dhcp = (match: string) => `[Match]\n${match}\n\n[Network]\nDHCP=yes\n`;

const cases: readonly Case[] = [
  { title: 'a name', files: { '10-lan.network': `# c\n${dhcp('Name=ens3')}\n[DHCPv4]\nUseDNS=no\n` } },
  {
    title: 'name servers',
    request: withDns,
    files: { 'a.network': dhcp('Name=ens3') },
    dns: '18.70.0.160 18.71.0.151',
  },
  { title: 'a pattern', files: { '20-wired.network': `${dhcp('Name=en*')}[DHCP]\nUseMTU=yes\n` } },
  {
    title: "a pattern that doesn't take the new name",
    systemd: 247,
    card: 'eth0',
    files: { '20-wired.network': dhcp('Name=en*') },
  },
  { title: 'everything', files: { '10-all.network': dhcp('Type=ether') } },
  { title: 'no [Match]', files: { '10-all.network': '[Network]\nDHCP=ipv4\n' } },
  { title: 'a bus', files: { 'a.network': dhcp('Path=pci-0000:00:03.0') } },
  {
    title: 'a driver and a pattern',
    systemd: 247,
    card: 'eth0',
    files: { 'a.network': dhcp('Driver=virtio_net\nName=en*') },
  },
  {
    title: 'a drop-in',
    files: { 'a.network': dhcp('Name=ens3'), 'a.network.d/b.conf': '[Network]\nDHCP=ipv4\n' },
  },
  {
    title: 'continued lines and several names',
    files: { 'a.network': '[Match]\nName=ens3 \\\n# comment\n  foo\n[Network]\nDHCP=yes\n' },
  },
  { title: 'no file at all', request: withDns, files: {}, dns: '18.70.0.160 18.71.0.151' },
  { title: 'no file at all, of an old release', systemd: 247, card: 'eth0', files: {} },
  {
    title: 'a file for all cards of a name, and one for any',
    request: { ...address, interface: 'ens3' },
    files: { '20-en.network': dhcp('Name=en*'), '90-all.network': dhcp('Type=ether') },
  },
  { title: 'a bus, and not those names', files: { 'a.network': dhcp('Path=pci-*\nName=!lo peer') } },
  {
    title: 'a bus, and names that are taken back',
    files: { 'a.network': dhcp('Path=pci-*\nName=br0\nName=') },
  },
  {
    title: 'a bridge',
    holder: 'br0',
    files: {
      '10-br0.netdev': '[NetDev]\nName=br0\nKind=bridge\n',
      '20-port.network': '[Match]\nName=ens3\n[Network]\nBridge=br0\n',
      '30-br0.network': dhcp('Name=br0'),
    },
  },
];

async function holds(t: ExecutionContext, one: Case): Promise<void> {
  const { files, card = 'enX0', systemd = 252, request = address, holder = card, dns } = one;
  const placed = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
  const guest = { files: { ...enabled, ...placed }, systemd };
  const result = planned(guest, request);
  t.deepEqual(result.problems, []);
  const seen = await networkd(filesAfter(guest, result), card, holder === card ? '' : holder);
  t.deepEqual(seen.lines, [
    `address ${holder} 18.181.3.4/16`,
    `default via 18.181.0.1 dev ${holder} proto static`,
  ]);
  t.deepEqual(seen.complaints, []);
  if (dns !== undefined) t.is(seen.dns, dns);
}

for (const one of cases) {
  test(`networkd gives the static address: ${one.title}`, async (t) => {
    await holds(t, one);
  });
}
