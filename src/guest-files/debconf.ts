/**
 * debconf's database of answers, /var/cache/debconf/config.dat: records of `Field: value` lines parted by blank lines
 * (Debconf::Format::822). Every byte that isn't the changed value stays.
 */

/** The answer to a question; undefined when it was never asked or has none. */
export function debconfValue(text: string, question: string): string | undefined {
  const record = recordOf(text, question);
  return record === undefined ? undefined : /^Value:[ \t]?(.*)$/im.exec(record.fields)?.[1];
}

/** Replaces the answer to a question; a question that has none yet isn't answered. */
export function setDebconfValue(text: string, question: string, value: string): string {
  const record = recordOf(text, question);
  if (record === undefined) return text;
  const fields = record.fields.replace(/^(Value:[ \t]?).*$/im, (_, start: string) => start + value);
  return text.slice(0, record.start) + fields + text.slice(record.start + record.fields.length);
}

/** The record's lines up to its variables, whose indented lines may hold anything. */
function recordOf(text: string, question: string): { start: number; fields: string } | undefined {
  const name = `Name: ${question}\n`;
  const found = text.startsWith(name) ? -1 : text.indexOf(`\n${name}`);
  if (found < 0 && !text.startsWith(name)) return undefined;
  const start = found + 1;
  const blank = text.indexOf('\n\n', start);
  const record = text.slice(start, blank < 0 ? text.length : blank);
  const variables = record.search(/^Variables:/im);
  return { start, fields: variables < 0 ? record : record.slice(0, variables) };
}
