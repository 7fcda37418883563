import { readFields } from '../../guest-files/fields.js';
import { textAt } from '../../guest-files/guest-tree.js';
import { parameterValues } from '../../guest-files/kernel-command-line.js';
import type { Facts, Notice, Problem, Request, Rule } from '../../model.js';
import { bootTarget } from '../boot-target.js';
import { isHardwareName } from '../devices/hardware-name.js';
import { refusals } from '../refusals.js';

/**
 * `/dev/disk/by-path/…` and `/dev/disk/by-id/ata-…` don't exist under PV, and which partition they mean can't be told
 * from the image. Where the boot needs one, the guest is refused; elsewhere a notice tells. It edits nothing.
 */
export const hardwareNamesRule: Rule = {
  name: 'hardware names',
  apply: (facts, request) => {
    const uses = [...rootUses(facts, request), ...fstabUses(facts), ...crypttabUses(facts)];
    const named = uses.filter(({ device }) => isHardwareName(device));
    return {
      edits: [],
      problems: named.filter(({ isNeeded }) => isNeeded).map(problemOf),
      notices: named.filter(({ isNeeded }) => !isNeeded).map(noticeOf),
    };
  },
};

interface Use {
  readonly path: string;
  readonly device: string;
  /** Whether the boot waits or fails without it. */
  readonly isNeeded: boolean;
}

function rootUses(facts: Facts, request: Request): Use[] {
  const roots = parameterValues(bootTarget(facts, request.boot)?.commandLine ?? '', 'root');
  return roots.map((device) => ({ path: 'root= on the kernel command line', device, isNeeded: true }));
}

function fstabUses({ tree }: Facts): Use[] {
  return readFields(textAt(tree, '/etc/fstab') ?? '').map(([device = '', , , options = '']) => ({
    path: '/etc/fstab',
    device,
    isNeeded: !options.split(',').some((option) => option === 'noauto' || option === 'nofail'),
  }));
}

function crypttabUses({ tree }: Facts): Use[] {
  return readFields(textAt(tree, '/etc/crypttab') ?? '').map(([, device = '']) => ({
    path: '/etc/crypttab',
    device,
    isNeeded: true,
  }));
}

const problemOf = ({ path, device }: Use): Problem => refusals['hardware-device-name'](path, device);

const noticeOf = ({ path, device }: Use): Notice => ({
  code: 'hardware-device-name',
  message: `${path} names ${device}, which does not exist under PV`,
});
