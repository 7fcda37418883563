import test from 'ava';
import { execa } from 'execa';
import { availableMemory, memoryOfTrees } from '../../../src/tools/memory.js';

test('the memory that is available is a part of what there is', async (t) => {
  const { stdout } = await execa('awk', ['/^MemTotal/ {print $2}', '/proc/meminfo']);
  const available = await availableMemory();
  t.true(available > 0 && available <= Number(stdout) * 1024, String(available));
});

test('a process counts with what it has started', async (t) => {
  // 50 MB in a grandchild: dash holds its variables in memory.
  const script = 'x=$(head -c 50000000 /dev/zero | tr "\\0" x); echo ready; sleep 60; echo "$x" >/dev/null';
  const parent = execa('sh', ['-c', `sh -c '${script}'; true`], { detached: true, reject: false });
  t.teardown(() => process.kill(-(parent.pid ?? 0), 'SIGKILL'));
  await new Promise((resolve) => parent.stdout.once('data', resolve));
  const bytes = await memoryOfTrees([parent.pid ?? 0]);
  t.true(bytes > 50_000_000, String(bytes));
  t.true(bytes < 400_000_000, String(bytes));
  t.true((await memoryOfTrees([process.pid])) > bytes);
  t.is(await memoryOfTrees([]), 0);
});
