import type { XlEdits } from './xl-edit.js';
import type { XlAtom, XlDocument } from './xl-syntax.js';

interface Entry {
  readonly atom: XlAtom;
}

/** The end of an entry's line: its newline, and the comment before it with the blank that leads to it. */
interface LineEnd {
  readonly newline: number;
  readonly comment?: number;
  readonly text: string;
}

/**
 * Lets the comments behind list entries go along when entries change places. Where two entries share a line it can't
 * be told whose the comment is: all comments stay where they are.
 */
export function moveLineComments(
  document: XlDocument,
  edits: XlEdits,
  places: readonly Entry[],
  ordered: readonly Entry[],
): void {
  const ends = places.map((place) => lineEnd(document, place.atom.token));
  const moved = ordered.map((entry) => ends[places.indexOf(entry)]);
  if (ends.includes(undefined)) return;
  for (const [index, end] of ends.entries()) {
    const text = moved[index]?.text ?? '';
    if (end === undefined || end.text === text) continue;
    if (end.comment === undefined) {
      edits.replace(end.newline, `${text}\n`);
    } else {
      edits.replace(end.comment, text.trimStart());
      if (text === '') edits.replace(end.comment - 1, '');
    }
  }
}

/** Undefined when another entry follows on the line. */
function lineEnd(document: XlDocument, entry: number): LineEnd | undefined {
  for (let index = entry + 1; ; index += 1) {
    const token = document.tokens[index];
    if (token?.kind === 'newline') return { newline: index, text: '' };
    if (token?.kind === 'comment') {
      const before = document.tokens[index - 1];
      const blank = before?.kind === 'blank' ? before.text : '';
      return blank === '' ? undefined : { newline: index + 1, comment: index, text: blank + token.text };
    }
    if (token?.kind !== 'blank' && token?.kind !== 'comma') return undefined;
  }
}
