import { attributeOf, childOf, type XmlElement } from './libvirt-xml.js';

const emulated = 'is emulated hardware, which a PV domain has none of';
const display =
  'belongs to the emulated display; a PV domain would get a frame buffer and lose its text console to it';
const deviceModel = 'is the QEMU that emulates the PC of an HVM domain';
const processor = 'describes the virtual PC of an HVM domain';
const firmware = 'is for the firmware of an HVM domain';

/** Children of `domain` that only an HVM domain has, with the reason why they go. It completes "<name> …". */
export const hvmParts: ReadonlyMap<string, string> = new Map(
  Object.entries({ pm: processor, sysinfo: firmware, genid: processor }),
);

/** The same of `os`: everything but the type (formatdomain.html, "BIOS bootloader", "Direct kernel boot"). */
export const osParts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    loader: firmware,
    nvram: firmware,
    firmware: firmware,
    bios: firmware,
    smbios: firmware,
    acpi: firmware,
    boot: 'is for the BIOS; a PV domain boots from its first disk',
    bootmenu: 'is for the BIOS',
    kernel: 'is not the one that the guest needs',
    initrd: 'belongs to that kernel',
    cmdline:
      "isn't used by an HVM domain that boots from its disk, and pygrub would use it for the guest's kernel",
    root: 'belongs to that kernel',
    dtb: firmware,
  }),
);

/** Children of `features` that a PV domain has no use for; `xen` stays, whose `e820_host` is for PV alone. */
export const hvmFeatures: ReadonlySet<string> = new Set([
  ...['acpi', 'apic', 'pae', 'hap', 'viridian', 'hyperv', 'kvm', 'vmport', 'smm', 'pvspinlock', 'ioapic'],
  ...['vmcoreinfo', 'msrs', 'pmu', 'tcg', 'async-teardown', 'ibs'],
]);

/** Devices that a PV domain has none of, whatever is in them (libxl_conf.c; formatdomain.html, "Devices"). */
const hvmDevices: ReadonlyMap<string, string> = new Map(
  Object.entries({
    emulator: deviceModel,
    graphics: display,
    video: display,
    input: display,
    audio: emulated,
    sound: emulated,
    watchdog: emulated,
    tpm: emulated,
    rng: emulated,
    panic: emulated,
    hub: emulated,
    smartcard: emulated,
    parallel: emulated,
    redirdev: emulated,
    redirfilter: emulated,
    shmem: emulated,
    iommu: emulated,
    vsock: emulated,
    crypto: emulated,
    nvram: emulated,
  }),
);

/** Why a device goes; undefined for one that stays, or whose fate others decide. */
export function reasonToDropDevice(device: XmlElement): string | undefined {
  switch (device.name) {
    case 'controller':
      return attributeOf(device, 'type') === 'xenbus' ? undefined : emulated;
    case 'channel':
      return attributeOf(childOf(device, 'target'), 'type') === 'xen' ? undefined : emulated;
    default:
      return hvmDevices.get(device.name);
  }
}
