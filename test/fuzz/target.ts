import { readdirSync, readFileSync } from 'node:fs';
import { goldenRoot } from '../unit/golden-guest.js';

/** A parser, or an edit, with the rules that hold for whatever a guest puts into it. */
export interface FuzzTarget {
  readonly name: string;
  /** Real inputs, or what the unit tests take for such. */
  readonly seeds: () => readonly Buffer[];
  /** What the format's words and brackets are. */
  readonly keywords: readonly string[];
  /** Throws when a rule is broken: it throws itself, or an invariant doesn't hold. */
  readonly check: (input: Buffer) => void;
}

/** A rule that doesn't hold. */
export class BrokenRule extends Error {}

/** Throws a `BrokenRule` unless both texts are the same; `rule` says what should have been so. */
export function same(one: string, other: string, rule: string): void {
  if (one === other) return;
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const near = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40));
  throw new BrokenRule(`${rule}: ${near(one)} is not ${near(other)} (at ${at})`);
}

/** Throws a `BrokenRule` unless a second run of an edit changes nothing more. */
export function idempotent(text: string, edit: (text: string) => string, rule: string): string {
  const once = edit(text);
  same(edit(once), once, `${rule}, done twice`);
  return once;
}

interface TextTarget {
  readonly name: string;
  /** Which files of the golden guests are seeds, by their path in the guest. */
  readonly files?: RegExp;
  readonly texts?: readonly string[];
  readonly keywords: readonly string[];
  readonly check: (text: string) => void;
}

/** A target that takes a text of one character per byte. */
export const textTarget = ({ name, files, texts = [], keywords, check }: TextTarget): FuzzTarget => ({
  name,
  keywords,
  seeds: () => [...texts.map((text) => Buffer.from(text, 'latin1')), ...(files ? goldenFiles(files) : [])],
  check: (input) => check(input.toString('latin1')),
});

/** The different contents of the golden guests' files at such paths. */
function goldenFiles(paths: RegExp): Buffer[] {
  const found = new Map<string, Buffer>();
  for (const entry of readdirSync(goldenRoot, { recursive: true, withFileTypes: true })) {
    const file = `${entry.parentPath}/${entry.name}`;
    const [, path] = /^[^/]+\/[^/]+\/[^/]+\/tree(\/.*)$/.exec(file) ?? [];
    if (path === undefined || !entry.isFile() || !paths.test(path)) continue;
    const content = readFileSync(file);
    found.set(content.toString('latin1'), content);
  }
  return [...found.values()];
}
