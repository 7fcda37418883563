/**
 * A real Debian dom0 under QEMU's emulation, in which tests run the program of this checkout with the real xl.
 *
 *     this process ──► QEMU (software emulation) ──► Xen ──► Debian 12 (images/real-dom0) ──► /program/convert-image
 *        └─── virtio port "commands": one line a command ────────┘      /dev/vdc, /dev/vdd, … : the test's disks
 *
 * It is ready after some 20 s. Everything takes about ten times as long in it as on this machine.
 */
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { qemuArguments, type RigDrive } from '../../src/boot-test/qemu-arguments.js';
import { makeExt, program } from './ext-images.js';

/** What a command in dom0 gave; one character per byte. */
export interface Dom0Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RealDom0 {
  /** Runs a bash script in dom0; several at once if they aren't awaited. Fails when dom0 has gone. */
  run(script: string): Promise<Dom0Run>;
  /** Returns when QEMU has ended. */
  stop(): Promise<void>;
}

/** Debian, Node and QEMU's storage daemon; the guests' kernels are on the disk, not in memory. */
const dom0MiB = 1024;
/** libvirt's driver for Xen gives up on a processor that it has no name for, and of `qemu64` Xen leaves too little for that. */
const processor = 'Nehalem';
/** For the domains that tests start. */
const memoryMiB = 1280;

/**
 * Boots dom0 with these disks, from /dev/vdc on, and returns when it takes commands. The program is
 * `/program/convert-image` there. What QEMU needs meanwhile goes to `folder`.
 */
export async function startRealDom0(folder: string, disks: readonly RigDrive[]): Promise<RealDom0> {
  const { stdout: image } = await execa('scripts/build-image', ['real-dom0']);
  const drives: RigDrive[] = [
    { path: image, format: 'raw', access: 'throw-away' },
    { path: await makeProgramDisk(folder), format: 'raw', access: 'read-only' },
    ...disks,
  ];
  const dom0 = await takeBootFiles(image, folder);
  const logFile = join(folder, 'dom0.log');
  const machine = { dom0, drives, memoryMiB, dom0MiB, port: 'commands', processor, logFile };
  return converse(startQemu(qemuArguments(machine), folder), logFile);
}

function startQemu(args: readonly string[], folder: string) {
  return execa({
    env: { TMPDIR: folder },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    buffer: { stdout: false, stderr: true, fd3: false },
    reject: false,
  })`setpriv --pdeathsig KILL qemu-system-x86_64 ${[...args]}`;
}

/** Waits until dom0 is ready. `/usr/sbin/test-dom0` is the other side. */
async function converse(qemu: ReturnType<typeof startQemu>, logFile: string): Promise<RealDom0> {
  const ended = qemu.then(({ stderr }) => String(stderr));
  const gone = ended.then(async (said) => {
    throw new Error(`dom0 has ended: ${said}\n${(await readFile(logFile, 'latin1')).slice(-4000)}`);
  });
  // An end that nobody waits for is no error.
  gone.catch(() => {});
  const waiting = new Map<string, (run: Dom0Run) => void>();
  const lines = createInterface({ input: qemu.stdout });
  await Promise.race([once(lines, 'line'), gone]);
  lines.on('line', (line) => {
    const [id = '', status, stdout = '', stderr = ''] = line.split(' ');
    waiting.get(id)?.({ exitCode: Number(status), stdout: decode(stdout), stderr: decode(stderr) });
  });
  const run = (script: string): Promise<Dom0Run> => {
    const id = String(waiting.size);
    const answer = new Promise<Dom0Run>((resolve) => waiting.set(id, resolve));
    qemu.stdin.write(`${id} ${Buffer.from(script).toString('base64')}\n`);
    return Promise.race([answer, gone]);
  };
  const stop = async (): Promise<void> => {
    qemu.kill('SIGKILL');
    await ended;
  };
  return { run, stop };
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

/** Where the root file system of the image begins, in bytes: images/real-dom0/partitions. */
const rootOffset = 1_048_576;

async function takeBootFiles(image: string, folder: string) {
  for (const name of ['xen', 'vmlinux', 'initrd'])
    await program`debugfs -R ${`dump /boot/${name} ${join(folder, name)}`} ${image}?offset=${rootOffset}`;
  return {
    xen: join(folder, 'xen'),
    kernel: join(folder, 'vmlinux'),
    initramfs: join(folder, 'initrd'),
  };
}

/** Node with its libraries, so that dom0 may be of another release than this machine, and what npm would install. */
async function makeProgramDisk(folder: string): Promise<string> {
  const tree = join(folder, 'program');
  await mkdir(join(tree, 'lib'), { recursive: true });
  await cp(process.execPath, join(tree, 'node'));
  const { stdout } = await program`ldd ${process.execPath}`;
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  for (const library of libraries)
    await cp(library, join(tree, 'lib', basename(library)), { dereference: true });
  const loader = libraries.find((path) => basename(path).startsWith('ld-linux')) ?? '';
  const start = `#!/bin/sh\nexec /program/lib/${basename(loader)} --library-path /program/lib /program/node /program/dist/program/main.js "$@"\n`;
  await writeFile(join(tree, 'convert-image'), start, { mode: 0o755 });
  for (const path of ['package.json', 'dist/program', 'src/boot-test/dom0', ...(await productionPackages())])
    await cp(path, join(tree, path), { recursive: true });
  const disk = join(folder, 'program.img');
  await makeExt(disk, ['-t', 'ext4', '-d', tree], 512 * 1024 * 1024);
  return disk;
}

/** Folders of the packages that `npm install` without the development ones would bring. */
async function productionPackages(): Promise<string[]> {
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
    await readFile('package-lock.json', 'utf8'),
  );
  return Object.entries(lock.packages).flatMap(([path, { dev }]) =>
    path === '' || dev === true ? [] : [path],
  );
}
