/** Features under which an edit by debugfs leaves the file system as a kernel would; the system test tries each. */
const safe: ReadonlySet<string> = new Set([
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  'extents',
  '64bit',
  'flex_bg',
  'meta_bg',
  'sparse_super',
  'sparse_super2',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'uninit_bg',
  'metadata_csum',
  'metadata_csum_seed',
  'large_dir',
  'inline_data',
  'orphan_file',
  'fast_commit',
]);

/** What is known to go wrong, for the message. */
const reasons: Readonly<Record<string, string>> = {
  needs_recovery: 'its journal must be replayed first',
  orphan_present: 'its orphan file must be processed first',
  quota: 'debugfs does not keep its quota files up to date',
  project: 'new files inherit project ids',
  mmp: 'it is protected against being used by two machines',
  casefold: 'names have no case in some directories',
  encrypt: 'names and contents are encrypted in some directories',
  verity: 'some files are sealed',
  bigalloc: 'its allocation unit is larger than a block',
  ea_inode: 'extended attributes may lie in inodes of their own',
  journal_dev: 'it is a journal, not a file system',
  shared_blocks: 'files share blocks',
};

export type WritingVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Whether a file system with these features may be edited by debugfs. An unknown feature is a no. */
export function canWriteDirectly(features: Iterable<string>): WritingVerdict {
  const unsafe = [...features].filter((name) => !safe.has(name));
  if (unsafe.length === 0) return { ok: true };
  const said = unsafe.map((name) => (reasons[name] === undefined ? name : `${name} (${reasons[name]})`));
  return { ok: false, reason: `it has the feature ${said.join(', ')}` };
}

/** Whether names and contents can be read: encrypted names come out as something else, caseless ones aren't found. */
export function canReadDirectly(features: Iterable<string>): WritingVerdict {
  for (const name of features) {
    if (name === 'encrypt' || name === 'casefold' || name === 'journal_dev') {
      return { ok: false, reason: `it has the feature ${name} (${reasons[name]})` };
    }
  }
  return { ok: true };
}
