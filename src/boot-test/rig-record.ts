/** What the rig decides about a domain, whatever its record says. */
export interface RigDomain {
  /** The image's device in dom0. */
  readonly device: string;
  readonly memoryMiB: number;
  readonly target?: 'pvh';
  /** Names in `/rig/boot` of the files that the record's own kernel and ramdisk stand for. */
  readonly files?: { readonly kernel: string; readonly initramfs?: string };
}

/** The domain's name in the rig; `dom0/init` finds the console by it. */
export const rigDomainName = 'guest';

/** Where `dom0/init` unpacks the archive. */
const rigFolder = '/rig/boot';

/** The record of a domain that has none: pygrub, one network card. */
const plainRecord = (target: 'pv' | 'pvh'): string => `type = "${target}"
bootloader = "pygrub"
bootloader_args = [ "-q" ]
vif = [ "" ]
`;

/**
 * The xl.cfg text that boots the image in the rig: the given record unchanged, then lines that replace what the rig
 * can't offer (xl takes the last value of a key). Kept is what decides whether the guest boots: type, boot loader, command line,
 * network cards and the first disk's name. Replaced are name, sizes, disks (the rig has one), displays, devices, and what happens at the end.
 */
export function rigRecord(
  record: string | undefined,
  { device, memoryMiB, files, target }: RigDomain,
): string {
  const given = record ?? plainRecord(target ?? 'pv');
  return `${given}

# The rig's own values.
name = "${rigDomainName}"
memory = ${memoryMiB}
maxmem = ${memoryMiB}
vcpus = 1
maxvcpus = 1
cpus = "all"
disk = [ "phy:${device},${firstDiskName(given)},w" ]
vfb = [ ]
vnc = 0
sdl = 0
pci = [ ]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
on_watchdog = "destroy"
${hasOwnParameters(given) ? '' : `extra = "${parametersForEmulation.join(' ')}"\n`}${files === undefined ? '' : bootFileLines(files)}`;
}

/**
 * What keeps the guest's kernel and systemd from losing to emulation, and changes nothing else. QEMU translates code
 * anew for each virtual address, which address space randomization never lets come back; and where a boot is that slow,
 * udev may need longer than the 90 s for which systemd waits for the console's device. A systemd that doesn't know the
 * parameter ignores it.
 */
const parametersForEmulation = ['norandmaps', 'init_on_alloc=0', 'systemd.default_device_timeout_sec=600'];

/**
 * pygrub puts `extra` behind what the guest's menu says. A record's own additions stay as they are, and without pygrub it
 * would be the command line of GRUB for PV, or all that the kernel gets.
 */
const hasOwnParameters = (record: string): boolean =>
  /^[ \t]*(extra|cmdline|root|kernel)[ \t]*=/m.test(record);

function bootFileLines({ kernel, initramfs }: NonNullable<RigDomain['files']>): string {
  const ramdisk = initramfs === undefined ? '' : `ramdisk = "${rigFolder}/${initramfs}"\n`;
  return `kernel = "${rigFolder}/${kernel}"\n${ramdisk}`;
}

/** What the record calls its first disk inside the guest; `xvda` when it doesn't say. */
export function firstDiskName(record: string): string {
  const code = record.replace(/^[ \t]*#.*$/gm, '');
  const disks = [...code.matchAll(/^[ \t]*disk[ \t]*=[ \t]*\[\s*(?:"([^"]*)"|'([^']*)')/gm)].at(-1);
  const fields = (disks?.[1] ?? disks?.[2] ?? '').split(',').map((field) => field.trim());
  const name = fields.map((field) => /^(?:vdev=)?((?:xvd|sd|hd|vd)[a-z]+\d*)(?::\w+)?$/.exec(field)?.[1]);
  return name.find((candidate) => candidate !== undefined) ?? 'xvda';
}
