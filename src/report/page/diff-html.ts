import { type Html, html, nothing } from './html.js';

export interface DiffHtml {
  readonly html: Html;
  /** Characters of markup. */
  readonly length: number;
}

/**
 * A unified diff: each line keeps its sign, colour comes beside it. After so many characters of markup it is cut with a
 * sentence that names where the whole of it is.
 */
export function diffHtml(diff: string, limit: number, whole: string): DiffHtml {
  const lines = diff.replace(/\n$/, '').split('\n');
  const shown: Html[] = [];
  let length = 0;
  for (const line of lines) {
    const next = lineHtml(line);
    if (length + next.text.length > limit) break;
    length += next.text.length;
    shown.push(next);
  }
  const missing = lines.length - shown.length;
  const cut =
    missing === 0
      ? nothing
      : html`<p class="note">${missing} of ${lines.length} lines are left out here. The whole diff is in <code>${whole}</code>.</p>`;
  const body = shown.length === 0 ? nothing : html`<pre class="diff">${shown}</pre>`;
  return { html: html`${body}${cut}`, length };
}

/** Each is a block of its own, so that no newline stands between them. */
function lineHtml(line: string): Html {
  if (/^(---|\+\+\+) /.test(line)) return html`<span class="file">${line}</span>`;
  if (line.startsWith('@@')) return html`<span class="place">${line}</span>`;
  if (line.startsWith('+')) return html`<ins>${line}</ins>`;
  if (line.startsWith('-')) return html`<del>${line}</del>`;
  return html`<span>${line === '' ? ' ' : line}</span>`;
}
