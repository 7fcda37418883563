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

/** A unified diff of two texts with three lines of context. */
export function textDiff(oldName: string, newName: string, before: string, after: string): string {
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(oldName, newName, before, after, undefined, undefined, options);
}

const textOf = (side: Side): string => (side.kind === 'file' ? side.text : '');

function linkDiff(path: string, before: Side, after: Side): string {
  const old = before.kind === 'symlink' ? [`-link ${path} -> ${before.target}`] : [];
  const now = after.kind === 'symlink' ? [`+link ${path} -> ${after.target}`] : [];
  return [...old, ...now, ''].join('\n');
}
