import { programNamed } from '../../guest-files/init-system.js';
import { parameterValues } from '../../guest-files/kernel-command-line.js';
import type { Edit, Facts, InitSystem, Rule } from '../../model.js';
import { bootTarget } from '../boot-target.js';
import { rootLogins } from '../console/securetty.js';
import { systemdLogins } from '../console/systemd.js';
import { sysvinitLogins } from '../console/sysvinit.js';
import { upstartLogins } from '../console/upstart.js';
import { consoleDevices } from '../pv-kernels.js';

/** The console of a PV guest gets a login, and nothing keeps respawning on ttyS0, which such a guest doesn't have. */
export const consoleRule: Rule = {
  name: 'console',
  needsKernel: true,
  apply: (facts, request) => {
    const commandLine = bootTarget(facts, request.boot)?.commandLine ?? '';
    const devices = consoleDevices(facts);
    const logins = loginsBy[startedInit(facts, commandLine)](facts, devices, commandLine);
    const root = rootLogins(facts.tree, devices);
    return { edits: [...logins, ...root.edits], problems: [], notices: root.notices };
  },
};

/** `init=/lib/systemd/systemd` starts another one than /sbin/init; that is how wheezy and Ubuntu 15.04 tried systemd. */
const startedInit = ({ initSystem }: Facts, commandLine: string): InitSystem =>
  programNamed(parameterValues(commandLine, 'init').at(-1) ?? '') ?? initSystem;

type Logins = (facts: Facts, devices: readonly string[], commandLine: string) => Edit[];

const loginsBy: Readonly<Record<InitSystem, Logins>> = {
  systemd: ({ tree }, [device = 'hvc0'], commandLine) => systemdLogins(tree, device, commandLine),
  sysvinit: ({ tree }, devices) => sysvinitLogins(tree, devices),
  upstart: (facts, devices) => upstartLogins({ ...facts, initSystem: 'upstart' }, devices),
  'upstart-events': (facts, devices) => upstartLogins(facts, devices),
  // The guest is refused for that.
  unknown: () => [],
};
