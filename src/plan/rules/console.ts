import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts, GuestTree, Request, Rule } from '../../model.js';
import { wantedConsole } from '../pv-kernels.js';
import { bootTarget } from './boot-loader.js';

const units = '/etc/systemd/system';
/** Works on merged and unmerged /usr alike. */
const gettyTemplate = '/lib/systemd/system/serial-getty@.service';

/**
 * hvc0 gets a login, and nothing keeps respawning on ttyS0, which a PV guest doesn't have. systemd's getty generator
 * starts a login on hvc0 by itself in a virtual machine (systemd-getty-generator(8)), unless somebody turned it off.
 */
export const consoleRule: Rule = {
  name: 'console',
  apply: (facts, request) => {
    if (facts.initSystem !== 'systemd') return { edits: [], problems: [], notices: [] };
    const device = wantedConsole(facts);
    const edits = [
      ...removeSerialLogins(facts.tree),
      ...removeMasks(facts.tree, device),
      ...(generatorIsOff(facts, request) ? enableLogin(facts.tree, device) : []),
      ...allowRootLogin(facts.tree, device),
    ];
    return { edits, problems: [], notices: [] };
  },
};

function removeSerialLogins(tree: GuestTree): Edit[] {
  const wants = namesIn(tree, units).filter((name) => /^[\w@.:-]+\.wants$/.test(name));
  const links = wants.flatMap((directory) =>
    namesIn(tree, `${units}/${directory}`).map((name) => `${directory}/${name}`),
  );
  return links
    .filter((link) => /\/serial-getty@ttyS\d+\.service$/.test(link))
    .map((link) => ({
      path: `${units}/${link}`,
      node: { kind: 'absent' },
      reason: 'a login on ttyS0, which a PV guest does not have, would be started again and again',
    }));
}

function removeMasks(tree: GuestTree, device: string): Edit[] {
  return [`serial-getty@${device}.service`, 'serial-getty@.service', 'getty.target']
    .map((unit) => `${units}/${unit}`)
    .filter((path) => isMask(tree, path))
    .map((path) => ({
      path,
      node: { kind: 'absent' },
      reason: `this unit is masked, and the login on ${device} needs it`,
    }));
}

/** A unit is masked by a link to /dev/null or by an empty file (systemd.unit(5)). */
function isMask(tree: GuestTree, path: string): boolean {
  const node = tree.get(path);
  return (
    (node?.kind === 'symlink' && node.target === '/dev/null') || (node?.kind === 'file' && node.text === '')
  );
}

function generatorIsOff({ tree, ...facts }: Facts, request: Request): boolean {
  const commandLine = bootTarget({ tree, ...facts }, request.boot)?.commandLine ?? '';
  const masked = isMask(tree, '/etc/systemd/system-generators/systemd-getty-generator');
  return masked || /(^|\s)systemd\.getty_auto=(no|0|false|off|n|f)(\s|$)/.test(commandLine);
}

function enableLogin(tree: GuestTree, device: string): Edit[] {
  const directory = `${units}/getty.target.wants`;
  const name = `serial-getty@${device}.service`;
  if (namesIn(tree, directory).includes(name)) return [];
  const reason = `systemd's getty generator is turned off in this guest, so the login on ${device} is enabled by hand`;
  return [{ path: `${directory}/${name}`, node: { kind: 'symlink', target: gettyTemplate }, reason }];
}

/** Where securetty(5) exists, root may log in only on the terminals that it lists. */
function allowRootLogin(tree: GuestTree, device: string): Edit[] {
  const path = '/etc/securetty';
  const text = textAt(tree, path);
  if (text === undefined || text.split('\n').some((line) => line.trim() === device)) return [];
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  const reason = `root may log in on the terminals in this file only, and ${device} is not among them`;
  return [{ path, node: { kind: 'file', text: `${text}${separator}${device}\n` }, reason }];
}
