import test from 'ava';
import { parseSuperblock } from '../../../../src/guest-access/direct/superblock.js';

/** The lines that count, as debugfs 1.47.0 printed them. */
const print = (
  features: string,
  state = 'clean',
  label = '<none>',
): string => `Filesystem volume name:   ${label}
Last mounted on:          /
Filesystem features:      ${features}
Filesystem state:         ${state}
Block count:              491264
Free blocks:              257007
Free inodes:              111406
Block size:               4096
`;

test('reads what debugfs prints', (t) => {
  t.deepEqual(parseSuperblock(print('has_journal extent 64bit')), {
    features: new Set(['has_journal', 'extent', '64bit']),
    clean: true,
    blockBytes: 4096,
    blocks: 491264,
    freeBlocks: 257007,
    freeInodes: 111406,
  });
  t.deepEqual(parseSuperblock(print('(none)'))?.features, new Set());
});

const unclean: [string, string][] = [
  ['has_journal needs_recovery', 'clean'],
  ['orphan_file orphan_present', 'clean'],
  ['has_journal', 'not clean'],
  ['has_journal', 'clean with errors'],
];
for (const [features, state] of unclean) {
  test(`isn't clean: ${features}, ${state}`, (t) =>
    t.is(parseSuperblock(print(features, state))?.clean, false));
}

test('a label that looks like another line makes it unreadable', (t) => {
  t.is(parseSuperblock(print('quota', 'clean', 'x\nFilesystem features: extent')), undefined);
  t.is(parseSuperblock('show_super_stats: Filesystem not open\n'), undefined);
});
