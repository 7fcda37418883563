/** The words before a program that gets a signal when this process ends, however it does. */
const signalledByOurEnd = (signal: 'KILL' | 'TERM'): readonly string[] => [
  ...['setpriv', '--pdeathsig', signal],
  // A parent that died before the signal of its death was asked for sends none (PR_SET_PDEATHSIG in prctl(2)), so a
  // shell looks once more who the parent is.
  ...['sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)],
];

/** The words before a program that dies with this process. */
export const dieWithUs: readonly string[] = signalledByOurEnd('KILL');

/** The words before a program that may finish what must not be left half done: it gets SIGTERM when this process dies. */
export const endWithUs: readonly string[] = signalledByOurEnd('TERM');
