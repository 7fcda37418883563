/** What the record says about the guest's network, where the command line doesn't. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { checksum, convertImage, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests, removeTinyGuests, type TinyFiles } from './tiny-guest.js';
import { failsUntouched } from './untouched.js';

let base = '';
let sample = '';

test.before(async (t) => {
  t.timeout(120_000);
  const folder = await mkdtemp('/var/tmp/convert-image-tiny-');
  base = await prepareTinyGuests(folder);
  sample = join(folder, 'invirt');
  await execa`scripts/sample-invirt ${sample}`;
});

test.after.always(() => removeTinyGuests(base));

async function makeGuest(t: ExecutionContext, files: TinyFiles = {}) {
  const folder = await testFolder(t);
  const image = join(folder, 'guest.raw');
  await makeTinyGuest(base, image, files);
  return { folder, image };
}

const interfacesIn = async (image: string): Promise<string> =>
  `${(await execa('debugfs', ['-R', 'cat /etc/network/interfaces', image])).stdout}\n`;

/** An xl configuration of an HVM domain with this card. */
async function xlRecord(folder: string, image: string, vif: string): Promise<string[]> {
  const path = join(folder, 'guest.cfg');
  await writeFile(
    path,
    `name = "web"\ntype = "hvm"\nmemory = 512\nvif = [ ${vif} ]\ndisk = [ "${image},raw,hda,w" ]\n`,
  );
  return ['--record', `xl:${path}`];
}

const debian = (address: string, netmask: string, gateway: string) =>
  `iface enX0 inet static\n    address ${address}\n    netmask ${netmask}\n    gateway ${gateway}\n`;

test.serial("an Invirt machine's address needs no --address, and plan says whose it is", async (t) => {
  t.timeout(120_000);
  const { folder, image } = await makeGuest(t);
  const record = ['--record', `invirt:${sample}#web2`, '--site', 'xvm'];
  const before = await checksum(image);
  const plan = await convertImage(folder, ['plan', ...record, image]);
  t.is(plan.exitCode, 0, plan.stderr);
  t.true(
    plan.stdout.includes(`Where the network values come from
  address       18.181.3.6  (the machine "web2" in the Invirt database ${sample})
  netmask       255.255.0.0  (the site xvm)
  gateway       18.181.0.1  (the site xvm)
`),
    plan.stdout,
  );
  t.is(await checksum(image), before);
  const run = await convertImage(folder, ['--json', ...record, image]);
  t.is(run.exitCode, 0, run.stdout);
  t.like(run.events.at(-1), { outcome: 'converted', record: { kind: 'flipped' } });
  t.true((await interfacesIn(image)).includes(debian('18.181.3.6', '255.255.0.0', '18.181.0.1')));
});

test.serial('the record, the environment and the command line, each with its say', async (t) => {
  const { folder, image } = await makeGuest(t);
  const record = await xlRecord(folder, image, '"mac=00:16:3e:00:00:07,ip=10.1.2.7/24"');
  await writeFile(
    join(folder, 'settings.yaml'),
    'site: lab\nsites: {lab: {netmask: 255.255.0.0, dns: [10.1.2.53]}}\n',
  );
  const args = [...record, '--config', join(folder, 'settings.yaml'), '--interface', 'enX0'];
  const run = await convertImage(folder, ['--json', ...args, image], { CONVERT_IMAGE_GATEWAY: '10.1.2.1' });
  t.is(run.exitCode, 0, run.stdout);
  t.true((await interfacesIn(image)).includes(debian('10.1.2.7', '255.255.0.0', '10.1.2.1')));
  const planned = run.events.find(({ type }) => type === 'plan');
  t.like(planned, {
    plan: {
      values: [
        { name: 'address', value: '10.1.2.7', origin: 'record' },
        { name: 'netmask', value: '255.255.0.0', origin: 'site', where: 'lab' },
        { name: 'gateway', value: '10.1.2.1', origin: 'environment' },
        { name: 'dns', value: '10.1.2.53', origin: 'site', where: 'lab' },
        { name: 'interface', value: 'enX0', origin: 'command line' },
      ],
    },
  });
});

test.serial("an address on the command line is stronger than the record's", async (t) => {
  const { folder, image } = await makeGuest(t);
  const record = await xlRecord(folder, image, '"ip=10.1.2.7/24"');
  const run = await convertImage(folder, [
    ...record,
    '--address',
    '10.9.8.7/24',
    '--gateway',
    '10.9.8.1',
    image,
  ]);
  t.is(run.exitCode, 0, run.stderr);
  t.true((await interfacesIn(image)).includes(debian('10.9.8.7', '255.255.255.0', '10.9.8.1')));
});

test.serial("a guest that is static already keeps its address, whatever the record's is", async (t) => {
  const own = `auto lo\niface lo inet loopback\n\nauto enX0\n${debian('10.1.2.99', '255.255.255.0', '10.1.2.1')}`;
  const { folder, image } = await makeGuest(t, { '/etc/network/interfaces': own });
  const record = await xlRecord(folder, image, '"ip=10.1.2.7/24"');
  const run = await convertImage(folder, [...record, image]);
  t.is(run.exitCode, 0, run.stderr);
  t.is(await interfacesIn(image), own);
});

test.serial("columns that the site keeps beside the address are the record's, too", async (t) => {
  t.timeout(120_000);
  const { folder, image } = await makeGuest(t);
  const database = join(folder, 'invirt');
  await execa('cp', ['-a', sample, database]);
  const { PGlite } = await import('@electric-sql/pglite');
  const pglite = await PGlite.create(database);
  await pglite.exec(
    "ALTER TABLE nics ADD mask text, ADD router inet; UPDATE nics SET mask = '255.255.255.0', router = '18.181.3.1'",
  );
  await pglite.close();
  const settings = join(folder, 'settings.yaml');
  await writeFile(settings, 'invirt: {columns: {nics: {netmask: mask, gateway: router}}}\n');
  const args = ['--config', settings, '--record', `invirt:${database}#web2`, image];
  const run = await convertImage(folder, args);
  t.is(run.exitCode, 0, run.stderr);
  t.true((await interfacesIn(image)).includes(debian('18.181.3.6', '255.255.255.0', '18.181.3.1')));
});

const refused: readonly [string, string, readonly string[], RegExp][] = [
  ['record-addresses-unclear', '"ip=10.1.2.7", "ip=10.1.2.8"', [], /10\.1\.2\.7, 10\.1\.2\.8/],
  ['record-without-netmask', '"ip=10.1.2.7"', [], /the address 10\.1\.2\.7, and nothing says/],
  ['record-address-unfit', '"ip=10.1.2.7/24"', ['--gateway', '10.9.8.1'], /don't fit together/],
  ['no-static-address', '"mac=00:16:3e:00:00:07"', [], /no static address/],
];

for (const [code, vif, args, says] of refused) {
  test.serial(`refused and untouched: ${code}`, async (t) => {
    const { folder, image } = await makeGuest(t);
    const record = await xlRecord(folder, image, vif);
    await failsUntouched(t, { folder, image, args: [...record, ...args] }, { exitCode: 3, code, says });
  });
}
