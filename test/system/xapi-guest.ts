import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { checksum, testFolder } from './program.js';
import { makeTinyGuest } from './tiny-guest.js';
import { addVm, rowOf, type SamplePool, samplePool } from './xapi-database.js';
import { makeCertificate, type ServerOptions, startXapi } from './xapi-server.js';

/**
 * A pool with a VM `web1`, whose disk is a VHD where a dom0 has it, a server for it, and the options that name both.
 * `settings` are more lines of the configuration's section `xapi`.
 */
export async function makePool(
  t: ExecutionContext,
  base: string,
  options: ServerOptions = {},
  settings: readonly string[] = [],
) {
  const folder = await testFolder(t);
  const { domainTypes = true } = options;
  const pool = samplePool(domainTypes);
  const vm = addVm(pool, 'web1', domainTypes);
  const image = join(folder, pool.srUuid, `${vm.vdiUuid}.vhd`);
  await mkdir(join(folder, pool.srUuid));
  await makeTinyGuest(base, `${folder}/raw`);
  await execa`qemu-img convert -f raw -O vpc -o force_size=on ${folder}/raw ${image}`;
  await execa`rm ${folder}/raw`;
  await makeCertificate(folder);
  const server = await startXapi(pool.database, folder, options);
  t.teardown(server.close);
  const config = join(folder, 'site.yaml');
  await writeFile(config, ['xapi:', `ca: ${folder}/cert.pem`, ...settings].join('\n  '));
  const url = `https://127.0.0.1:${server.port}`;
  const network = ['--address', '18.181.3.4', '--site', 'xvm'];
  return {
    folder,
    pool,
    vm,
    image,
    server,
    url,
    args: [...network, '--config', config, '--record', `xapi:${url}#web1`, '--json', image],
    row: () => rowOf(pool.database, 'VM', vm.ref),
    before: textOf(pool),
    now: () => textOf(pool),
    original: await checksum(image),
  };
}

/** All that the pool knows. */
const textOf = ({ database }: SamplePool): string =>
  JSON.stringify(
    [...database].map(([name, rows]) => [name, ...rows]),
    undefined,
    1,
  );
