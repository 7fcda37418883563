/**
 * Adds the words of an assignment to the list of its key, as systemd.syntax(7) has it: an empty value forgets what was
 * before. In place, because a hostile guest's file may have very many lines.
 */
export function addWords(
  lists: Map<string, string[]>,
  key: string,
  value: string,
  words: readonly string[],
): void {
  const before = lists.get(key);
  if (value === '' || before === undefined) lists.set(key, [...words]);
  else for (const word of words) before.push(word);
}
