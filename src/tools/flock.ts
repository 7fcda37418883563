import { execa } from 'execa';
import { ToolError } from '../errors.js';

/** What `flock` answers with when somebody else has the lock. */
const takenCode = 75;

/**
 * Runs `fn` while a helper process of ours holds the kernel's lock on a file, and says whether it could be had. The
 * helper ends with us, however we end, since its standard input closes then: no lock is ever stale.
 */
export async function withFileLock<T>(
  file: string,
  fn: () => Promise<T>,
): Promise<{ readonly kind: 'done'; readonly result: T } | { readonly kind: 'taken' }> {
  const holder = execa({
    stdin: 'pipe',
    reject: false,
    // Ctrl-C on the terminal reaches the whole process group: the lock must outlast a commit that goes on to its end.
    detached: true,
  })`flock --nonblock --conflict-exit-code ${takenCode} ${file} sh -c ${'echo locked; exec cat >/dev/null'}`;
  const isOurs = await Promise.race([
    holder
      .iterable()
      .next()
      .then(({ value }) => value === 'locked'),
    holder.then(() => false),
  ]);
  if (!isOurs) {
    const { exitCode } = await holder;
    if (exitCode === takenCode) return { kind: 'taken' };
    const remedy = 'is util-linux installed, and the state directory writable?';
    throw new ToolError(`the lock ${file} can't be taken`, { remedy });
  }
  try {
    return { kind: 'done', result: await fn() };
  } finally {
    holder.stdin.end();
    await holder;
  }
}
