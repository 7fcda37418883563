/**
 * Words for a device in a command of `debug sh`, which knows the kernel's names only: the guest's disk,
 * `/dev/sda` to libguestfs, may be sdb there, since disks are found in any order. Its place on the bus is fixed: it is
 * the first one added. Without quotes: guestfish takes those for its own there. Logical volumes have one name only, of characters that a shell leaves alone (lvm(8), VALID NAMES).
 */
export function devicePlace(device: string): string {
  const number = /^\/dev\/sda(\d*)$/.exec(device)?.[1];
  if (number === undefined) return device.replace(/[^\w/.+-]/g, '');
  return `/dev/disk/by-path/*-scsi-0:0:0:0${number === '' ? '' : `-part${number}`}`;
}
