import type { Emit } from './events.js';

/** What every stage may use besides its input. Built once by `main.ts`. */
export interface Context {
  readonly emit: Emit;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Scratch files, logs and what is remembered of this host. */
  readonly stateDirectory: string;
}
