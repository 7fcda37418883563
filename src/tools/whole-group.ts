/** Execa's option that gives a program a process group of its own. */
export const ownGroup = { detached: true } as const;

interface Started {
  readonly pid?: number | undefined;
  once(event: 'exit', listener: () => void): unknown;
}

/**
 * Ends all that a confined program has forked, once the signal has stopped it: a bwrap that is stopped while it begins leaves
 * its child waiting for it, for ever and with our pipes open. The program must have been started with `ownGroup`.
 */
export function endWholeGroup<Child extends Started>(child: Child, stop: AbortSignal): Child {
  child.once('exit', () => {
    if (stop.aborted && child.pid !== undefined) killGroup(child.pid);
  });
  return child;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
