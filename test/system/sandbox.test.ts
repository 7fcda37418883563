/** What a program that parses a guest can do, found out by a program that tries, in the place of each of them. */
import { chmod, chown, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { ToolError } from '../../src/errors.js';
import { openDirectAccess } from '../../src/guest-access/direct/open.js';
import { withRawView } from '../../src/guest-access/direct/raw-view.js';
import { debugfs } from '../../src/tools/debugfs.js';
import type { ExtSource } from '../../src/tools/debugfs-process.js';
import { decompress } from '../../src/tools/decompress.js';
import { controlOf } from '../../src/tools/dpkg-deb.js';
import { e2fsck } from '../../src/tools/e2fsck.js';
import { limitReached } from '../../src/tools/limits.js';
import { probeContent, readPartitions } from '../../src/tools/partition-table.js';
import { runPygrub } from '../../src/tools/pygrub.js';
import { run } from '../../src/tools/run.js';
import { makeOutbox, sandboxed, sandboxObstacle } from '../../src/tools/sandbox.js';
import { makeExt } from './ext-images.js';
import { testFolder } from './program.js';
import { placeProbe, type Sight, sightIn, type Targets } from './sandbox-probe.js';

const { signal } = new AbortController();
const systemPath = process.env.PATH ?? '';
const server = createServer((socket) => socket.destroy());
const shared = await mkdtemp('/var/tmp/convert-image-test-');
const secret = join(shared, 'secret');
let targets: Targets;

test.before(async () => {
  await writeFile(secret, 'nobody else’s business', { mode: 0o644 });
  await chmod(shared, 0o755);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  targets = { secrets: [secret, '/etc/shadow', '/etc/passwd', '/proc/self/environ', '/dev/mem'], port };
  process.env.SECRET = 'nobody else’s business';
});
test.after.always(() => rm(shared, { recursive: true, force: true }));
test.after.always(() => void server.close());
test.afterEach.always(() => {
  process.env.PATH = systemPath;
});

/** The text in which a probe in the place of a program reaches whoever started it, as its adapter hands it on. */
type Reach = (source: ExtSource, probe: string, folder: string) => Promise<string>;

const failureOf = (work: Promise<unknown>): Promise<string> => work.then(JSON.stringify, String);

const adapters: Readonly<Record<string, Reach>> = {
  debugfs: (source) => failureOf(debugfs({ ...source, writable: false }, ['ls /'])),
  'debugfs, writing': (source) => failureOf(debugfs(source, ['ls /'])),
  e2fsck: async (source) => (await e2fsck(source)).join('\n'),
  sfdisk: ({ image }) => failureOf(readPartitions(image, signal)),
  blkid: ({ image }) => failureOf(probeContent(image, 0, undefined, signal)),
  pygrub: ({ image }, probe, folder) =>
    failureOf(runPygrub(probe, image, join(folder, 'taken')))
      .then(JSON.parse)
      .then(({ detail }) => detail),
  'dpkg-deb': (_, __, folder) => failureOf(controlOf(join(folder, 'disk.raw'), signal)),
  ...Object.fromEntries(
    (['xz', 'zstd', 'lz4', 'bzip2', 'lzo'] as const).map((compression) => [
      compression === 'lzo' ? 'lzop' : compression,
      async (_: unknown, __: unknown, folder: string) => {
        let text = '';
        const data = { path: join(folder, 'disk.raw'), offset: 0, compression, limitBytes: 1e6 };
        await decompress(data, (chunk) => {
          text += chunk;
          return true;
        });
        return text;
      },
    ]),
  ),
};

for (const [name, reach] of Object.entries(adapters)) {
  test.serial(`${name} can do nothing but its work`, async (t) => {
    const folder = await testFolder(t);
    const [program = ''] = name.split(',');
    const probe = await placeProbe(join(folder, 'programs'), program, targets, program === 'e2fsck' ? 4 : 1);
    process.env.PATH = `${join(folder, 'programs')}:${systemPath}`;
    const text = await withSource(folder, (source) => reach(source, probe, folder));
    isConfined(t, sightIn(text));
  });
}

function isConfined(t: ExecutionContext, sight: Sight): void {
  t.deepEqual(sight.users, [2e9, 2e9, 2e9]);
  t.deepEqual(sight.groups, [2e9]);
  t.is(sight.capabilities, 0);
  t.is(sight.noNewPrivileges, 1);
  t.deepEqual(sight.interfaces, ['lo']);
  t.deepEqual(
    sight.variables.filter((name) => !/^(PATH|PWD|LC_ALL|LC_CTYPE)$/.test(name)),
    [],
  );
  t.deepEqual(
    sight.root.filter((name) => !/^(bin|dev|etc|lib\w*|proc|sbin|tmp|usr|var)$/.test(name)),
    [],
  );
  t.false(Object.values(sight.reading).includes('done'), JSON.stringify(sight.reading));
  t.false(Object.values(sight.writing).includes('done'), JSON.stringify(sight.writing));
  t.is(sight.connecting, 'ECONNREFUSED');
  t.is(sight.signalling, 'ESRCH');
  t.is(sight.becomingRoot, 'EPERM');
  t.is(sight.userNamespace, 'EPERM');
}

test.serial('the same program outside of the sandbox can do all of that', async (t) => {
  const probe = await placeProbe(await testFolder(t), 'probe', targets);
  const sight = sightIn((await execa({ reject: false })`${probe}`).stdout);
  t.deepEqual(sight.users, [0, 0, 0]);
  t.not(sight.capabilities, 0);
  t.is(sight.noNewPrivileges, 0);
  t.true(sight.variables.includes('SECRET'));
  t.true(sight.root.includes('root'));
  for (const path of [secret, '/etc/shadow'])
    t.like([sight.reading[path], sight.writing[path]], ['done', 'done']);
  await rm('/probe');
  await rm('/usr/probe');
  await rm('/etc/probe');
  t.is(sight.connecting, 'done');
  t.is(sight.signalling, 'done');
  t.is(sight.userNamespace, 'done');
});

/** Shows an ext4 image as parsers get to see it. */
async function withSource<T>(folder: string, fn: (source: ExtSource) => Promise<T>): Promise<T> {
  const path = join(folder, 'disk.raw');
  await makeExt(path, ['-t', 'ext4']);
  const options = { signal, scratch: folder, forParsers: true };
  return withRawView({ path, format: 'raw' }, 'read-write', options, async (rawPath) => {
    const image = join(folder, 'disk');
    await symlink(rawPath, image);
    const outbox = join(folder, 'outbox');
    await makeOutbox(outbox, { readWrite: [image] });
    return fn({ image, offset: 0, writable: true, scratch: folder, outbox, signal });
  });
}

test.serial('a file that only root may read is read as root, without any of its rights', async (t) => {
  t.is(await sandboxObstacle(), undefined);
  const folder = await testFolder(t);
  const [own, other] = [join(folder, 'own'), join(folder, 'other')];
  await writeFile(own, '', { mode: 0o600 });
  await writeFile(other, '', { mode: 0o600 });
  const probe = await placeProbe(folder, 'probe', { ...targets, secrets: [own, other, secret] });
  const sight = sightIn(
    (await run({ reject: false })`${await sandboxed({ program: probe, args: [], readOnly: [own] })}`).stdout,
  );
  t.deepEqual([sight.users, sight.capabilities, sight.noNewPrivileges], [[0, 0, 0], 0, 1]);
  t.deepEqual(sight.reading, { [own]: 'done', [other]: 'ENOENT', [secret]: 'ENOENT' });
  t.is(sight.writing[own], 'EROFS');
  t.deepEqual([sight.interfaces, sight.connecting, sight.signalling], [['lo'], 'ECONNREFUSED', 'ESRCH']);
});

test.serial('a file that only somebody else may read can be read', async (t) => {
  const folder = await testFolder(t);
  const path = join(folder, 'file');
  await writeFile(path, 'content', { mode: 0o600 });
  await chown(path, 65_534, 65_534);
  const { stdout } = await run`${await sandboxed({ program: 'cat', args: [path], readOnly: [path] })}`;
  t.is(stdout, 'content');
});

test.serial('limits end a program, and the message says which', async (t) => {
  const folder = join(await testFolder(t), 'outbox');
  await makeOutbox(folder, {});
  const ends = async (script: string, limits: object) => {
    const confined = { program: '/usr/bin/python3', args: ['-c', script], readWrite: [folder], limits };
    const { exitCode, stderr } = await run({ reject: false })`${await sandboxed(confined)}`;
    return limitReached({ exitCode, said: stderr }, limits);
  };
  t.is(await ends('while True: pass', { cpuSeconds: 1 }), 'it was ended after 1 s of processor time');
  const memoryBytes = 256 * 1024 ** 2;
  t.is(await ends('b"x" * 2**29', { memoryBytes }), 'it may use 256 MB of memory at most');
  const write = `import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open("${folder}/x", "wb").write(b"x" * 2**21)`;
  t.is(await ends(write, { fileBytes: 2 ** 20 }), 'it was ended when it wrote more than 1 MB into a file');
  t.is((await readFile(join(folder, 'x'))).length, 2 ** 20);
  t.is(await ends('print(1)', {}), undefined);
});

/** A debugfs that has been taken over: it leaves a link instead of a file, and answers as the real one would. */
const hostileDebugfs = (real: string): string => `#!/usr/bin/python3 -I
import os, re, subprocess, sys
child = subprocess.Popen([${JSON.stringify(real)}, *sys.argv[1:]], stdin=subprocess.PIPE)
for line in sys.stdin.buffer:
    if line.startswith(b'dump '):
        os.symlink(${JSON.stringify(secret)}, re.search(b'"(.*)"', line).group(1))
        line = b'#' + b'x' * len(b'debugfs: ' + line[2:]) + b'\\n'
    child.stdin.write(line)
    child.stdin.flush()
child.stdin.close()
child.wait()
`;

test.serial('a link in the place of a file that debugfs took out is not followed', async (t) => {
  const folder = await testFolder(t);
  const path = join(folder, 'disk.raw');
  await makeExt(path, ['-t', 'ext4', '-d', shared]);
  const { stdout: real } = await execa`which debugfs`;
  const programs = join(folder, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'debugfs'), hostileDebugfs(real), { mode: 0o755 });
  const take = async (name: string): Promise<string> => {
    const options = { signal, scratch: folder, forParsers: true };
    await withRawView({ path, format: 'raw' }, 'read-only', options, async (rawPath) => {
      const access = await openDirectAccess({ rawPath, writable: false, scratchDirectory: folder, signal });
      await access.mount([{ device: '/dev/sda', path: '/' }], 'read-only');
      await access.download('/secret', join(folder, name)).finally(access.close);
    });
    return readFile(join(folder, name), 'utf8');
  };
  t.is(await take('one'), await readFile(secret, 'utf8'));
  process.env.PATH = `${programs}:${systemPath}`;
  await t.throwsAsync(take('two'), { message: /something else than the file/ });
  await t.throwsAsync(readFile(join(folder, 'two')), { code: 'ENOENT' });
});

test.serial('a debugfs that is ended, and one that can’t start, are errors', async (t) => {
  const folder = await testFolder(t);
  const programs = join(folder, 'programs');
  await mkdir(programs);
  const fails = async (script: string, message: RegExp) => {
    await writeFile(join(programs, 'debugfs'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await withSource(await testFolder(t), async (source) => {
      process.env.PATH = `${programs}:${systemPath}`;
      await t.throwsAsync(debugfs(source, ['ls /']), { instanceOf: ToolError, message });
      process.env.PATH = systemPath;
    });
  };
  await fails(
    'read mark; echo "$mark"; read line; echo "debugfs: $line"; kill -9 $$',
    /ended early during "ls \/"/,
  );
  await fails('ulimit -S -t 1; while :; do :; done', /debugfs: it was ended after .* s of processor time/);
  await fails('echo "debugfs: no such thing"', /could not open the file system: debugfs: no such thing/);
  await fails('yes | head -c 200000000', /debugfs printed too much/);
});
