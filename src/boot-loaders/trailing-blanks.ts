/** A line without the blanks at its end, in linear time. */
export function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && /[ \t\r]/.test(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}
