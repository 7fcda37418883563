/** A pattern of names has no more; a hostile guest's million characters would be read again for every name. */
const longestPattern = 4096;

/**
 * Whether a text matches a shell pattern as fnmatch(3) without flags does: `*`, `?`, `[a-z]`, `[!a-z]`, `\x`.
 * Takes at most pattern length × text length steps, whatever the pattern. One of more than 4096 characters matches nothing.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  if (pattern.length > longestPattern) return false;
  const parts = globParts(pattern);
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current === 'any') {
      star = part;
      starAt = at;
      part += 1;
    } else if (current?.(text.charAt(at))) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      // The last star takes one character more, and everything behind it is tried again.
      starAt += 1;
      part = star + 1;
      at = starAt;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === 'any');
}

/** Whether a name holds a character that fnmatch(3) treats specially. */
export const isGlob = (name: string): boolean => /[*?[]/.test(name);

/** `any` for a star; otherwise a test for exactly one character. */
type GlobPart = 'any' | ((char: string) => boolean);

function globParts(pattern: string): GlobPart[] {
  const parts: GlobPart[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    const set = char === '[' ? setAt(pattern, at) : undefined;
    if (char === '*') parts.push('any');
    else if (char === '?') parts.push(() => true);
    else if (set !== undefined) {
      parts.push(set.test);
      at = set.end;
    } else {
      if (char === '\\' && at + 1 < pattern.length) at += 1;
      const literal = pattern.charAt(at);
      parts.push((other) => other === literal);
    }
  }
  return parts;
}

/** The bracket expression that opens at `start`; undefined when it is never closed and so means itself. */
function setAt(pattern: string, start: number): { test: (char: string) => boolean; end: number } | undefined {
  const negated = /[!^]/.test(pattern.charAt(start + 1));
  const first = start + (negated ? 2 : 1);
  // A closing bracket in the first place is a member of the set.
  const end = pattern.indexOf(']', first + 1);
  if (end < 0) return undefined;
  const members = pattern.slice(first, end);
  return { test: (char) => inSet(members, char) !== negated, end };
}

function inSet(members: string, char: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    const isRange = members.charAt(at + 1) === '-' && at + 2 < members.length;
    const last = isRange ? members.charAt(at + 2) : members.charAt(at);
    if (char >= members.charAt(at) && char <= last) return true;
    if (isRange) at += 2;
  }
  return false;
}
