/**
 * The words before a program that dies with this process, however this one ends. A parent that died before the signal of
 * its death was asked for sends none (PR_SET_PDEATHSIG in prctl(2)), so a shell looks once more who the parent is.
 */
export const dieWithUs: readonly string[] = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)],
];
