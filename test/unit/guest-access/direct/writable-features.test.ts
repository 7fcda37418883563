import test from 'ava';
import { canReadDirectly, canWriteDirectly } from '../../../../src/guest-access/direct/writable-features.js';

const debian12 =
  'has_journal ext_attr resize_inode dir_index filetype extent 64bit flex_bg sparse_super large_file huge_file dir_nlink extra_isize metadata_csum';

test('what mke2fs makes by default may be written', (t) => {
  t.deepEqual(canWriteDirectly(debian12.split(' ')), { ok: true });
  t.deepEqual(canWriteDirectly([]), { ok: true });
});

for (const feature of ['needs_recovery', 'quota', 'encrypt', 'FEATURE_I31', 'a_feature_of_2040']) {
  test(`may not be written: ${feature}`, (t) => {
    const verdict = canWriteDirectly([...debian12.split(' '), feature]);
    t.false(verdict.ok);
    t.regex(verdict.ok ? '' : verdict.reason, new RegExp(feature));
  });
}

test('only what changes names can’t be read', (t) => {
  t.true(canReadDirectly(['quota', 'needs_recovery', 'bigalloc']).ok);
  t.false(canReadDirectly(['encrypt']).ok);
  t.false(canReadDirectly(['casefold']).ok);
});
