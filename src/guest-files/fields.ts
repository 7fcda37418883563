/**
 * Files made of lines with fields between blanks: fstab(5), crypttab(5). Every byte that isn't the edited field stays.
 */

// Not \s: in a byte string that also takes the second byte of a UTF-8 letter such as \u00e0 for a blank.
const isData = (line: string): boolean => !/^[ \t\r]*(#|$)/.test(line);

/** The fields of each data line, in order; comments and blank lines are left out. */
export function readFields(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter(isData)
    .map((line) => line.split(/[ \t\r]+/).filter((field) => field !== ''));
}

/**
 * Replaces the field with this index (from 0) in every data line for which `replace` returns another value.
 * The blanks around the fields stay as they are.
 */
export function replaceField(
  text: string,
  index: number,
  replace: (field: string, fields: readonly string[]) => string | undefined,
): string {
  return text
    .split('\n')
    .map((line) => (isData(line) ? replaceInLine(line, index, replace) : line))
    .join('\n');
}

function replaceInLine(line: string, index: number, replace: Parameters<typeof replaceField>[2]): string {
  // Blanks and fields alternate: [blank?, field, blank, field, …].
  const pieces = line.split(/([ \t\r]+)/);
  const first = pieces[0] === '' ? 2 : 0;
  const position = first + 2 * index;
  const field = pieces[position];
  if (field === undefined || field === '') return line;
  const fields = pieces.filter((piece) => piece !== '' && !/^[ \t\r]/.test(piece));
  pieces[position] = replace(field, fields) ?? field;
  return pieces.join('');
}
