/** What a batch is made of: images, each with the options of its conversion. */

/** An option's value, as a list file has it and as the command line takes it. */
export type OptionValue = string | boolean | readonly string[];

/** Values by the command line's long names, without the dashes. */
export type EntryOptions = Readonly<Record<string, OptionValue>>;

/** One image of a batch. */
export interface Entry {
  /** Absolute, and not resolved further: messages say what the user wrote. */
  readonly disk: string;
  readonly options: EntryOptions;
  /** Free words that `--where tag=…` finds. */
  readonly tags: readonly string[];
  /** Free names with values that `--where NAME=…` finds. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where each key was written, `web.yaml:7:5`; of the entry itself, and of what isn't there, under ''. */
  readonly places: Readonly<Record<string, string>>;
}

/** Where an entry's key stands, or the entry itself. */
export const placeOf = ({ places }: Pick<Entry, 'places'>, key = ''): string =>
  places[key] ?? places[''] ?? '';

/** Something in a list that must be mended before anything starts. */
export interface Mistake {
  /** `web.yaml:7:11`, or an argument of the command line. */
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
}

/** One of the keys that entries may have, as the command line declares it. */
export interface OptionKind {
  readonly type?: string;
  readonly array?: boolean;
  readonly choices?: readonly unknown[];
}

export type OptionKinds = Readonly<Record<string, OptionKind>>;
