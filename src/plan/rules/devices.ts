import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts, GuestTree, Notice, Problem, Rule } from '../../model.js';
import { createDeviceMap, type DeviceMap, isOtherDisk } from '../device-names.js';
import { deviceEditors } from '../devices/editors.js';
import { leftoverNotices } from '../devices/leftovers.js';
import { missingSwapNotices } from '../devices/missing-swap.js';
import { refusals } from '../refusals.js';

/**
 * Names of emulated disks (`/dev/sda1`, `/dev/hda1`, `/dev/vda1`) don't exist under PV. They become UUIDs, or `xvd`
 * names where there is no UUID; both hold as HVM with PV drivers too. What the tool doesn't change is told.
 */
export const devicesRule: Rule = {
  name: 'devices',
  apply: (facts) => {
    const notices: Notice[] = [];
    const edits = editsOf(facts, notices);
    const after = new Map(facts.tree);
    for (const { path, node } of edits) if (node.kind === 'file') after.set(path, { mode: 0o644, ...node });
    return {
      edits,
      problems: hiddenVolumes(facts, edits),
      notices: [...notices, ...missingSwapNotices(after, facts), ...leftoverNotices(facts.tree)],
    };
  },
};

function editsOf(facts: Facts, notices: Notice[]): Edit[] {
  const map = createDeviceMap(facts);
  return filesToEdit(facts.tree).flatMap(([path, text]): Edit[] => {
    const editor = deviceEditors.find(({ paths }) => paths.test(path));
    const edited = editor?.edit(text, telling(map, path, notices)) ?? text;
    const reason = 'names of emulated disks (sda, hda, vda) do not exist under PV, where the disk is xvda';
    return edited === text ? [] : [{ path, node: { kind: 'file', text: edited }, reason }];
  });
}

function filesToEdit(tree: GuestTree): [string, string][] {
  return [...tree.keys()].flatMap((path) => {
    const isOne = deviceEditors.some(({ paths }) => paths.test(path));
    const text = isOne ? textAt(tree, path) : undefined;
    return text === undefined ? [] : [[path, text]];
  });
}

/** The same map; whoever asks it for a disk other than the image leaves a notice. */
function telling(map: DeviceMap, path: string, notices: Notice[]): DeviceMap {
  return (device) => {
    const name = map(device);
    if (name !== undefined && isOtherDisk(device)) {
      const message = `${path} names ${device}, a disk that is not this image; it becomes ${name}`;
      notices.push({ code: 'other-disk', message });
    }
    return name;
  };
}

/** The initramfs has a copy of lvm.conf, whose filter would hide the root's volume group until it is written anew. */
function hiddenVolumes({ layout, mounts }: Facts, edits: readonly Edit[]): Problem[] {
  const root = mounts.find(({ path }) => path === '/')?.device;
  const isVolume = layout.fileSystems.some(
    ({ device, logicalVolume }) => device === root && logicalVolume !== undefined,
  );
  return isVolume && edits.some(({ path }) => path === '/etc/lvm/lvm.conf') ? [refusals['lvm-filter']()] : [];
}
