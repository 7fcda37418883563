import { z } from 'zod';

/** Bytes of the guest's disk. */
const extentSchema = z.object({ start: z.number(), length: z.number() });

const imageSchema = z.object({
  path: z.string(),
  format: z.enum(['raw', 'qcow2', 'vhd']),
  virtualBytes: z.number(),
  identity: z.object({
    device: z.string(),
    inode: z.string(),
    bytes: z.number(),
    bornNs: z.string(),
    modifiedNs: z.string(),
    changedNs: z.string(),
  }),
});

/** What is to become of the record that says how the VM starts, so that whoever goes on knows it, and how to go back. */
const recordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none'), reason: z.string() }),
  /** `option` finds it again, as `--record` takes it; the texts are the whole record, one character per byte. */
  z.object({
    kind: z.literal('flip'),
    option: z.string(),
    where: z.string(),
    before: z.string(),
    after: z.string(),
  }),
  /** A configuration that is written where there was none. */
  z.object({ kind: z.literal('new'), path: z.string(), text: z.string() }),
]);

/** What will boot, as the plan says it. */
const bootSchema = z.object({
  way: z.enum(['pygrub', 'pvgrub2', 'kernel']),
  kernel: z.string(),
  initramfs: z.string().exactOptional(),
  commandLine: z.string(),
  target: z.literal('pvh').exactOptional(),
});

const time = z.string();

/**
 * One line of a journal: the state that a conversion has reached. A line is written when what it says is on the disk.
 *
 *     committing ──► committed ──► done          a conversion; a commit that fails goes to `undone`
 *          └─────────────┴───────────┴──► undoing ──► undone
 */
export const entrySchema = z.discriminatedUnion('state', [
  /** Overlay and undo archive are whole; from now on the image may be partly written. */
  z.object({
    state: z.literal('committing'),
    version: z.literal(1),
    time,
    image: imageSchema,
    /** What the commit writes; empty when only the record changes. */
    ranges: z.array(extentSchema),
    record: recordSchema,
    boot: bootSchema,
    /** Size of the undo archive, in bytes. */
    archiveBytes: z.number(),
  }),
  /** The image has the new content. `sha256` is that of `watched`; missing where parts of an image can't be read. */
  z.object({
    state: z.literal('committed'),
    time,
    identity: imageSchema.shape.identity,
    watched: z.array(extentSchema),
    sha256: z.string().exactOptional(),
    /** Replaces the first line's, where the record had changed meanwhile. */
    record: recordSchema.exactOptional(),
  }),
  /** The record says PV, too. The undo archive waits for `undo` or `forget`. */
  z.object({ state: z.literal('done'), time }),
  /** The record is as it was, and the original content is being written back. */
  z.object({ state: z.literal('undoing'), time }),
  /** All is as it was. The folder goes next. */
  z.object({ state: z.literal('undone'), time }),
]);

export type JournalEntry = z.infer<typeof entrySchema>;
export type ConversionState = JournalEntry['state'];
export type RecordIntent = z.infer<typeof recordSchema>;
export type CommittingEntry = Extract<JournalEntry, { state: 'committing' }>;
export type CommittedEntry = Extract<JournalEntry, { state: 'committed' }>;
