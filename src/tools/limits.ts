/** What a program may use up at most. A hostile file system could make its parser loop, fill the memory or the disk. */
export interface Limits {
  readonly cpuSeconds: number;
  /** Of address space. */
  readonly memoryBytes: number;
  /** Of each file that it writes; also how far into a file it may write. */
  readonly fileBytes: number;
}

export type LimitOptions = Partial<Limits>;

const gigabyte = 1024 ** 3;

/** Far above what any sound guest needs: a kernel and its initramfs are unpacked in seconds, in less than 300 MB. */
export const usualLimits: Limits = { cpuSeconds: 600, memoryBytes: 2 * gigabyte, fileBytes: 2 * gigabyte };

/** The words that run a program with these limits, the usual ones where none is given. */
export function limitWords(options: LimitOptions = {}): string[] {
  const { cpuSeconds, memoryBytes, fileBytes } = { ...usualLimits, ...options };
  return [
    'prlimit',
    // Without a hard limit above it, a program would get no signal that tells what ended it.
    `--cpu=${cpuSeconds}:${cpuSeconds + 5}`,
    `--as=${memoryBytes}`,
    `--fsize=${fileBytes}`,
    '--core=0',
  ];
}

/** How a program ended, as execa tells it. Inside the sandbox a signal is told by the exit code. */
export interface ProgramEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** What it complained about. */
  readonly said?: string;
}

/** Which limit ended a program, in words; undefined when none did. A program that gets no memory says so itself. */
export function limitReached(
  { exitCode, signal, said = '' }: ProgramEnd,
  options: LimitOptions = {},
): string | undefined {
  const { cpuSeconds, memoryBytes, fileBytes } = { ...usualLimits, ...options };
  const number = signal === undefined ? (exitCode ?? 0) - 128 : signalNumbers[signal];
  if (number === signalNumbers.SIGXCPU) return `it was ended after ${cpuSeconds} s of processor time`;
  if (number === signalNumbers.SIGXFSZ)
    return `it was ended when it wrote more than ${megabytes(fileBytes)} into a file`;
  return outOfMemory.test(said) ? `it may use ${megabytes(memoryBytes)} of memory at most` : undefined;
}

/** How a program ended that said nothing. Its command line is no help: most of it is the sandbox. */
export function describeEnd({ exitCode, signal }: ProgramEnd): string {
  return signal === undefined ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`;
}

/** signal(7), the same on all of Linux' architectures that Xen runs on. */
const signalNumbers: Readonly<Record<string, number>> = { SIGXCPU: 24, SIGXFSZ: 25 };

const outOfMemory =
  /memory allocation failed|cannot allocate memory|can't allocate|out of memory|MemoryError/i;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;
