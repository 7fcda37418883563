import { namesIn, resolvePath, textAt } from '../../guest-files/guest-tree.js';
import { parameterValues } from '../../guest-files/kernel-command-line.js';
import type { Edit, GuestTree } from '../../model.js';
import { serialReason } from './login-command.js';

const units = '/etc/systemd/system';
/** Works on merged and unmerged /usr alike. */
const gettyTemplate = '/lib/systemd/system/serial-getty@.service';

/**
 * A login on the device, and none on serial ports. systemd's getty generator starts one on hvc0 and xvc0 by itself in a
 * virtual machine (systemd-getty-generator(8)), unless somebody turned it off or masked what it starts.
 */
export function systemdLogins(tree: GuestTree, device: string, commandLine: string): Edit[] {
  return [
    ...removeWrongLogins(tree, device),
    ...removeMasks(tree, device),
    ...freeUnits(tree, device),
    ...(generatorIsOff(tree, commandLine) ? enableLogin(tree, device) : []),
  ];
}

/**
 * What `systemctl enable` left: gettys on serial ports, and console-getty, which serves containers. Outside of one it
 * reads from /dev/console, which is the same device as ours, and both logins would take each other's keystrokes.
 */
function removeWrongLogins(tree: GuestTree, device: string): Edit[] {
  const folders = namesIn(tree, units).filter((name) => /^[\w@.:-]+\.(?:wants|requires)$/.test(name));
  const links = folders.flatMap((folder) =>
    namesIn(tree, `${units}/${folder}`).map((name) => `${folder}/${name}`),
  );
  return links.flatMap((link): Edit[] => {
    const port = /\/(?:serial-)?getty@(ttyS\d+)\.service$/.exec(link)?.[1];
    const isConsole = link.endsWith('/console-getty.service');
    if (port === undefined && !isConsole) return [];
    const reason =
      port === undefined ? `two logins on ${device} would take each other's keystrokes` : serialReason(port);
    return [{ path: `${units}/${link}`, node: { kind: 'absent' }, reason }];
  });
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
  if (node?.kind === 'symlink') return resolvePath(tree, path) === '/dev/null';
  return node?.kind === 'file' && node.text === '';
}

/**
 * What somebody wrote for every serial-getty, or for ours, and meant for ttyS0 only: an ExecStart that names the port
 * would bring the login on hvc0 to it. `%I` and `%i` are the instance's name (systemd.unit(5)), ttyS0 for ttyS0.
 */
function freeUnits(tree: GuestTree, device: string): Edit[] {
  return ['serial-getty@.service', `serial-getty@${device}.service`].flatMap((unit) => {
    const dropIns = namesIn(tree, `${units}/${unit}.d`).filter((name) => name.endsWith('.conf'));
    const files = [`${units}/${unit}`, ...dropIns.map((name) => `${units}/${unit}.d/${name}`)];
    return files
      .filter((path) => tree.get(path)?.kind === 'file')
      .flatMap((path) => freeUnit(tree, path, device));
  });
}

function freeUnit(tree: GuestTree, path: string, device: string): Edit[] {
  const text = textAt(tree, path) ?? '';
  const edited = text.replace(/^[^#;\n][^\n]*/gm, (line) =>
    line.replace(/\bdev-ttyS\d+(?=\.device\b)/g, 'dev-%i').replace(/(?<![@\w-])ttyS\d+\b/g, '%I'),
  );
  const reason = `these settings hold for the login on ${device} too, but name a serial port`;
  return edited === text ? [] : [{ path, node: { kind: 'file', text: edited }, reason }];
}

// ------------------------------------------------------------------------------------------ where the generator is off

const generator = 'systemd-getty-generator';

function generatorIsOff(tree: GuestTree, commandLine: string): boolean {
  const replaced = ['/etc/systemd', '/usr/local/lib/systemd']
    .map((folder) => `${folder}/system-generators/${generator}`)
    .some((path) => isMask(tree, path));
  // Without a merged /usr systemd's own are in /lib, which wasn't listed.
  const isMerged = resolvePath(tree, '/lib') === '/usr/lib';
  const own = isMerged ? namesIn(tree, '/usr/lib/systemd/system-generators') : [];
  const isMissing = own.length > 0 && !own.includes(generator);
  return replaced || isMissing || isSwitchedOff(tree, commandLine);
}

/** By systemd.getty_auto=, or by $SYSTEMD_GETTY_AUTO, which the kernel hands to systemd or systemd.setenv= sets. */
function isSwitchedOff(tree: GuestTree, commandLine: string): boolean {
  const variable = 'SYSTEMD_GETTY_AUTO';
  const set = [...parameterValues(commandLine, 'systemd.setenv'), ...managerEnvironment(tree)]
    .filter((assignment) => assignment.startsWith(`${variable}=`))
    .map((assignment) => assignment.slice(variable.length + 1));
  const switches = [
    parameterValues(commandLine, 'systemd.getty_auto').at(-1),
    [...parameterValues(commandLine, variable), ...set].at(-1),
  ];
  return switches.some((value) => /^(?:0|no|n|false|f|off)$/i.test(value ?? ''));
}

/** ManagerEnvironment= of system.conf, which generators inherit (systemd-system.conf(5)). */
function managerEnvironment(tree: GuestTree): string[] {
  const folder = '/etc/systemd/system.conf.d';
  const parts = namesIn(tree, folder).filter((name) => name.endsWith('.conf'));
  return ['/etc/systemd/system.conf', ...parts.map((name) => `${folder}/${name}`)]
    .flatMap((path) => (textAt(tree, path) ?? '').match(/^[ \t]*ManagerEnvironment[ \t]*=.*/gm) ?? [])
    .flatMap((line) => line.slice(line.indexOf('=') + 1).split(/[\s"']+/));
}

function enableLogin(tree: GuestTree, device: string): Edit[] {
  const folder = `${units}/getty.target.wants`;
  const name = `serial-getty@${device}.service`;
  if (namesIn(tree, folder).includes(name)) return [];
  const reason = `systemd's getty generator is turned off in this guest, so the login on ${device} is enabled by hand`;
  return [{ path: `${folder}/${name}`, node: { kind: 'symlink', target: gettyTemplate }, reason }];
}
