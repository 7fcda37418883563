/**
 * netplan's own generator as the judge of what a converted /etc/netplan means. It writes below a folder of its own and
 * starts nothing. It is found by the environment variable NETPLAN_ROOT, the folder into which scripts/test unpacks
 * Debian's packages netplan.io and libnetplan0.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import fc from 'fast-check';
import { withDir } from 'tmp-promise';
import { netplanPlanner } from '../../src/plan/network/netplan.js';
import { builtInSites, makeRequest } from '../../src/request.js';
import { netplanText } from '../unit/network/netplan-text.js';
import { address, keep, netplanCases } from '../unit/plan/network/netplan-cases.js';
import { netplanFacts } from '../unit/plan/network/netplan-guest.js';
import { planned, withDns } from '../unit/plan/network/planned.js';

const root = process.env.NETPLAN_ROOT ?? '';

type Files = Readonly<Record<string, string>>;

interface Generated {
  /** What it complained about; warnings about modes and old keys left out. */
  readonly errors: readonly string[];
  /** Files below /run, by their path there. */
  readonly files: ReadonlyMap<string, string>;
}

/** Lets the real netplan generate its files from these in /etc/netplan. */
async function generate(files: Files): Promise<Generated> {
  return await withDir(
    async ({ path }) => {
      const folder = join(path, 'etc/netplan');
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(folder, name), text, { encoding: 'latin1', mode: 0o600 });
      }
      const { stderr, exitCode, code } = await execa(
        join(root, 'usr/libexec/netplan/generate'),
        ['--root-dir', path],
        {
          reject: false,
          timeout: 20_000,
          stdin: 'ignore',
          env: { LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu') },
        },
      );
      if (code === 'ENOENT') throw new Error('no netplan: run scripts/test, or set NETPLAN_ROOT');
      const errors = stderr
        .split('\n')
        .filter((line) => line !== '' && !/WARNING|deprecated|Default routes/.test(line));
      if (exitCode !== 0) errors.push(`exit code ${exitCode}`);
      return { errors, files: await filesBelow(join(path, 'run')) };
    },
    { unsafeCleanup: true, prefix: 'convert-image' },
  );
}

async function filesBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = new Map<string, string>();
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(folder.length + 1), await readFile(path, 'latin1'));
  }
  return found;
}

for (const { title, before, after, generated } of netplanCases) {
  test(`netplan: ${title}`, async (t) => {
    const { errors, files } = await generate({ ...before, ...after });
    t.deepEqual(errors, []);
    for (const [path, wanted] of Object.entries(generated)) {
      const lines = files.get(path)?.split('\n') ?? [];
      for (const line of wanted) {
        const present = lines.includes(line.replace(/^-/, ''));
        t.is(
          present,
          !line.startsWith('-'),
          `${line} in ${path}: ${lines.join('|')} of ${[...files.keys()]}`,
        );
      }
    }
  });
}

const bare = [
  { title: 'routes', systemd: 252, packages: { 'netplan.io': '1.1.2' }, card: 'enX0', gateway: '18.181.0.1' },
  {
    title: 'gateway4',
    systemd: 245,
    packages: { 'netplan.io': '0.99' },
    card: 'eth0',
    gateway: '18.181.0.1',
  },
  {
    title: 'no gateway',
    systemd: 252,
    packages: { 'netplan.io': '1.1.2' },
    card: 'enX0',
    gateway: undefined,
  },
];

