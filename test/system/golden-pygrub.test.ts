import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { Facts, GuestNode, GuestTree } from '../../src/model.js';
import { plan } from '../../src/plan/plan.js';
import { rules } from '../../src/plan/rules/list.js';
import { builtInSites, makeRequest } from '../../src/request.js';
import { findPygrub, runPygrub } from '../../src/tools/pygrub.js';
import { applied, goldenNames, readGolden } from '../unit/golden-guest.js';
import { inFolder, program } from './ext-images.js';

/** Puts /boot into the root of a disk, or below it where the guest's /boot has no file system of its own. */
async function makeBootDisk(folder: string, tree: GuestTree, { kernels, mounts }: Facts): Promise<string> {
  const isOwn = mounts.some(({ path }) => path === '/boot');
  const images = kernels.flatMap(({ path, initramfs }) => [
    path,
    ...(initramfs === undefined ? [] : [initramfs.path]),
  ]);
  const unread = images.map((path): [string, GuestNode] => [path, { kind: 'unread', bytes: 1 }]);
  const source = join(folder, 'tree');
  await mkdir(join(source, 'boot'), { recursive: true });
  for (const [path, node] of new Map([...unread, ...tree])) {
    if (!path.startsWith('/boot/')) continue;
    const place = join(source, isOwn ? path.slice('/boot'.length) : path);
    await mkdir(dirname(place), { recursive: true });
    if (node.kind === 'file') await writeFile(place, node.text, 'latin1');
    // Kernels and initramfs: their content says what they are.
    if (node.kind === 'unread') await writeFile(place, path);
  }
  const disk = join(folder, 'disk');
  await program`mke2fs -q -F -t ext3 -d ${source} ${disk} 24M`;
  return disk;
}

const read = (path: string | undefined) => (path === undefined ? undefined : readFile(path, 'latin1'));

for (const name of goldenNames()) {
  const { facts, flags } = readGolden(name);
  const planning = plan(facts, makeRequest(flags, builtInSites), rules);
  if (planning.kind !== 'plan' && planning.kind !== 'already-pv') continue;
  const { boot, steps } = planning.plan;
  if (boot.way !== 'pygrub') continue;

  test(`${name}: the real pygrub boots what the plan says`, (t) =>
    inFolder(async (folder) => {
      const disk = await makeBootDisk(folder, applied(facts.tree, steps), facts);
      const pygrub = await findPygrub();
      if (pygrub === undefined) throw new Error('pygrub is not installed');
      const output = join(folder, 'output');
      const answer = await runPygrub(pygrub, disk, output);
      if (answer.kind !== 'boots') return t.fail(JSON.stringify(answer));
      t.is(await read(answer.kernel), boot.kernel);
      t.is(await read(answer.initramfs), boot.initramfs);
      t.is((answer.commandLine ?? '').replace(/^"|"$/g, ''), boot.commandLine);
    }));
}
