import type { Notice } from '../model.js';

/** The notice in a line of a conversion's events; undefined where it is another event. */
export function noticeIn({ notice }: Readonly<Record<string, unknown>>): Notice | undefined {
  if (typeof notice !== 'object' || notice === null) return undefined;
  if (!('code' in notice && 'message' in notice)) return undefined;
  return { code: String(notice.code), message: String(notice.message) };
}
