import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { withDir } from 'tmp-promise';
import { ToolError } from '../errors.js';
import { dieWithUs } from '../tools/die-with-us.js';
import { parseReport, type Report } from './protocol.js';
import { consoleDescriptor, qemuArguments, type RigMachine } from './qemu-arguments.js';

/** Gets everything that Xen lets out, as it comes, with the seconds since QEMU's start. */
export interface XenListener<End> {
  report(report: Report, second: number): void;
  console(chunk: Uint8Array, second: number): void;
  /** What the session was for, once it is known. Asked after each event and twice a second. */
  end(second: number): End | undefined;
}

export interface XenOptions {
  readonly machine: Omit<RigMachine, 'logFile'>;
  /** Where the throw-away layer over the image goes, which grows by what the guest writes. */
  readonly temporaryDirectory: string;
  readonly signal: AbortSignal;
}

/**
 * Boots Xen, sends the requests to dom0, which does them in this order, and feeds the listener until it knows its end.
 * QEMU is dead when this returns or throws, and dies with this process too. Throws a `ToolError` that quotes Xen's last
 * messages when QEMU ends first: then the rig has failed, which says nothing about the guest.
 */
export async function runXen<End>(
  options: XenOptions,
  requests: readonly string[],
  listener: XenListener<End>,
): Promise<{ readonly end: End; readonly second: number }> {
  return withDir(
    async ({ path }) => {
      const logFile = join(path, 'xen.log');
      const qemu = startQemu(options, logFile);
      const exit = qemu.then((result) => result);
      try {
        qemu.stdin.on('error', () => {}); // A dead QEMU shows as its exit.
        // They wait in the pipe until dom0 opens its port.
        qemu.stdin.write(`${requests.join('\n')}\n`);
        const heard = await listen(qemu, exit, listener);
        options.signal.throwIfAborted();
        if (heard.kind === 'exited') throw await rigError(heard.exit, logFile);
        return heard;
      } finally {
        qemu.kill('SIGKILL');
        await exit;
      }
    },
    { unsafeCleanup: true, prefix: 'convert-image', tmpdir: options.temporaryDirectory },
  );
}

function startQemu({ machine, temporaryDirectory, signal }: XenOptions, logFile: string) {
  return execa({
    // QEMU puts the throw-away layer into TMPDIR.
    env: { LC_ALL: 'C.UTF-8', TMPDIR: temporaryDirectory },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    buffer: { stdout: false, stderr: true, fd3: false },
    maxBuffer: { stderr: 100_000 },
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 2_000,
  })`${dieWithUs} qemu-system-x86_64 ${qemuArguments({ ...machine, logFile })}`;
}

type Qemu = ReturnType<typeof startQemu>;
type QemuExit = Awaited<Qemu>;

type Heard<End> =
  | { readonly kind: 'over'; readonly end: End; readonly second: number }
  | { readonly kind: 'exited'; readonly exit: QemuExit };

/** Resolves when the listener knows its end, or with QEMU's exit if that comes first. */
function listen<End>(qemu: Qemu, exit: Promise<QemuExit>, listener: XenListener<End>): Promise<Heard<End>> {
  const started = performance.now();
  const now = () => (performance.now() - started) / 1000;
  return new Promise((resolve, reject) => {
    const look = () => {
      const second = now();
      const end = listener.end(second);
      if (end !== undefined) resolve({ kind: 'over', end, second });
    };
    const clock = setInterval(look, 500);
    onLine(qemu.stdout, (line) => {
      const report = parseReport(line);
      if (report !== undefined) listener.report(report, now());
      look();
    });
    qemu.stdio[consoleDescriptor].on('data', (chunk: Uint8Array) => {
      listener.console(chunk, now());
      look();
    });
    exit
      .then((result) => resolve({ kind: 'exited', exit: result }), reject)
      .finally(() => clearInterval(clock));
  });
}

function onLine(stream: Readable, fn: (line: string) => void): void {
  stream.setEncoding('latin1');
  createInterface({ input: stream }).on('line', fn);
}

async function rigError(exit: QemuExit, logFile: string): Promise<ToolError> {
  if (exit.code === 'ENOENT' || exit.exitCode === 127) {
    return new ToolError('the boot test needs qemu-system-x86_64, which is not installed', {
      remedy: 'apt install qemu-system-x86',
      cause: exit,
    });
  }
  const log = await readFile(logFile, 'latin1').catch(() => '');
  const said = [String(exit.stderr).trim(), log.slice(-2_000).trim()].filter((text) => text !== '');
  return new ToolError(
    `the boot test's Xen ended before the guest's boot was judged: ${said.join('\n') || `exit code ${exit.exitCode}`}`,
    { cause: exit },
  );
}
