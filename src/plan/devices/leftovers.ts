import type { GuestTree, Notice } from '../../model.js';

/** Files that may name disks and that only a person can change: what they do depends on the hardware, or is a program. */
const places =
  /^\/etc\/(?:smartd\.conf|hdparm\.conf|default\/(?:hdparm|smartmontools|smartd)|anacrontab|crontab|cron\.[a-z]+\/[^/]+|cron\.d\/[^/]+|rc\.local|auto\.[^/]+|fstab\.d\/[^/]+|rsnapshot\.conf|backup\.d\/[^/]+|systemd\/system\/[^/]+\.(?:service|swap|automount|target|path|timer)|systemd\/system\/[^/]+\.d\/[^/]+\.conf)$/;

const emulatedDisk = /(?<![\w/])\/dev\/(?:hd|sd|vd)[a-z]\d*(?!\w)/;

/** One notice that lists the files that go on naming emulated disks, outside of comments. None where there is none. */
export function leftoverNotices(tree: GuestTree): Notice[] {
  const paths = [...tree].flatMap(([path, node]) => {
    if (node.kind !== 'file' || !places.test(path)) return [];
    return node.text.split('\n').some((line) => !/^\s*[#;]/.test(line) && emulatedDisk.test(line))
      ? [path]
      : [];
  });
  if (paths.length === 0) return [];
  const shown = paths.sort().slice(0, 10).join(', ');
  const more = paths.length > 10 ? ` and ${paths.length - 10} more` : '';
  const message = `these files name emulated disks (sda, hda, vda), which do not exist under PV, and stay as they are: ${shown}${more}`;
  return [{ code: 'device-name-left', message }];
}
