import { parameterValues } from '../../guest-files/kernel-command-line.js';
import type { Facts, FileSystem, Rule } from '../../model.js';
import { bootTarget } from '../boot-target.js';
import { isHardwareName } from '../devices/hardware-name.js';
import { namedFileSystem } from '../named-file-system.js';
import { refusals } from '../refusals.js';

/**
 * The kernel command line must name the root file system, in a way that holds under PV. Which one was meant can't be
 * guessed when it names nothing on the disk. It edits nothing.
 */
export const rootDeviceRule: Rule = {
  name: 'root device',
  needsKernel: true,
  apply: (facts, request) => {
    const boot = bootTarget(facts, request.boot);
    const root = facts.layout.fileSystems.find(({ device }) => device === rootDeviceOf(facts));
    if (boot === undefined || root === undefined) return { edits: [], problems: [], notices: [] };
    const named = parameterValues(boot.commandLine, 'root').at(-1) ?? '';
    const isFine = isHardwareName(named) || means(named, root, facts);
    return { edits: [], problems: isFine ? [] : [refusals['root-not-found'](named)], notices: [] };
  },
};

const rootDeviceOf = ({ mounts }: Facts): string | undefined =>
  mounts.find(({ path }) => path === '/')?.device;

function means(named: string, root: FileSystem, { layout }: Facts): boolean {
  const ids = [
    `UUID=${root.uuid}`,
    `/dev/disk/by-uuid/${root.uuid}`,
    `PARTUUID=${root.partitionUuid}`,
    `/dev/disk/by-partuuid/${root.partitionUuid}`,
  ];
  const names = [
    `LABEL=${root.label}`,
    `/dev/disk/by-label/${root.label}`,
    `/dev/xvda${root.partition ?? ''}`,
  ];
  // Hexadecimal ids are written in both cases.
  if (names.includes(named) || ids.some((id) => id.toLowerCase() === named.toLowerCase())) return true;
  // A logical volume keeps its name under PV.
  return root.logicalVolume !== undefined && namedFileSystem(layout, named) === root;
}
