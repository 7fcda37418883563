import { chmod, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { execa } from 'execa';
import { withDir } from 'tmp-promise';
import type { Report } from '../../../src/boot-test/protocol.js';
import { runXen, type XenListener } from '../../../src/boot-test/xen-session.js';
import { ToolError } from '../../../src/errors.js';

const dom0 = { xen: '/xen', kernel: '/vmlinux', initramfs: '/initrd' };
const systemPath = process.env.PATH ?? '';

/** Runs `fn` with a shell script in place of QEMU; `path` is a folder of its own, which the script gets as $FOLDER. */
async function withFakeQemu(script: string, fn: (path: string) => Promise<void>): Promise<void> {
  await withDir(
    async ({ path }) => {
      const file = join(path, 'qemu-system-x86_64');
      await writeFile(file, `#!/bin/sh\nFOLDER=${path}\n${script}\n`);
      await chmod(file, 0o755);
      process.env.PATH = `${path}${delimiter}${systemPath}`;
      await fn(path);
    },
    { unsafeCleanup: true },
  );
}

const optionsIn = (path: string, signal = AbortSignal.timeout(20_000)) => ({
  machine: { dom0, drives: [], memoryMiB: 512 },
  temporaryDirectory: path,
  signal,
});

/** Ends with everything heard once `count` reports and the word "end" on the console have come. */
function hearsAll(count: number): XenListener<{ reports: Report[]; text: string }> {
  const reports: Report[] = [];
  let text = '';
  return {
    report: (report) => reports.push(report),
    console: (chunk) => {
      text += Buffer.from(chunk).toString('latin1');
    },
    end: () => (reports.length === count && text.includes('end') ? { reports, text } : undefined),
  };
}

const never: XenListener<never> = { report: () => {}, console: () => {}, end: () => undefined };

const isAlive = async (pid: number): Promise<boolean> => {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
};

const pidIn = async (path: string): Promise<number> => {
  for (;;) {
    const pid = Number(await readFile(join(path, 'pid'), 'latin1').catch(() => ''));
    if (pid > 0) return pid;
    await delay(20);
  }
};

async function dies(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 250; attempt += 1) {
    if (!(await isAlive(pid))) return true;
    await delay(20);
  }
  return false;
}

test.serial('requests reach dom0 in order; reports and console come back apart', async (t) => {
  const script =
    'read -r first; read -r second; echo "answered $first-$second"; printf "\\377 end" >&3; exec sleep 60';
  await withFakeQemu(script, async (path) => {
    const { end } = await runXen(optionsIn(path), ['one', 'two'], hearsAll(1));
    t.deepEqual(end, { reports: [{ kind: 'answered', address: 'one-two' }], text: '\xff end' });
  });
});

test.serial('QEMU is dead when the session returns', async (t) => {
  const script = 'echo $$ >"$FOLDER/pid"; echo ready; printf end >&3; exec sleep 60';
  await withFakeQemu(script, async (path) => {
    await runXen(optionsIn(path), [], hearsAll(1));
    t.false(await isAlive(await pidIn(path)));
  });
});

test.serial("an end of QEMU's own is a ToolError with what it said", async (t) => {
  await withFakeQemu('echo "no such machine" >&2; exit 1', async (path) => {
    await t.throwsAsync(runXen(optionsIn(path), ['one'], never), {
      instanceOf: ToolError,
      message: /no such machine/,
    });
  });
});

test.serial('a host without QEMU is told what to install', async (t) => {
  await withDir(
    async ({ path }) => {
      await symlink('/usr/bin/setpriv', join(path, 'setpriv'));
      process.env.PATH = path;
      const error = await t.throwsAsync(runXen(optionsIn(path), [], never), { instanceOf: ToolError });
      t.is(error?.remedy, 'apt install qemu-system-x86');
    },
    { unsafeCleanup: true },
  );
});

test.serial('the signal ends the session with its own reason, and QEMU', async (t) => {
  await withFakeQemu('echo $$ >"$FOLDER/pid"; exec sleep 60', async (path) => {
    const controller = new AbortController();
    const session = runXen(optionsIn(path, controller.signal), [], never);
    const pid = await pidIn(path);
    controller.abort(new Error('stopped by a test'));
    await t.throwsAsync(session, { message: 'stopped by a test' });
    t.false(await isAlive(pid));
  });
});

test.serial('QEMU dies with a process that is killed with SIGKILL', async (t) => {
  await withFakeQemu('echo $$ >"$FOLDER/pid"; exec sleep 60', async (path) => {
    const code = `
      import { runXen } from ${JSON.stringify(resolve('dist/src/boot-test/xen-session.js'))};
      const never = { report: () => {}, console: () => {}, end: () => undefined };
      await runXen({ machine: ${JSON.stringify({ dom0, drives: [], memoryMiB: 512 })},
        temporaryDirectory: ${JSON.stringify(path)}, signal: new AbortController().signal }, [], never);`;
    const node = execa({ reject: false })`node --input-type=module --eval ${code}`;
    const pid = await pidIn(path);
    t.true(await isAlive(pid));
    node.kill('SIGKILL');
    await node;
    t.true(await dies(pid));
  });
});
