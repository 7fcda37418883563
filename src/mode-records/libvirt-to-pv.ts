import { convertDevices } from './libvirt-pv-devices.js';
import { convertDisks } from './libvirt-pv-disks.js';
import { convertSystem } from './libvirt-pv-os.js';
import { modeOf } from './libvirt-state.js';
import { childOf, parseDomain, type XmlDocument, type XmlElement } from './libvirt-xml.js';
import { bootSettings, type RecordBoot } from './record-boot.js';
import { type PvConversion, type Unsupported, unsupported } from './xl-conversion.js';
import { editXml } from './xml-edit.js';

export interface PvOptions {
  /** The source of the disk to boot, as the definition means it; without it, it is the one that the BIOS would boot. */
  readonly bootDisk?: string;
  /** How the domain finds its kernel: by pygrub unless said. */
  readonly boot?: RecordBoot;
}

/**
 * Turns libvirt's definition of an HVM domain into that of a PV domain which boots from its first disk. What an HVM
 * domain alone has goes; everything else keeps its bytes: comments, metadata, unknown elements, quotes, blanks, line
 * ends. Texts are one character per byte. Total; a converted text is `already-pv`.
 */
export function toPvDomain(text: string, options: PvOptions = {}): PvConversion {
  const parsed = parseDomain(text);
  if (parsed.kind === 'unreadable') return unsupported(parsed.reason, parsed.remedy);
  const { document } = parsed;
  const mode = modeOf(document);
  if (mode.kind === 'unclear') return unsupported(mode.reason, mode.remedy);
  if (mode.mode === 'pv' && options.boot?.target === 'pvh') {
    return unsupported(
      'it describes a PV domain, and a PVH one was asked for',
      'Set os/type to xenpvh and its machine, too, or leave --target pvh out.',
    );
  }
  if (mode.mode !== 'hvm') return wrongWay(document, options.boot) ?? { kind: 'already-pv', mode: mode.mode };
  return obstacle(document) ?? convert(document, options);
}

/** A PV domain that finds its kernel in another way than the guest needs. Without any, libvirt takes pygrub. */
function wrongWay({ domain }: XmlDocument, boot: RecordBoot | undefined): Unsupported | undefined {
  const kernel = textOf(childOf(domain, 'os'), 'kernel');
  if (boot === undefined || (boot.kind === 'kernel' && kernel === asBytes(boot.kernel))) return undefined;
  if (kernel !== '' && !isPvGrub(kernel)) return hostKernel(kernel, 'PV domain', boot);
  if (boot.kind === 'pygrub' || (boot.kind === 'pvgrub2' && kernel !== '')) return undefined;
  return unsupported(
    'it is a PV domain whose boot loader is not the one that the guest needs',
    `Set ${describe(boot)} instead of bootloader, or use --record none.`,
  );
}

const hostKernel = (kernel: string, domain: string, boot: RecordBoot): Unsupported =>
  unsupported(
    `it is a ${domain} that boots the kernel ${kernel} of this host and not the one on the guest's disk`,
    `Set ${describe(boot)} instead of kernel, initrd and cmdline, or use --record none.`,
  );

const describe = (boot: RecordBoot): string =>
  bootSettings(boot)
    .map(({ name, value }) => `${name === 'ramdisk' ? 'initrd' : name} to "${value}"`)
    .join(' and ');

/** GRUB built for PV or PVH loads the guest's own kernel: grub-x86_64-xen.bin, pvgrub64.bin, pv-grub-x86_64.gz. */
const isPvGrub = (kernel: string): boolean => /grub/.test(kernel.split('/').at(-1) ?? '');

const textOf = (element: XmlElement | undefined, name: string): string => childOf(element, name)?.text ?? '';

const asBytes = (text: string): string => Buffer.from(text).toString('latin1');

/** What an HVM domain can have that has no counterpart which this tool could choose. */
function obstacle({ domain }: XmlDocument): Unsupported | undefined {
  const kernel = textOf(childOf(domain, 'os'), 'kernel');
  if (kernel !== '' && !kernel.endsWith('/hvmloader')) {
    return unsupported(
      `it boots the kernel ${kernel} of this host and not the one on the guest's disk`,
      'Remove kernel, initrd and cmdline, make sure that the guest boots from its disk as HVM, and try again.',
    );
  }
  return childOf(childOf(domain, 'cpu'), 'numa') === undefined
    ? undefined
    : unsupported(
        'it sets cpu/numa, which Xen refuses for PV domains',
        'Remove numa and set memory and vcpu.',
      );
}

function convert(document: XmlDocument, { bootDisk, boot = { kind: 'pygrub' } }: PvOptions): PvConversion {
  const conversion = { document, edits: editXml(document.source), boot, changes: [] };
  convertSystem(conversion);
  const trouble = convertDisks(conversion, bootDisk) ?? convertDevices(conversion);
  if (trouble !== undefined) return trouble;
  const text = conversion.edits.print();
  const written = parseDomain(text);
  const mode = written.kind === 'parsed' ? modeOf(written.document) : written;
  if (mode.kind === 'mode' && mode.mode === (boot.target ?? 'pv')) {
    return { kind: 'converted', text, changes: conversion.changes };
  }
  return unsupported('it is written in a way that this program would break', 'Change it by hand.');
}
