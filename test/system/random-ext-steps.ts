import { dirname } from 'node:path/posix';
import type { DesiredNode, FileStep } from '../../src/model.js';
import { file, step, text } from './direct-edits.js';
import type { Described } from './ext-images.js';
import type { Draw } from './random-draw.js';
import { isDirectory, isRegular } from './tree-differences.js';

/** Two steps for one inode, or for one path, are refused. */
interface Choice {
  readonly inodes: Set<number>;
  readonly steps: FileStep[];
}

/** Random steps of every kind that a conversion has, for a file system with these files. */
export function drawSteps(
  draw: Draw,
  before: ReadonlyMap<string, Described>,
  blockBytes: number,
): FileStep[] {
  const choice: Choice = { inodes: new Set(), steps: [] };
  const paths = [...before.keys()].filter((path) => path !== '/lost+found');
  const editable = paths.filter((path) => isRegular(before.get(path)) || isLink(before.get(path)));
  const folders = paths.filter((path) => isDirectory(before.get(path)));
  for (let count = draw.integer(1, 10); count > 0 && editable.length > 0; count -= 1) {
    const path = draw.of(editable);
    const inode = before.get(path)?.inode ?? 0;
    if (choice.inodes.has(inode)) continue;
    choice.inodes.add(inode);
    choice.steps.push(step(path, drawNode(draw, blockBytes, 'anything')));
  }
  for (let number = draw.integer(1, 6); number > 0; number -= 1) {
    const folder = draw.of(folders).replace(/^\/$/, '');
    const below = draw.chance(0.2) ? draw.of(['/created', '/created/twice', '/<14>']) : '';
    choice.steps.push(step(`${folder}${below}/new-${number}`, drawNode(draw, blockBytes, 'something')));
  }
  return choice.steps.filter((one) => isPossible(before, one));
}

/** What stands on the way to a path is a directory, or nothing. */
function isPossible(before: ReadonlyMap<string, Described>, { path }: FileStep): boolean {
  for (let above = dirname(path); above !== '/'; above = dirname(above))
    if (before.has(above)) return isDirectory(before.get(above));
  return true;
}

const isLink = (node: Described | undefined): boolean =>
  node !== undefined && (node.mode & 0o170000) === 0o120000;

function drawNode(draw: Draw, blockBytes: number, wanted: 'anything' | 'something'): DesiredNode {
  const kind = draw.integer(1, wanted === 'anything' ? 10 : 7);
  if (kind > 7) return { kind: 'absent' };
  if (kind === 7) return { kind: 'symlink', target: text('../to/"x" \xff', draw.integer(1, 300)) };
  const size = draw.of([
    0,
    draw.integer(1, 160),
    blockBytes * draw.integer(1, 14) + draw.integer(-1, 1),
    draw.integer(1, 90_000),
    ...(draw.chance(0.1) ? [draw.integer(90_000, 500_000)] : []),
  ]);
  const content = text(`edited \x00\xff ${draw.integer(0, 99)}\n`, size);
  return draw.chance(0.3) ? file(content, draw.of([0o600, 0o644, 0o755, 0o4711])) : file(content);
}
