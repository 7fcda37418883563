import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { ToolError } from '../errors.js';
import { dieWithUs } from './die-with-us.js';
import { createLineQueue } from './line-queue.js';

/** One running guestfish with its appliance. */
export interface Guestfish {
  /**
   * Runs one command and returns the lines it printed. Arguments may hold any byte (Latin-1 characters).
   * Throws a `ToolError` that names the command when guestfish reports an error or doesn't answer in time.
   */
  call(command: string, ...args: readonly string[]): Promise<string[]>;
}

export interface GuestfishOptions {
  /** The guest's disk; undefined when `beforeLaunch` adds it. */
  readonly disk?: { readonly path: string; readonly qemuFormat: string };
  readonly readOnly: boolean;
  /** Commands that must come before the appliance starts, as `add-drive` and `set-memsize`. */
  readonly beforeLaunch?: readonly (readonly [command: string, ...args: string[]])[];
  /** For the appliance's kernel, beside those that libguestfs gives it. */
  readonly kernelParameters: readonly string[];
  /** Variables such as LIBGUESTFS_BACKEND and TMPDIR. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Time that one call may take without an answer. A full `tar-out` of /etc takes 0.5 s under software emulation. */
const callLimitMs = 10 * 60_000;
/** Launching takes 8 s under software emulation, and once a minute more, when supermin builds the appliance. */
const launchLimitMs = 5 * 60_000;

/**
 * Starts guestfish and its appliance, hands them to `fn`, and ends both in every case. guestfish reads commands from
 * its standard input (its `--remote` mode ends at the first failing command). It dies with this process
 * (`setpriv --pdeathsig`), and libguestfs' recovery process ends QEMU when guestfish is gone.
 */
export async function withGuestfish<T>(
  options: GuestfishOptions,
  fn: (guestfish: Guestfish) => Promise<T>,
): Promise<T> {
  const child = startGuestfish(options);
  const session = speak(child);
  const ended = child.then(
    () => undefined,
    () => undefined,
  );
  try {
    // QEMU's default is to stop the machine when the host's disk is full, and to wait.
    await session.call('config', ['-global', 'scsi-hd.werror=report'], callLimitMs);
    await session.call('set-append', [options.kernelParameters.join(' ')], callLimitMs);
    for (const [command, ...args] of options.beforeLaunch ?? []) {
      await session.call(command, args, callLimitMs);
    }
    await session.call('run', [], launchLimitMs);
    const [pid] = await session.call('get-pid', [], callLimitMs);
    session.qemuPid = Number(pid);
    const result = await fn({ call: (command, ...args) => session.call(command, args, callLimitMs) });
    await session.call('umount-all', [], callLimitMs);
    await session.call('shutdown', [], callLimitMs);
    return result;
  } finally {
    child.stdin.end();
    if (!(await endsWithin(ended, 5_000))) child.kill('SIGKILL');
    await ended;
    endProcess(session.qemuPid);
  }
}

function startGuestfish(options: GuestfishOptions) {
  const { disk, readOnly, environment, signal } = options;
  const mode = readOnly ? '--ro' : '--rw';
  const drive = disk === undefined ? [] : [`--format=${disk.qemuFormat}`, '-a', disk.path];
  return execa({
    env: { LC_ALL: 'C.UTF-8', ...environment },
    stdin: 'pipe',
    cancelSignal: signal,
    forceKillAfterDelay: 2_000,
    buffer: false,
  })`${dieWithUs} guestfish ${mode} ${drive}`;
}

type Child = ReturnType<typeof startGuestfish>;

interface Session {
  qemuPid: number | undefined;
  call(command: string, args: readonly string[], limitMs: number): Promise<string[]>;
}

/**
 * Commands and answers over the pipes: each answer ends with a marker line on both streams. Nobody can foresee it: a
 * guest could otherwise end an answer by a line break in one of its names.
 */
function speak(child: Child): Session {
  const output = createLineQueue(child.stdout);
  const complaints = createLineQueue(child.stderr);
  child.stdin.on('error', () => {}); // A dead guestfish shows as the end of its output.
  const session = randomUUID();
  let counter = 0;
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (command: string, args: readonly string[], limitMs: number): Promise<string[]> => {
    counter += 1;
    const marker = `--convert-image-${session}-${counter}--`;
    const line = [`-${command}`, ...args.map(quote)].join(' ');
    child.stdin.write(Buffer.from(`${line}\necho ${marker}\n!echo ${marker} >&2\n`, 'latin1'));
    const limit = AbortSignal.timeout(limitMs);
    const [answer, trouble] = await Promise.all([
      output.until(marker, limit),
      complaints.until(marker, limit),
    ]);
    const failed = trouble.lines.some((text) => /libguestfs: error:|^\*stdin\*/.test(text));
    if (answer.kind !== 'found' || failed) throw callError(command, args, answer.kind, trouble.lines);
    return answer.lines;
  };
  // One question at a time, whoever asks: answers come in order and carry no name.
  const call: Session['call'] = (...question) => {
    const answer = last.then(() => ask(...question));
    last = answer.catch(() => undefined);
    return answer;
  };
  return { qemuPid: undefined, call };
}

/** guestfish's double quotes know C escapes (guestfish(1), QUOTING); everything but plain ASCII goes as \\xhh. */
function quote(argument: string): string {
  const escaped = argument.replace(/[^A-Za-z0-9 /._:,=+@%~-]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}

function callError(
  command: string,
  args: readonly string[],
  kind: string,
  complaints: readonly string[],
): ToolError {
  // A list of a hostile guest's names has no end.
  const what = [command, ...args].join(' ').slice(0, 300);
  const detail = complaints
    .filter((line) => line !== '' && !debuggingHints.test(line))
    .map((line) => line.replace(/^\*stdin\*:\d+: /, '').replace(/^libguestfs: error: /, ''))
    .slice(-5)
    .join('; ');
  if (/exec: guestfish: not found$/.test(detail)) {
    return new ToolError('guestfish is not installed', { remedy: 'apt install libguestfs-tools' });
  }
  if (kind === 'late') return new ToolError(`the libguestfs appliance didn't answer in time: ${what}`);
  if (kind === 'ended') return new ToolError(`the libguestfs appliance ended during "${what}": ${detail}`);
  return new ToolError(`guestfish: ${what}: ${detail}`);
}

/** What libguestfs says whenever its appliance doesn't start. */
const debuggingHints =
  /^(To see full error messages|Do:|and run the command again|You can also run|into a bug report)|LIBGUESTFS_DEBUG|guestfs-faq|libguestfs-test-tool/;

async function endsWithin(ended: Promise<void>, milliseconds: number): Promise<boolean> {
  return Promise.race([ended.then(() => true), delay(milliseconds, false, { ref: false })]);
}

/** QEMU outlives a killed guestfish by up to two seconds (libguestfs' recovery process polls); don't wait for that. */
function endProcess(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already, which is what is wanted.
  }
}
