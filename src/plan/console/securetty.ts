import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, GuestTree, Notice } from '../../model.js';

const path = '/etc/securetty';

/**
 * Where securetty(5) exists, root may log in only on the terminals that it lists: ours are added. A file that lists none
 * keeps root from logging in anywhere; that was meant so and stays, with a notice.
 */
export function rootLogins(
  tree: GuestTree,
  devices: readonly string[],
): { edits: Edit[]; notices: Notice[] } {
  const text = textAt(tree, path);
  if (text === undefined) return { edits: [], notices: [] };
  const listed = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (listed.length === 0) return { edits: [], notices: [emptyNotice] };
  const missing = devices.filter((device) => !listed.includes(device));
  if (missing.length === 0) return { edits: [], notices: [] };
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text.endsWith('\n') ? '' : ending;
  const edited = `${text}${separator}${missing.map((device) => `${device}${ending}`).join('')}`;
  const reason = `root may log in on the terminals in this file only, and ${missing.join(' and ')} is not among them`;
  return { edits: [{ path, node: { kind: 'file', text: edited }, reason }], notices: [] };
}

const emptyNotice: Notice = {
  code: 'no-root-login',
  message: `${path} lists no terminal, so root can't log in on the console under PV either`,
};
