/** A run is stopped at the moment in which its sandbox begins. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { tinyGuests } from './batch-guests.js';
import { lookUntil, processesOf } from './live-processes.js';
import { environmentIn, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { fingerprint, leftovers } from './untouched.js';

let base = '';

test.before(async (t) => {
  t.timeout(120_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
});

test.after.always(() => removeTinyGuests(base));

/** As a bwrap that has forked and not yet let its child go on: the child has the pipes, and waits. */
const bwrap = `#!/bin/bash
real=$(PATH=\${PATH#*:} command -v bwrap)
[[ " $* " == $HELD ]] || exec "$real" "$@"
sleep 600 &
touch "$HOLD/waiting"
wait
`;

/** By a pattern for bwrap's words. */
const held = { 'a debugfs that writes': '*/debugfs* -w *', sfdisk: '*/sfdisk *', e2fsck: '*/e2fsck *' };

for (const [program, pattern] of Object.entries(held)) {
  test.serial(`${program}: it ends at once, and so does what the sandbox had forked`, stopped, pattern);
}

async function stopped(t: ExecutionContext, pattern: string): Promise<void> {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const [image = ''] = await tinyGuests(base, folder, ['web1']);
  const before = await fingerprint(image);
  const programs = join(folder, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'bwrap'), bwrap, { mode: 0o755 });
  const env = environmentIn(folder, {
    PATH: `${programs}:${process.env.PATH}`,
    HOLD: programs,
    HELD: pattern,
  });
  const words = ['--json', '--keep-dhcp', '--record', 'none', image];
  const run = execa({
    env,
    reject: false,
    stdin: 'ignore',
  })`${process.execPath} dist/program/main.js ${words}`;
  const waiting = () => processesOf(`${folder}/`);
  const isHeld = (found: readonly string[]) => found.some((line) => line.endsWith('sleep 600 '));
  t.true(isHeld(await lookUntil(waiting, isHeld, 60_000)));
  run.kill('SIGTERM');
  t.is((await run).exitCode, 143);
  t.deepEqual(await waiting(), []);
  t.is(await fingerprint(image), before);
  t.deepEqual(await leftovers(folder), []);
}
