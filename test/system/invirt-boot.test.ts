/** The way of the origin page, once in full: a machine's row says HVM, the tool converts, and what the row then says boots. */
import test from 'ava';
import { bootUnderXen } from '../../src/boot-test/rig.js';
import { type Cluster, startCluster } from './postgres-cluster.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';

const cacheDirectory = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
const network = { address: '18.181.3.6', prefix: 16, gateway: '18.181.0.1' } as const;

let cluster: Cluster;

test.before(async (t) => {
  t.timeout(120_000);
  cluster = await startCluster();
  await cluster.createDatabase('site');
});

test.after.always(() => cluster?.remove());

/** What a site makes of a machine's row when it starts the machine: the type decides over HVM or PV. */
async function domainOf(machine: string, image: string): Promise<string> {
  const [row] = await cluster.sql(
    'site',
    `SELECT name, memory, cpus, hvm, mac_addr FROM machines JOIN types USING (type_id) JOIN nics USING (machine_id)
      WHERE name = '${machine}'`,
  );
  const way = row?.hvm === true ? 'type = "hvm"\nboot = "c"' : 'type = "pv"\nbootloader = "pygrub"';
  return `name = "d_${row?.name}"
${way}
memory = ${row?.memory}
vcpus = ${row?.cpus}
vif = [ "mac=${row?.mac_addr}" ]
disk = [ "phy:${image},${row?.hvm === true ? 'hda' : 'xvda'},w" ]
`;
}

test('HVM by its row, converted with the address of the row, PV by its row, and it boots under Xen and answers there', async (t) => {
  t.timeout(20 * 60_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  t.regex(await domainOf('web2', image), /^type = "hvm"$/m);
  const record = `invirt:${cluster.url('site')}#web2`;
  const run = await convertImage(folder, ['--record', record, '--site', 'xvm', '--json', image]);
  t.is(run.exitCode, 0, run.stdout);
  t.like(run.events.at(-1), { outcome: 'converted', record: { kind: 'flipped' } });
  const domain = await domainOf('web2', image);
  t.regex(domain, /^type = "pv"$/m);
  const limits = { idleSeconds: 120, answerSeconds: 60, totalSeconds: 900 };
  const disk = { path: image, format: 'raw' as const };
  const options = {
    image: disk,
    cacheDirectory,
    temporaryDirectory: folder,
    network,
    limits,
    record: domain,
  };
  const result = await bootUnderXen(options, new AbortController().signal);
  t.is(result.end.kind, 'booted', result.console.toString('latin1').slice(-2000));
  t.regex(result.login?.prompt ?? '', /bookworm login:/);
});
