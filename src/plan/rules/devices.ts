import { replaceField } from '../../guest-files/fields.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Notice, Rule } from '../../model.js';
import { createDeviceMap, otherDisks } from '../device-names.js';

type DeviceMap = (path: string) => string | undefined;

/** Drives that a PV guest doesn't have; their fstab lines are `noauto` and may stay as they are. */
const isOptical = (fields: readonly string[]): boolean =>
  /\b(iso9660|udf)\b/.test(fields[2] ?? '') || /^\/media\/(cdrom|floppy)/.test(fields[1] ?? '');

const editors: Readonly<Record<string, (text: string, map: DeviceMap) => string>> = {
  '/etc/fstab': (text, map) =>
    replaceField(text, 0, (device, fields) => (isOptical(fields) ? undefined : map(device))),
  '/etc/crypttab': (text, map) => replaceField(text, 1, map),
  '/etc/initramfs-tools/conf.d/resume': replaceAssigned,
  '/etc/uswsusp.conf': (text, map) => text.replace(/^(resume device\s*=\s*)(\S+)/gm, replaceSecond(map)),
  '/boot/grub/device.map': (text) => text.replace(/\/dev\/(?:hd|sd|vd)a\b/g, '/dev/xvda'),
};

function replaceAssigned(text: string, map: DeviceMap): string {
  return text.replace(/^(RESUME=["']?)([^"'\s]+)/gm, replaceSecond(map));
}

const replaceSecond = (map: DeviceMap) => (_: string, start: string, device: string) =>
  `${start}${map(device) ?? device}`;

/**
 * Names of emulated disks (`/dev/sda1`, `/dev/hda1`, `/dev/vda1`) don't exist under PV. They become UUIDs, or `xvd`
 * names where there is no UUID; both hold as HVM with PV drivers too.
 */
export const devicesRule: Rule = {
  name: 'devices',
  apply: (facts) => {
    const map = createDeviceMap(facts);
    const edits: Edit[] = [];
    const notices: Notice[] = [];
    for (const [path, edit] of Object.entries(editors)) {
      const text = textAt(facts.tree, path);
      if (text === undefined) continue;
      const edited = edit(text, map);
      const reason = 'names of emulated disks (sda, hda, vda) do not exist under PV, where the disk is xvda';
      if (edited !== text) edits.push({ path, node: { kind: 'file', text: edited }, reason });
      for (const device of otherDisks(text)) notices.push(otherDiskNotice(path, device));
    }
    return { edits, problems: [], notices };
  },
};

const otherDiskNotice = (path: string, device: string): Notice => ({
  code: 'other-disk',
  message: `${path} names ${device}, a disk that is not this image; it gets the xvd name of the same letter`,
});
