import type { Facts } from '../model.js';

/** Says what a device's name should become; undefined for a name that may stay. */
export type DeviceMap = (path: string) => string | undefined;

/**
 * Says what a disk's device name should become, so that it holds under PV, where the disk is `/dev/xvda`, and as HVM.
 * `/dev/sda1`, `/dev/hda1` and `/dev/vda1` are the first disk, the image: a partition becomes `UUID=…` where it has
 * one. Other disks aren't known here and get the `xvd` name of the same letter (xen-vbd-interface(7)). Undefined for a
 * name that may stay: another kind of device, or an `xvd` name.
 *
 * That holds for xenlinux kernels too, which take the names `hda` and `sda` from the record if it says so: the record
 * says xvda after every conversion.
 */
export function createDeviceMap(facts: Facts): DeviceMap {
  return (path) => {
    const [, letters, number] = /^\/dev\/(?:hd|sd|vd)([a-z]{1,2})(\d{0,3})$/.exec(path) ?? [];
    if (letters === undefined || number === undefined) return undefined;
    const uuid = letters === 'a' ? uuidOf(facts, number) : undefined;
    return uuid === undefined ? `/dev/xvd${letters}${number}` : `UUID=${uuid}`;
  };
}

function uuidOf(facts: Facts, number: string): string | undefined {
  const partition = number === '' ? undefined : Number(number);
  const wanted = facts.layout.fileSystems.find(
    (fileSystem) => fileSystem.partition === partition && fileSystem.logicalVolume === undefined,
  );
  const isWholeDisk = partition === undefined && facts.layout.partitionTable !== 'none';
  return isWholeDisk ? undefined : wanted?.uuid;
}

/** The same map for files whose reader opens a path and knows no `UUID=`. */
export const asPaths =
  (map: DeviceMap): DeviceMap =>
  (device) =>
    map(device)?.replace(/^UUID=/, '/dev/disk/by-uuid/');

/** Whether this is a disk beyond the first, or a part of one: its place under PV depends on the record, unseen here. */
export const isOtherDisk = (path: string): boolean => /^\/dev\/(?:hd|sd|vd)(?:[b-z]|[a-z]{2})\d*$/.test(path);

/** Whether `/dev/xvda…` of that name is on the image. True for other names, of which nothing is known here. */
export function isOnImage(path: string, { layout }: Facts): boolean {
  const number = /^\/dev\/xvda(\d*)$/.exec(path)?.[1];
  if (number === undefined || number === '') return true;
  return layout.fileSystems.some(({ partition }) => partition === Number(number));
}