for (const { title, card, gateway, ...guest } of bare) {
  test(`netplan understands what a guest without configuration gets: ${title}`, async (t) => {
    const { gateway: _, ...request } = withDns;
    const wanted = gateway === undefined ? request : { ...request, gateway };
    const { edits, problems } = planned({ ...guest, files: {} }, wanted);
    t.deepEqual(problems, []);
    const texts = edits.flatMap(({ path, node }) =>
      node.kind === 'file' && path.startsWith('/etc/netplan/') ? [[path.slice(13), node.text] as const] : [],
    );
    const { errors, files } = await generate(Object.fromEntries(texts));
    t.deepEqual(errors, []);
    const text = files.get(`systemd/network/10-netplan-${card}.network`) ?? '';
    const lines = text
      .split('\n')
      .filter((line) => /^(?:Name|Address|Gateway|DNS|DHCP|Destination)=/.test(line));
    t.deepEqual(lines.sort(), [
      'Address=18.181.3.4/16',
      'DNS=18.70.0.160',
      'DNS=18.71.0.151',
      ...(title === 'routes' ? ['Destination=0.0.0.0/0'] : []),
      ...(gateway === undefined ? [] : [`Gateway=${gateway}`]),
      `Name=${card}`,
    ]);
  });
}

const guests = readdirSync('test/guests').filter((name) =>
  existsSync(`test/guests/${name}/tree/etc/netplan`),
);

for (const name of guests.filter((each) => !each.startsWith('refused-'))) {
  test(`netplan accepts what becomes of the guest ${name}`, async (t) => {
    const folder = `test/guests/${name}`;
    const before = Object.fromEntries(
      readdirSync(`${folder}/tree/etc/netplan`).map((file) => [
        file,
        readFileSync(`${folder}/tree/etc/netplan/${file}`, 'latin1'),
      ]),
    );
    const { systemdVersion, packages } = JSON.parse(readFileSync(`${folder}/facts.json`, 'utf8'));
    const flags = JSON.parse(readFileSync(`${folder}/request.json`, 'utf8'));
    const { network } = makeRequest(flags, builtInSites);
    const facts = netplanFacts({ before, systemd: systemdVersion, packages });
    const { edits, problems } = netplanPlanner.plan(facts, network);
    t.deepEqual(problems, []);
    const after = edits.flatMap(({ path, node }) =>
      node.kind === 'file' ? [[path.replace('/etc/netplan/', ''), node.text] as const] : [],
    );
    const { errors, files } = await generate({ ...before, ...Object.fromEntries(after) });
    t.deepEqual(errors, []);
    const all = [...files.values()].join('\n');
    t.is(/^(?:Address|address1)=18\.181\.3\.4\/16$/m.test(all), network.policy === 'static', all);
  });
}

/** What the generated files say of IPv6, names, ports and the rest: all but the IPv4 address and what DHCP learns. */
const lasting = (files: ReadonlyMap<string, string>): string[] =>
  [...files.values()]
    .flatMap((text) => text.split('\n'))
    .filter((line) => /^(?:IPv6|MTU|Bridge|Bond|VLAN|Address=2001|Domains|Name|Kind|Id)/.test(line))
    .sort();

/** Whether there was something to compare. */
async function agrees(t: ExecutionContext, text: string): Promise<boolean> {
  const before = await generate({ 'a.yaml': text });
  if (before.errors.length > 0) return false;
  const facts = netplanFacts({ before: { 'a.yaml': text } });
  const { edits, problems } = netplanPlanner.plan(facts, address);
  const [node] = edits.map((edit) => edit.node);
  if (problems.length > 0 || node?.kind !== 'file') return false;
  const after = await generate({ 'a.yaml': node.text });
  t.deepEqual(after.errors, [], node.text);
  const all = [...after.files.values()].join('\n');
  t.is(all.match(/^Address=18\.181\.3\.4\/16$/gm)?.length, 1, node.text);
  t.deepEqual(lasting(after.files), lasting(before.files), node.text);
  t.deepEqual(netplanPlanner.plan(netplanFacts({ before: { 'a.yaml': node.text } }), keep).edits, []);
  return true;
}

test('what netplan reads it reads afterwards, with one static address and otherwise as before', async (t) => {
  t.timeout(200_000);
  let count = 0;
  await fc.assert(
    fc.asyncProperty(netplanText, async (text) => {
      if (await agrees(t, text)) count += 1;
    }),
    { numRuns: 150 },
  );
  t.true(count > 100, `${count} of 150`);
});
