import { execa } from 'execa';

/**
 * Runs one outside program: English messages, no standard input, no shell.
 *
 * Every adapter in this folder starts its program through this function, so that no program can wait for an
 * answer and no message is translated. Failures are `ExecaError`s; the adapter turns them into a `ToolError`.
 */
export const run = execa({ env: { LC_ALL: 'C.UTF-8' }, stdin: 'ignore' });
