import type { XlToken } from './xl-tokens.js';

/** Why a file can't be read as an xl configuration, where, and what to do about it. */
export interface Trouble {
  readonly kind: 'unreadable';
  readonly line: number;
  /** Completes "the file can't be read because …". */
  readonly reason: string;
  readonly remedy: string;
}

/** Signs of the programs that `xm` took as configuration, sought in a line of a file that xl doesn't take. */
const pythonSigns: readonly RegExp[] = [
  /^[ \t]*(?:def|class|import|from|if|elif|else|for|while|try|except|finally|with|return|print|exec|raise|del|global|pass|assert)(?![\w.])/,
  /["'][ \t]*%[ \t]*[\w(]/,
  /["'][ \t]*\+(?!=)|\+[ \t]*["']/,
  /"""|'''/,
  /\b(?:os|sys|re|string|random|socket)\.[a-z]/,
  /\b(?:str|int|len|open|range|lambda|dict)\b[ \t]*[(:]/,
  /=[ \t]*[\w.]+\(/,
  /=[ \t]*(?:True|False|None)\b/,
];

/** Explains the token at which xl's grammar ends. Linear in the size of the file. */
export function troubleAt(tokens: readonly XlToken[], at: number, expected: string): Trouble {
  const text = tokens.map((token) => token.text).join('');
  const line = lineOf(tokens, at);
  const lines = text.split('\n');
  const python = lines.findIndex((one) => pythonSigns.some((sign) => sign.test(withoutComment(one))));
  if (python !== -1) return pythonTrouble(python + 1, lines[python] ?? '');
  const found = tokens[at]?.text ?? '';
  if (found === '\r') {
    return {
      kind: 'unreadable',
      line,
      reason: `line ${line} ends with a carriage return (Windows line ends), which xl refuses`,
      remedy: "Remove the carriage returns: sed -i 's/\\r$//' FILE",
    };
  }
  if (found.startsWith('#')) {
    return {
      kind: 'unreadable',
      line,
      reason: 'its last line has a comment and no newline at its end, which xl refuses',
      remedy: 'Add a newline at the end: echo >> FILE',
    };
  }
  return {
    kind: 'unreadable',
    line,
    reason: `line ${line} isn't in the form that xl reads: ${expected} expected, found ${shown(found)}`,
    remedy: 'Mend the line until "xl create -n FILE" accepts the file.',
  };
}

function pythonTrouble(line: number, code: string): Trouble {
  return {
    kind: 'unreadable',
    line,
    reason: `line ${line} is Python (${shown(code.trim())}): xm ran its configuration files as programs, xl doesn't`,
    remedy:
      'Write the file as plain values (NAME = "value"), as xl needs it. Or change it by hand: type = "pv", ' +
      'bootloader = "pygrub", bootloader_args = ["-q"], no builder and no hvmloader, the boot disk first and as ' +
      'xvda, no type= and model= in vif.',
  };
}

/** Bounded, and good enough for a file that is refused anyway. */
const withoutComment = (line: string): string => line.slice(0, 1000).replace(/#[^"']*$/, '');

function lineOf(tokens: readonly XlToken[], at: number): number {
  const newlines = tokens.slice(0, at).filter((token) => token.kind === 'newline').length;
  return newlines + 1;
}

function shown(text: string): string {
  if (text === '') return 'the end of the file';
  if (text === '\n') return 'the end of the line';
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}
