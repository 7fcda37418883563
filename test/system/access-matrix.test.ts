/**
 * Every test guest on ext2/3/4 whose conversion installs nothing gives the same disk by direct access and by the appliance.
 * The appliance takes half a minute each, so without `ACCESS_MATRIX=all` these are the guests that differ most.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { type Described, describeTree, withMounted } from './ext-images.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];

/** What is said about each of them, beside an address. */
const guests: Readonly<Record<string, { readonly inBrief?: true; readonly args?: readonly string[] }>> = {
  'bookworm-no-blkfront': { inBrief: true },
  'bookworm-sysvinit': { inBrief: true },
  'forky-dracut': { inBrief: true },
  'trixie-genericcloud': { inBrief: true },
  bookworm: {},
  'bookworm-emulated-nic': {},
  'bookworm-root-by-device': {},
  'bookworm-serial-only': {},
  'two-dhcp': { args: ['--interface', 'enX0'] },
};

/**
 * All that may differ between the two, with the reason:
 * - the inode number of a file that is new on both sides: each allocates as it likes;
 * - the time of what was changed, which is when that was done: an hour is allowed.
 */
function differences(
  before: ReadonlyMap<string, Described>,
  direct: ReadonlyMap<string, Described>,
  appliance: ReadonlyMap<string, Described>,
): string[] {
  const facts = (path: string, node: Described | undefined): string => {
    const old = before.get(path);
    const { inode, modified, ...rest } = node ?? {};
    const isRecent = Math.abs((modified ?? 0) - Date.now() / 1000) < 3600;
    const when = modified === old?.modified ? 'as before' : isRecent ? 'now' : modified;
    return JSON.stringify({ ...rest, inode: inode === old?.inode ? 'as before' : 'another', when });
  };
  return [...new Set([...direct.keys(), ...appliance.keys()])].flatMap((path) => {
    const [one, other] = [facts(path, direct.get(path)), facts(path, appliance.get(path))];
    return one === other ? [] : [`${path}: ${one}, by the appliance ${other}`];
  });
}

/** Where the first partition, which holds the root, begins, in bytes. */
async function rootStart(image: string): Promise<number> {
  const { stdout } = await execa('sfdisk', ['--json', image]);
  const { partitions } = (JSON.parse(stdout) as { partitiontable: { partitions: readonly Partition[] } })
    .partitiontable;
  const root = partitions.find(({ node }) => node === `${image}1`);
  return (root?.start ?? Number.NaN) * 512;
}

interface Partition {
  readonly node: string;
  readonly start: number;
}

async function convertBy(
  t: ExecutionContext,
  access: 'direct' | 'appliance',
  image: string,
  args: readonly string[],
): Promise<void> {
  const run = await convertImage(image.replace(/\/[^/]*$/, ''), [...args, '--access', access, image]);
  t.is(run.exitCode, 0, `${access}: ${run.stdout}${run.stderr}`);
}

for (const [name, { inBrief, args = [] }] of Object.entries(guests)) {
  if (inBrief === undefined && process.env.ACCESS_MATRIX !== 'all') continue;
  test.serial(`direct access and the appliance make the same of ${name}`, async (t) => {
    t.timeout(10 * 60_000);
    const folder = await testFolder(t);
    const original = await copyOfGuest(folder, name);
    const [direct, appliance] = [join(folder, 'direct.raw'), join(folder, 'appliance.raw')];
    for (const copy of [direct, appliance]) await execa('cp', ['--sparse=always', original, copy]);
    await Promise.all([
      convertBy(t, 'direct', direct, [...address, ...args]),
      convertBy(t, 'appliance', appliance, [...address, ...args]),
    ]);
    const offset = await rootStart(original);
    const seen = async (image: string) => withMounted(image, `ro,noload,offset=${offset}`, describeTree);
    const trees = [await seen(original), await seen(direct), await seen(appliance)] as const;
    t.true(trees[0].size > 1000);
    t.deepEqual(differences(...trees), []);
    t.notDeepEqual(trees[1], trees[0]);
    // What lies in front of the root, boot loaders and ESP, is nobody's business.
    for (const image of [direct, appliance])
      await t.notThrowsAsync(execa('cmp', ['-n', String(offset), original, image]));
  });
}
