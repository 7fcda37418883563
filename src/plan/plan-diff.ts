import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { DesiredNode, FileStep, GuestNode } from '../model.js';

type Side = GuestNode | DesiredNode;

const noFile = '/dev/null';

/**
 * A unified diff of one step, as `diff -u` would print it for the guest's file; a link that comes or goes is one line.
 * The text holds one character per byte, as the step does.
 */
export function stepDiff({ path, before, after }: FileStep): string {
  if (before.kind === 'symlink' || after.kind === 'symlink') return linkDiff(path, before, after);
  const oldName = before.kind === 'absent' ? noFile : `a${path}`;
  const newName = after.kind === 'absent' ? noFile : `b${path}`;
  return textDiff(oldName, newName, textOf(before), textOf(after));
}

/**
 * How many lines may come and go until looking for the shortest diff takes too long: the time grows with the square. No
 * conversion changes so many, but in a hostile guest's menu of thousands of entries.
 */
const maxEditLength = 1000;

/** A unified diff of two texts with three lines of context; of very different ones, of all lines. */
export function textDiff(oldName: string, newName: string, before: string, after: string): string {
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY, maxEditLength };
  const short = createTwoFilesPatch(oldName, newName, before, after, undefined, undefined, options);
  return short ?? wholeDiff(oldName, newName, before, after);
}

/** Takes every line away and adds every line, as `diff -u` does with texts that have nothing in common. */
function wholeDiff(oldName: string, newName: string, before: string, after: string): string {
  const [old, now] = [side('-', before), side('+', after)];
  return `--- ${oldName}\n+++ ${newName}\n@@ -${old.range} +${now.range} @@\n${old.text}${now.text}`;
}

function side(sign: string, text: string): { range: string; text: string } {
  if (text === '') return { range: '0,0', text: '' };
  const isOpen = !text.endsWith('\n');
  const lines = text.slice(0, isOpen ? undefined : -1).split('\n');
  const end = isOpen ? '\\ No newline at end of file\n' : '';
  return {
    range: `1,${lines.length}`,
    text: `${lines.map((line) => `${sign}${line}\n`).join('')}${end}`,
  };
}

const textOf = (side: Side): string => (side.kind === 'file' ? side.text : '');

function linkDiff(path: string, before: Side, after: Side): string {
  const old = before.kind === 'symlink' ? [`-link ${path} -> ${before.target}`] : [];
  const now = after.kind === 'symlink' ? [`+link ${path} -> ${after.target}`] : [];
  return [...old, ...now, ''].join('\n');
}
