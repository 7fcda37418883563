import { replaceField } from '../../guest-files/fields.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts, Notice, Rule } from '../../model.js';
import { createDeviceMap, isOtherDisk } from '../device-names.js';
import { bootablePvKernels } from '../pv-kernels.js';

type DeviceMap = (path: string) => string | undefined;

/** Drives that a PV guest doesn't have; their fstab lines are `noauto` and may stay as they are. */
const isOptical = (fields: readonly string[]): boolean =>
  /\b(iso9660|udf)\b/.test(fields[2] ?? '') || /^\/media\/(cdrom|floppy)/.test(fields[1] ?? '');

const editors: Readonly<Record<string, (text: string, map: DeviceMap) => string>> = {
  '/etc/fstab': (text, map) =>
    replaceField(text, 0, (device, fields) => (isOptical(fields) ? undefined : map(device))),
  '/etc/crypttab': (text, map) => replaceField(text, 1, map),
  '/etc/initramfs-tools/conf.d/resume': replaceAssigned,
  '/etc/uswsusp.conf': replaceResumeDevice,
  '/boot/grub/device.map': (text) => text.replace(/\/dev\/(?:hd|sd|vd)a\b/g, '/dev/xvda'),
};

function replaceAssigned(text: string, map: DeviceMap): string {
  return text.replace(/^(RESUME=["']?)([^"'\s]+)/gm, replaceSecond(map));
}

/** uswsusp opens what stands there: it needs a path. */
function replaceResumeDevice(text: string, map: DeviceMap): string {
  const byPath: DeviceMap = (device) => map(device)?.replace(/^UUID=/, '/dev/disk/by-uuid/');
  return text.replace(/^(resume device\s*=\s*)(\S+)/gm, replaceSecond(byPath));
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
    const edits: Edit[] = [];
    const notices: Notice[] = [];
    for (const [path, edit] of Object.entries(editors)) {
      const text = textAt(facts.tree, path);
      if (text === undefined) continue;
      const edited = edit(text, telling(createDeviceMap(facts), path, notices));
      const reason = 'names of emulated disks (sda, hda, vda) do not exist under PV, where the disk is xvda';
      if (edited !== text) edits.push({ path, node: { kind: 'file', text: edited }, reason });
    }
    return { edits, problems: [], notices: [...notices, ...waitingNotices(facts)] };
  },
};

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

/** initramfs-tools waits 30 seconds for a device to resume from (scripts/local, local_device_setup), then goes on. */
function waitingNotices(facts: Facts): Notice[] {
  const map = createDeviceMap(facts);
  return bootablePvKernels(facts).flatMap(({ initramfs }) => {
    const line = resumeLine(initramfs?.texts ?? new Map());
    if (initramfs === undefined || replaceAssigned(line, map) === line) return [];
    const message = `${initramfs.path} waits half a minute at boot for a device to resume from that is not there under PV; run update-initramfs -u in the guest`;
    return [{ code: 'initramfs-resume-differs', message }];
  });
}

/** The last one counts: the initramfs reads these files in the order of their names. */
function resumeLine(texts: ReadonlyMap<string, string>): string {
  const files = [...texts].filter(([path]) => path.startsWith('conf/conf.d/')).sort();
  const lines = files.flatMap(([, text]) => text.match(/^RESUME=.*$/gm) ?? []);
  return lines.at(-1) ?? '';
}
