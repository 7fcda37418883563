import { namesIn } from '../../guest-files/guest-tree.js';
import type { Facts, Problem, Rule } from '../../model.js';
import { consoleDevices } from '../pv-kernels.js';
import { refusals } from '../refusals.js';

/**
 * udev, or the kernel's devtmpfs that systemd and upstart's mountall ask for, makes the nodes of Xen's devices. A guest
 * without udev has them on its disk or not at all; one that lacks any is refused. It edits nothing.
 */
export const staticDevRule: Rule = {
  name: 'static /dev',
  needsKernel: true,
  apply: (facts) => ({ edits: [], problems: isStatic(facts) ? missingNodes(facts) : [], notices: [] }),
};

/** Only a guest whose list of packages is known can be said to have no udev. */
const isStatic = ({ initSystem, packages, tree }: Facts): boolean =>
  initSystem === 'sysvinit' &&
  packages.has('dpkg') &&
  !['udev', 'eudev', 'mdev'].some((name) => packages.has(name)) &&
  namesIn(tree, '/etc/udev').length === 0;

interface Node {
  readonly name: string;
  /** As mknod(1) takes it: kind, major and minor number. */
  readonly numbers: string;
}

/** Numbers of Linux' Documentation/admin-guide/devices.txt: 229 is hvc, 202 xvd with 16 minors a disk, 204 with 191 xvc0. */
const consoleNumbers = { hvc0: 'c 229 0', xvc0: 'c 204 191' } as const;

function missingNodes(facts: Facts): Problem[] {
  const partitions = facts.layout.fileSystems.flatMap(({ partition, type }) =>
    partition === undefined || type === 'unknown' ? [] : [partition],
  );
  const wanted: Node[] = [
    ...consoleDevices(facts).map((name) => ({ name, numbers: consoleNumbers[name] })),
    ...['', ...partitions].map((number) => ({ name: `xvda${number}`, numbers: `b 202 ${Number(number)}` })),
  ];
  const present = new Set(namesIn(facts.tree, '/dev'));
  const missing = wanted.filter(({ name }) => !present.has(name));
  if (missing.length === 0) return [];
  const commands = missing.map(({ name, numbers }) => `mknod /dev/${name} ${numbers}`);
  return [
    refusals['static-dev'](
      missing.map(({ name }) => name),
      commands,
    ),
  ];
}
