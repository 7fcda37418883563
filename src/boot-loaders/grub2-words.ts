/** A word of a GRUB script, quotes resolved; variables stay as written. */
export interface GrubWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const blanks = /[ \t\r]*/y;
const piece = /'([^']*)(?:'|$)|"((?:[^"\\]|\\[\s\S])*)(?:"|$)|\\([\s\S]?)|([^'"\\ \t\r;&|<>]+)/y;

/** Splits one line of a GRUB script into words: up to a `;` or another operator, or a comment. */
export function grubWords(line: string): GrubWord[] {
  const words: GrubWord[] = [];
  let at = 0;
  for (;;) {
    blanks.lastIndex = at;
    const start = at + (blanks.exec(line)?.[0].length ?? 0);
    if (line[start] === '#') return words;
    const word = readWord(line, start);
    if (word.end === start) return words;
    words.push(word);
    at = word.end;
  }
}

function readWord(line: string, start: number): GrubWord {
  let text = '';
  let end = start;
  piece.lastIndex = start;
  for (let match = piece.exec(line); match !== null && match[0] !== ''; match = piece.exec(line)) {
    const [, single, double, escaped, plain] = match;
    text += single ?? double?.replace(/\\(["\\$])/g, '$1') ?? escaped ?? plain ?? '';
    end = piece.lastIndex;
  }
  return { text, start, end };
}
