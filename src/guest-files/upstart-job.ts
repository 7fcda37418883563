/**
 * Jobs of upstart: /etc/init/*.conf as init(5) of upstart describes them, and the older /etc/event.d, whose stanzas
 * have the same form and may come several times.
 */

/** A stanza of the outermost level: its first word, its text, and its lines. */
export interface JobStanza {
  readonly keyword: string;
  readonly text: string;
  /** Index of the first and last line, from 0. */
  readonly from: number;
  readonly to: number;
}

/**
 * The stanzas of a job in order. A stanza goes on while a bracket is open or a line ends in a backslash; `script` goes
 * on up to `end script`. Comments are left out.
 */
export function readJob(text: string): readonly JobStanza[] {
  const lines = text.split('\n');
  const stanzas: JobStanza[] = [];
  for (let from = 0; from < lines.length; from += 1) {
    const [, keyword] = /^[ \t]*([^#\s]\S*)/.exec(lines[from] ?? '') ?? [];
    if (keyword === undefined) continue;
    const to = isScript(lines[from] ?? '') ? endOfScript(lines, from) : endOfStanza(lines, from);
    stanzas.push({ keyword, text: lines.slice(from, to + 1).join('\n'), from, to });
    from = to;
  }
  return stanzas;
}

const isScript = (line: string): boolean =>
  /^[ \t]*(?:(?:pre|post)-(?:start|stop)[ \t]+)?script[ \t\r]*$/.test(line);

function endOfScript(lines: readonly string[], from: number): number {
  for (let at = from + 1; at < lines.length; at += 1) {
    if (/^[ \t]*end[ \t]+script[ \t\r]*$/.test(lines[at] ?? '')) return at;
  }
  return lines.length - 1;
}

function endOfStanza(lines: readonly string[], from: number): number {
  let open = 0;
  for (let at = from; at < lines.length; at += 1) {
    const code = (lines[at] ?? '').replace(/(?:^|[ \t])#.*/, '');
    open += code.split('(').length - code.split(')').length;
    if (open <= 0 && !/\\\r?$/.test(code)) return at;
  }
  return lines.length - 1;
}

/** Whether upstart starts this job by itself; `override` is the text of its .override file, '' without one. */
export function startsByItself(text: string, override: string): boolean {
  return [text, override].reduce((before, file) => stateAfter(file, before), false);
}

/** The last of `start on` and `manual` counts (init(5)). */
function stateAfter(text: string, before: boolean): boolean {
  const last = readJob(text).findLast((stanza) => stanza.keyword === 'manual' || isStartOn(stanza));
  return last === undefined ? before : last.keyword === 'start';
}

const isStartOn = ({ keyword, text }: JobStanza): boolean =>
  keyword === 'start' && /^[ \t]*start[ \t]+on\b/.test(text);

/** The job without what starts it by itself: its `start on` stanzas become comments. */
export function withoutStart(text: string): string {
  const lines = text.split('\n');
  for (const { from, to } of readJob(text).filter(isStartOn)) {
    for (let at = from; at <= to; at += 1) lines[at] = `#${lines[at] ?? ''}`;
  }
  return lines.join('\n');
}

/** What the job runs, comments and conditions left out: the texts of `exec` and of the main `script`. */
export const commandsOf = (text: string): string =>
  readJob(text)
    .filter(({ keyword }) => keyword === 'exec' || keyword === 'script')
    .map((stanza) => stanza.text.replace(/^[ \t]*#.*/gm, ''))
    .join('\n');
