/**
 * NetworkManager's own nmcli as the judge of key files: `nmcli --offline connection modify` reads and writes a profile
 * without a daemon. It is found by the environment variable NMCLI (with its libraries in NMCLI_LIBRARIES) or in PATH;
 * scripts/test unpacks Debian's packages network-manager and libnm0.
 */
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import type { GuestNode, NetworkRequest } from '../../src/model.js';
import { address, type Files, link, planned, textsOf, withDns } from '../unit/plan/network/planned.js';

const program = process.env.NMCLI ?? 'nmcli';
const folder = '/etc/NetworkManager/system-connections';
const enabled: Files = {
  '/etc/systemd/system/multi-user.target.wants/NetworkManager.service': link(),
};
const secret = (text: string): GuestNode => ({ kind: 'file', text, mode: 0o600 });

/** A profile as NetworkManager writes it, with these properties set before. */
async function nmcli(profile: string, settings: readonly string[]): Promise<string> {
  const libraries = process.env.NMCLI_LIBRARIES;
  const { stdout } = await execa(program, ['--offline', 'connection', 'modify', ...settings], {
    input: profile,
    timeout: 20_000,
    env: { LC_ALL: 'C', ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }) },
  });
  return stdout;
}

const uuid = 'uuid=5b8e2c1e-0d4c-3f9a-8a56-2f5a2f1d6c55\n';
const wired = (rest: string, ipv4: string) =>
  `[connection]\nid=Wired connection 1\n${uuid}type=ethernet\n${rest}\n[ipv4]\n${ipv4}\n[ipv6]\naddr-gen-mode=stable-privacy\nmethod=auto\n`;

interface Case {
  readonly title: string;
  readonly profile: string;
  /** What nmcli is told to do to the profile as it was; our edit must come to the same. */
  readonly settings: readonly string[];
  readonly request?: NetworkRequest;
  readonly version?: string;
  readonly systemd?: number;
}

const manual = ['ipv4.method', 'manual', 'ipv4.addresses', '18.181.3.4/16', 'ipv4.gateway', '18.181.0.1'];
const servers = ['ipv4.dns', '18.70.0.160 18.71.0.151'];

const cases: readonly Case[] = [
  {
    title: 'an interface that is renamed',
    profile: wired(
      'interface-name=ens3\n',
      'method=auto\ndns=1.1.1.1;\ndns-search=a.b;\ndhcp-timeout=30\nmay-fail=false\n',
    ),
    settings: ['connection.interface-name', 'enX0', ...manual],
  },
  {
    title: 'name servers',
    request: withDns,
    profile: wired('autoconnect-priority=-5\n', 'method=auto\ndns=1.1.1.1;\nignore-auto-dns=true\n'),
    settings: [...manual, ...servers],
  },
  {
    title: 'no [ipv4], old names of type and section, no line end',
    profile: `[connection]\nid=x\n${uuid}type=802-3-ethernet\n\n[802-3-ethernet]\nmac-address=0:16:3e:0:0:1\nmtu=1400`,
    settings: manual,
  },
  {
    title: 'a further address and route',
    profile: wired('', 'address1=10.0.0.2/8\nroute1=10.9.0.0/16,10.0.0.1\nmethod=auto\n'),
    settings: ['ipv4.method', 'manual', '+ipv4.addresses', '18.181.3.4/16', 'ipv4.gateway', '18.181.0.1'],
  },
  {
    title: 'never the default route',
    profile: wired('', 'method=auto\nnever-default=true\n'),
    settings: ['ipv4.method', 'manual', 'ipv4.addresses', '18.181.3.4/16'],
  },
  {
    title: 'the form of 0.9.4',
    version: '0.9.4.0-0ubuntu3',
    systemd: 204,
    request: withDns,
    profile: wired('', 'method=auto\n'),
    settings: [...manual, ...servers],
  },
  {
    title: 'a bus of emulated hardware',
    profile: wired('\n[match]\npath=pci-0000:00:03.0;\n', 'method=auto\n'),
    settings: ['match.path', '', 'connection.interface-name', 'enX0', ...manual],
  },
  {
    title: 'a bridge',
    // NetworkManager makes up a profile with DHCP for the card that it knows no profile of.
    request: { ...address, interface: 'br0' },
    profile: `[connection]\nid=br0\n${uuid}type=bridge\ninterface-name=br0\n\n[bridge]\nstp=false\n\n[ipv4]\nmethod=auto\n`,
    settings: manual,
  },
  {
    title: 'a VLAN',
    request: { ...address, interface: 'v5' },
    profile: `[connection]\nid=v\n${uuid}type=vlan\ninterface-name=v5\n\n[vlan]\nflags=1\nid=5\nparent=ens3\n\n[ipv4]\nmethod=auto\n`,
    settings: ['vlan.parent', 'enX0', ...manual],
  },
];

async function agrees(t: ExecutionContext, one: Case): Promise<void> {
  const { profile, settings, request = address, version, systemd = 252 } = one;
  const packages = version === undefined ? {} : { 'network-manager': version };
  const files = { ...enabled, [`${folder}/x`]: secret(profile) };
  const result = planned({ files, packages, systemd }, request);
  t.deepEqual(result.problems, []);
  const ours = textsOf(result)[`${folder}/x`] ?? '';
  t.is(await nmcli(ours, []), await nmcli(profile, settings));
}

for (const one of cases) {
  test(`nmcli comes to the same: ${one.title}`, async (t) => {
    await agrees(t, one);
  });
}

test('nmcli reads the profile that takes the place of the automatic one', async (t) => {
  const result = planned({ files: enabled }, withDns);
  const text = textsOf(result)[`${folder}/enX0.nmconnection`] ?? '';
  const read = await nmcli(text, []);
  const [, id = ''] = /^uuid=(.*)$/m.exec(text) ?? [];
  t.is(
    read.trim(),
    `[connection]\nid=enX0\nuuid=${id}\ntype=ethernet\nautoconnect-priority=100\ninterface-name=enX0\n\n[ethernet]\n\n[ipv4]\naddress1=18.181.3.4/16,18.181.0.1\ndns=18.70.0.160;18.71.0.151;\nmethod=manual\n\n[ipv6]\nmethod=auto\n\n[proxy]`,
  );
});
