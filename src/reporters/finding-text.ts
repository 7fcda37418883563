import type { Finding } from '../doctor/finding.js';
import { type SafeText, safe } from './escape.js';
import type { Paint } from './paint.js';

/** A finding for people: how it is first, as a word, then what that means and what to do. */
export function findingText({ verdict, topic, message, remedy }: Finding, paint: Paint): SafeText {
  const word = verdict.padEnd(8);
  const shown =
    verdict === 'good' ? paint.quiet(word) : verdict === 'missing' ? paint.alarm(word) : paint.strong(word);
  const advice = remedy === '' ? safe`` : safe`\n           what to do: ${remedy}`;
  return safe`${shown} ${topic}: ${message}${advice}`;
}
