/** One conversion as `status` tells it. */
export interface ConversionReport {
  readonly type: 'conversion';
  /** Absolute path of the disk image. */
  readonly disk: string;
  readonly state:
    | 'at-work'
    | 'interrupted'
    | 'record-not-flipped'
    | 'converted'
    | 'undo-interrupted'
    | 'undone'
    | 'damaged';
  /** When it began to write, ISO 8601. */
  readonly since: string;
  /** The folder of its journal and undo archive. */
  readonly folder: string;
  /** What the folder holds on the disk. */
  readonly bytes: number;
  /** What a person can do about it, one sentence. */
  readonly advice: string;
}
