/** The one place where texts of others become HTML. */
import { escapeForTerminal, readable } from '../../reporters/escape.js';

/** Markup that may stand in a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | Html | readonly Html[];

/** No message of ours is longer; what is was made long by a guest, and its report has all of it. */
const longestText = 4000;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Builds markup: what stands in the template is ours, what is put in is escaped for an element's content and for a quoted
 * attribute, unless it is markup already. Control and hidden characters are made visible as on a terminal; a text of more
 * than 4000 characters is cut, and says so.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const text = parts
    .map((part, index) => `${part}${index < values.length ? markupOf(values[index] ?? '') : ''}`)
    .join('');
  return new Html(text);
}

function markupOf(value: Content): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escaped(String(value));
}

function escaped(text: string): string {
  const more = text.length - longestText;
  const shown = more > 0 ? `${text.slice(0, longestText)}… (${more} characters more)` : text;
  return escapeForTerminal(readable(shown)).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Nothing at all. */
export const nothing = new Html('');
