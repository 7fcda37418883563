import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Subject } from './crash-guest.js';
import { lookUntil, processesOf } from './live-processes.js';
import { convertImage, environmentIn, type Run } from './program.js';

/** What a system call that is made to fail says. */
export type ErrorName = 'EIO' | 'ENOSPC' | 'EROFS';

/** The n-th call of this name of the program's thread for files, which changes something in a file system. */
export interface Step {
  readonly call: string;
  readonly nth: number;
  /** As strace shows it. */
  readonly text: string;
}

/** A call by which QEMU writes into an image. Its threads write at the same time, each in its own order. */
export interface Write {
  readonly call: 'pwrite64' | 'pwritev' | 'fallocate' | 'fdatasync';
  readonly nth: number;
}

/** Something that goes wrong in the middle of a run. */
export type Fault =
  /** `kill -9` of the program before it makes this call, or the call fails. */
  | { readonly kind: 'step'; readonly step: Step; readonly how: 'kill' | ErrorName }
  /**
   * When a thread of the QEMU that writes into the image makes its n-th call of this name: QEMU is killed alone, it is
   * killed with the program, or this call and its later ones fail.
   */
  | { readonly kind: 'writer'; readonly write: Write; readonly how: 'kill' | 'kill-both' | ErrorName }
  /** `kill -9` of the program, so long after its start or after that of a stage. `slow`: each write takes longer. */
  | { readonly kind: 'time'; readonly afterMs: number; readonly stage?: string; readonly slow?: boolean };

const changingCalls =
  'rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,fsync,fdatasync,ftruncate,pwrite64,fchown,fchmod,chmod,copy_file_range,sendfile';

/** One thread does all file system calls of Node, so that they have an order; strace counts by thread and name. */
const oneThread = { UV_THREADPOOL_SIZE: '1' };

/** What the program starts is let go: it is hurt by other means. */
const strace = (log: string, calls: string, more: readonly string[] = []): string[] => [
  ...['strace', '-f', '-b', 'execve', '-qq', '-o', log, '-e', `trace=${calls}`],
  ...more,
];

/** Runs a command on a subject, to which this happens. All that it started is gone when the promise resolves. */
export async function runWith(subject: Subject, command: readonly string[], fault?: Fault): Promise<Run> {
  const args = ['--json', ...command, subject.disk];
  try {
    switch (fault?.kind) {
      case undefined:
        return await convertImage(subject.folder, args);
      case 'step': {
        const { call, nth } = fault.step;
        const what = fault.how === 'kill' ? 'signal=SIGKILL' : `error=${fault.how}`;
        const inject = ['-e', `inject=${call}:${what}:when=${nth}`];
        return await convertImage(subject.folder, args, oneThread, strace('/dev/null', call, inject));
      }
      case 'writer':
        return await convertImage(subject.folder, args, await writerThat(subject, fault.how, fault.write));
      case 'time':
        return await killedInTime(subject, args, fault);
    }
  } finally {
    await untilGone(subject.folder);
  }
}

async function untilGone(folder: string): Promise<void> {
  const left = await lookUntil(
    () => processesOf(`${folder}/`),
    (found) => found.length === 0,
    20_000,
  );
  if (left.length > 0) throw new Error(`processes are left behind: ${left.join('\n')}`);
}

/** The calls of a run that goes well which change something, in their order. */
export async function stepsOf(subject: Subject, command: readonly string[]): Promise<Step[]> {
  const log = `${subject.folder}.strace`;
  const args = ['--json', ...command, subject.disk];
  const run = await convertImage(subject.folder, args, oneThread, strace(log, changingCalls));
  await untilGone(subject.folder);
  if (run.exitCode !== 0) throw new Error(`the run without a fault failed: ${run.stdout}${run.stderr}`);
  const byThread = new Map<string, string[]>();
  for (const [, thread = '', call = ''] of (await readFile(log, 'utf8')).matchAll(
    /^(\d+) +([a-z]\w*\(.*)$/gm,
  ))
    byThread.set(thread, [...(byThread.get(thread) ?? []), call]);
  const [longest = []] = [...byThread.values()].sort((one, other) => other.length - one.length);
  const counts = new Map<string, number>();
  return longest.map((text) => {
    const call = text.slice(0, text.indexOf('('));
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    return { call, nth, text };
  });
}

const writerScript = `#!/bin/bash
# Stands before qemu-img: the one that writes into the image has an accident.
real=$(PATH=\${PATH#*:} command -v qemu-img)
[[ $1 == commit ]] || exec "$real" "$@"
traced=(strace -f --seccomp-bpf -qq -o /dev/null -e "trace=$CRASH_CALLS" -e)
case $CRASH_HOW in
  slow) exec strace -D "\${traced[@]:1}" "inject=$CRASH_CALLS:delay_enter=$CRASH_AT" "$real" "$@" ;;
  kill) exec "\${traced[@]}" "inject=$CRASH_CALLS:signal=SIGKILL:when=$CRASH_AT" "$real" "$@" ;;
  kill-both)
    "\${traced[@]}" "inject=$CRASH_CALLS:signal=SIGKILL:when=$CRASH_AT" "$real" "$@"
    status=$?
    ((status < 128)) || kill -9 "$PPID"
    exit $status ;;
  *) exec "\${traced[@]}" "inject=$CRASH_CALLS:error=$CRASH_HOW:when=$CRASH_AT+" "$real" "$@" ;;
esac
`;

/** The environment of a run whose writing QEMU has an accident. */
async function writerThat(
  subject: Subject,
  how: string,
  { call, nth }: Write,
): Promise<Record<string, string>> {
  return withWriter(subject, { CRASH_HOW: how, CRASH_CALLS: call, CRASH_AT: String(nth) });
}

async function withWriter(
  { folder }: Subject,
  accident: Record<string, string>,
): Promise<Record<string, string>> {
  const programs = `${folder}.programs`;
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, 'qemu-img'), writerScript, { mode: 0o755 });
  return { PATH: `${programs}:${process.env.PATH}`, ...accident };
}

/** How much longer each write takes, in microseconds: a moment in the middle of a commit is hit more often then. */
const slowness = {
  CRASH_HOW: 'slow',
  CRASH_CALLS: 'pwrite64,pwritev,fallocate,fdatasync',
  CRASH_AT: '20000',
};

async function killedInTime(
  subject: Subject,
  args: readonly string[],
  { afterMs, stage, slow = false }: Extract<Fault, { kind: 'time' }>,
): Promise<Run> {
  const more = slow ? await withWriter(subject, slowness) : {};
  const program = execa(process.execPath, ['dist/program/main.js', ...args], {
    env: environmentIn(subject.folder, more),
    stdin: 'ignore',
    reject: false,
  });
  const killLater = () => setTimeout(() => program.kill('SIGKILL'), afterMs);
  let timer = stage === undefined ? killLater() : undefined;
  const events: Record<string, unknown>[] = [];
  createInterface({ input: program.stdout }).on('line', (line) => {
    const event: Record<string, unknown> = JSON.parse(line);
    events.push(event);
    if (event.type === 'stage-started' && event.stage === stage) timer ??= killLater();
  });
  const { exitCode, stdout, stderr } = await program;
  clearTimeout(timer);
  return { exitCode, stdout, stderr, events };
}
