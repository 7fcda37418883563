import { replaceField } from '../../guest-files/fields.js';
import { acceptXenDisks } from '../../guest-files/lvm-filter.js';
import { asPaths, type DeviceMap } from '../device-names.js';
import { isHardwareName } from './hardware-name.js';

/** Files that name disks in one form, and how the names in them are replaced. */
export interface DeviceEditor {
  readonly paths: RegExp;
  readonly edit: (text: string, map: DeviceMap) => string;
}

/** Drives that a PV guest doesn't have; their fstab lines are `noauto` and may stay as they are. */
const isOptical = (fields: readonly string[]): boolean =>
  /\b(iso9660|udf)\b/.test(fields[2] ?? '') || /^\/media\/(cdrom|floppy)/.test(fields[1] ?? '');

/** Every file of a guest whose names of disks the tool changes (reference 4.1); the boot loader's are its own matter. */
export const deviceEditors: readonly DeviceEditor[] = [
  { paths: /^\/etc\/fstab$/, edit: editFstab },
  { paths: /^\/etc\/crypttab$/, edit: (text, map) => editOptions(replaceField(text, 1, map), map) },
  // Names that run-parts takes; initramfs-tools sources initramfs.conf first.
  { paths: /^\/etc\/initramfs-tools\/(?:initramfs\.conf|conf\.d\/[\w-]+)$/, edit: editResume },
  { paths: /^\/etc\/uswsusp\.conf$/, edit: editUswsusp },
  { paths: /^\/etc\/systemd\/system\/[^/]+\.mount$/, edit: editMountUnit },
  { paths: /^\/etc\/lvm\/lvm\.conf$/, edit: (text) => acceptXenDisks(text) },
  { paths: /^\/etc\/(?:mdadm\/)?mdadm\.conf$/, edit: editMdadm },
  { paths: /^\/boot\/grub\/device\.map$/, edit: editDeviceMap },
];

function editFstab(text: string, map: DeviceMap): string {
  const devices = replaceField(text, 0, (device, fields) => (isOptical(fields) ? undefined : map(device)));
  return editOptions(devices, map);
}

/** Some options name devices: x-systemd.requires=, journal_path=, logdev=, header=. None of their readers knows UUID=. */
function editOptions(text: string, map: DeviceMap): string {
  const byPath = asPaths(map);
  return replaceField(text, 3, (options) =>
    options
      .split(',')
      .map((option) => {
        const [, key, device] = /^([\w.-]+=)(\/dev\/.*)$/.exec(option) ?? [];
        return key === undefined || device === undefined ? option : `${key}${byPath(device) ?? device}`;
      })
      .join(','),
  );
}

function editResume(text: string, map: DeviceMap): string {
  return text.replace(/^([ \t]*(?:export[ \t]+)?RESUME=["']?)([^"'\s]+)/gm, replaceSecond(map));
}

/** uswsusp opens what stands there: it needs a path. */
function editUswsusp(text: string, map: DeviceMap): string {
  return text.replace(/^(resume device\s*=\s*)(\S+)/gm, replaceSecond(asPaths(map)));
}

function editMountUnit(text: string, map: DeviceMap): string {
  return text.replace(/^([ \t]*What[ \t]*=[ \t]*)(\/dev\/\S+)/gm, replaceSecond(asPaths(map)));
}

const replaceSecond = (map: DeviceMap) => (_: string, start: string, device: string) =>
  `${start}${map(device) ?? device}`;

/** DEVICE and ARRAY lines take names and patterns of names: `/dev/sd*`. */
function editMdadm(text: string): string {
  return text.replace(/^[ \t]*[^#\s].*$/gm, (line) => line.replace(/\/dev\/[hsv]d(?=[a-z*?[])/g, '/dev/xvd'));
}

/** The first disk, by whichever name GRUB found it. */
function editDeviceMap(text: string): string {
  return text
    .replace(/\/dev\/(?:hd|sd|vd)a\b/g, '/dev/xvda')
    .replace(/^([ \t]*\(hd0\)[ \t]+)(\/dev\/disk\/\S+)/gm, (line, start: string, device: string) =>
      isHardwareName(device) ? `${start}/dev/xvda` : line,
    );
}
