import test from 'ava';
import fc from 'fast-check';
import { bytesOf, mergeExtents, piecesOf } from '../../../src/stages/extents.js';

const disk = 1000;
const extent = fc.record({ start: fc.nat(disk + 100), length: fc.nat(200) });

/** Which bytes of the disk are covered, one by one. */
const coverage = (extents: readonly { start: number; length: number }[]): boolean[] =>
  Array.from({ length: disk }, (_, at) =>
    extents.some(({ start, length }) => start <= at && at < start + length),
  );

test('the same bytes of the disk, in order, with a gap between any two runs', (t) => {
  fc.assert(
    fc.property(fc.array(extent), (extents) => {
      const merged = mergeExtents(extents, disk);
      t.deepEqual(coverage(merged), coverage(extents));
      for (const [index, { start, length }] of merged.entries()) {
        t.true(length > 0 && start + length <= disk);
        const next = merged[index + 1];
        t.true(next === undefined || next.start > start + length);
      }
    }),
  );
});

test('pieces are at most a mebibyte, and all of it', (t) => {
  const extents = [
    { start: 0, length: 1 },
    { start: 512, length: 3 * 1024 * 1024 + 1 },
  ];
  const pieces = [...piecesOf(extents)];
  t.deepEqual(
    pieces.map(({ length }) => length),
    [1, 1024 * 1024, 1024 * 1024, 1024 * 1024, 1],
  );
  t.deepEqual(mergeExtents(pieces, 2 ** 40), mergeExtents(extents, 2 ** 40));
  t.is(bytesOf(pieces), bytesOf(extents));
});
