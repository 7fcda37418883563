import { type Content, type Html, html, nothing } from './html.js';

/** A table in a container of its own, which scrolls sideways where it is too wide. The first cell names its row. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Content[])[],
  className = '',
): Html {
  const head = heads.map((name) => html`<th scope="col">${name}</th>`);
  const body = rows.map(([first = '', ...others]) => {
    const cells = others.map((cell) => html`<td>${cell}</td>`);
    return html`<tr><th scope="row">${first}</th>${cells}</tr>\n`;
  });
  return html`<div class="scroll ${className}" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

/** Names with values; those without one are left out. */
export function facts(pairs: readonly (readonly [string, Content | undefined])[]): Html {
  const shown = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<div><dt>${name}</dt> <dd>${value}</dd></div>\n`],
  );
  return shown.length === 0 ? nothing : html`<dl class="facts">${shown}</dl>`;
}

/** The first ones, and how many there are more: a hostile guest has thousands of kernels. */
export function some<T>(items: readonly T[], most: number, show: (item: T) => Html): Html[] {
  const more = items.length - most;
  const note = html`<p class="note">${Math.max(more, 0)} more; the report has them all.</p>`;
  return [...items.slice(0, most).map(show), ...(more > 0 ? [note] : [])];
}
