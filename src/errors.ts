/**
 * Exceptions, one class per consequence; each consequence is an exit code of its own (design section 4). Reasons why a
 * guest can't be converted are values (`Problem`), not exceptions.
 */

interface Details {
  /** What the user can do about it, one sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The common part: a message that says what and why, and a remedy. */
export class ConversionError extends Error {
  readonly remedy: string;

  constructor(message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.remedy = details.remedy ?? '';
  }
}

/** The command line or the configuration is wrong. Nothing was opened. */
export class UsageError extends ConversionError {}

/** An outside program, the host or the appliance failed before the commit. The image is untouched. */
export class ToolError extends ConversionError {}

/** The result on the overlay isn't what was planned, or didn't boot. The image is untouched. */
export class VerificationError extends ConversionError {}

/** The commit was interrupted by a failure: the image is neither old nor new until the named command has run. */
export class CommitError extends ConversionError {}

/** The disk is converted and the record isn't flipped. */
export class RecordError extends ConversionError {}

/**
 * `lost`: the connection, or the server altogether; it may be there again. `conflict`: with another transaction, and it
 * can be tried again. `answer`: the database has said no.
 */
export type DatabaseFailure = 'lost' | 'conflict' | 'answer';

/** A database couldn't be asked, or said no. Nothing was written, but for a commit whose answer was lost. */
export class DatabaseError extends ConversionError {
  readonly failure: DatabaseFailure;

  constructor(message: string, failure: DatabaseFailure, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/**
 * A XAPI pool couldn't be asked (`lost`: it may be there again, and what was asked for may be done all the same), or said
 * no (`answer`). `code` is its own word for that, `VM_BAD_POWER_STATE`; empty where it didn't speak.
 */
export class PoolError extends ConversionError {
  readonly failure: 'lost' | 'answer';
  readonly code: string;

  constructor(message: string, failure: 'lost' | 'answer', code: string, details: Details = {}) {
    super(message, details);
    this.failure = failure;
    this.code = code;
  }
}

/** The user or the system asked the tool to stop. The image is untouched. */
export class InterruptedError extends ConversionError {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}
