/** A virtual disk image by the two uuids that its place in a dom0 is made of. */
export interface VdiName {
  readonly sr: string;
  readonly vdi: string;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const places = [
  // /run/sr-mount/SR/VDI.vhd, and the same two names on the server that exports it.
  new RegExp(`/(?<sr>${uuid})/(?<vdi>${uuid})(?:\\.[a-z0-9]+)?$`),
  // /dev/VG_XenStorage-SR/VHD-VDI, and the name of that in /dev/mapper.
  new RegExp(`/VG_XenStorage-(?<sr>${uuid})[-/](?:VHD|LV|QCOW2)-(?<vdi>${uuid})$`),
];

/**
 * Which virtual disk image a path in a dom0 of XenServer or XCP-ng is (sm's FileSR.py and LVMSR.py); undefined for any
 * other path.
 */
export function vdiAt(imagePath: string): VdiName | undefined {
  // device-mapper writes a dash in a name as two (dmsetup(8)).
  const path = imagePath.startsWith('/dev/mapper/') ? imagePath.replaceAll('--', '-') : imagePath;
  const { sr, vdi } = places.map((place) => place.exec(path)?.groups).find(Boolean) ?? {};
  return sr === undefined || vdi === undefined ? undefined : { sr, vdi };
}

/** Kinds of storage repositories whose virtual disk images are files. */
const fileTypes = [
  'ext',
  'nfs',
  'smb',
  'cifs',
  'file',
  'xfs',
  'largeblock',
  'cephfs',
  'glusterfs',
  'moosefs',
];
const lvmTypes = ['lvm', 'lvmoiscsi', 'lvmohba', 'lvmofcoe'];

/** Where a virtual disk image is in the dom0 of a host; empty for kinds of storage that keep it elsewhere. */
export function pathOfVdi(srType: string, { sr, vdi }: VdiName, vdiType = 'vhd'): string {
  if (fileTypes.includes(srType)) return `/run/sr-mount/${sr}/${vdi}.${vdiType === 'aio' ? 'raw' : vdiType}`;
  const prefix = vdiType === 'aio' ? 'LV' : vdiType.toUpperCase();
  return lvmTypes.includes(srType) ? `/dev/VG_XenStorage-${sr}/${prefix}-${vdi}` : '';
}
