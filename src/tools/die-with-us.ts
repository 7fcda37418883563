/** The words before a program that gets a signal when this process ends, however it does. */
const signalledByOurEnd = (signal: 'SIGKILL' | 'SIGUSR2'): readonly string[] => [
  ...['setpriv', '--pdeathsig', signal.slice('SIG'.length)],
  // A parent that died before the signal of its death was asked for sends none (PR_SET_PDEATHSIG in prctl(2)), so a
  // shell looks once more who the parent is.
  ...['sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)],
];

/** The words before a program that dies with this process. */
export const dieWithUs: readonly string[] = signalledByOurEnd('SIGKILL');

/**
 * What tells a run of this program that the batch which started it is gone. It isn't SIGTERM: as the threads of a killed
 * process die one after the other, the kernel tells it once for each (measured), and a second SIGTERM would stop a commit.
 */
export const ourEnd = 'SIGUSR2';

/** The words before a program that may finish what must not be left half done: it gets `ourEnd` when this process dies. */
export const endWithUs: readonly string[] = signalledByOurEnd(ourEnd);
