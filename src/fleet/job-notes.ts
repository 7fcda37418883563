/** What a job says where no run has said anything. */
import type { JobOutput } from './job-output.js';

const failed = (code: string, message: string, remedy: string): JobOutput => ({
  version: 1,
  verdict: 'failed',
  problems: [{ code, message, remedy }],
});

/** Of a job whose worker died with it in hand. */
export const abandonedOutput: JobOutput = failed(
  'worker-died',
  'the worker that ran this conversion ended before it could say how that went',
  'the worker that starts next tries it again; "convert-image status" on the host says what is so until then',
);

/** Of a job that isn't understood. */
export const unreadableOutput = (reason: string): JobOutput =>
  failed(
    'job-not-understood',
    `the job's data can't be understood: ${reason}`,
    'a newer convert-image, or something else, may have queued it: use the same version everywhere, and enqueue it again',
  );
