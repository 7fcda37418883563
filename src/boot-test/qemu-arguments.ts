import type { ImageFormat } from '../model.js';
import { qemuFormat } from '../tools/qemu-img.js';
import type { Dom0 } from './dom0.js';

/** The disk under test. The format is said, never probed. */
export interface RigImage {
  readonly path: string;
  readonly format: ImageFormat;
}

export interface RigMachine {
  readonly dom0: Dom0;
  /** Without one, dom0 runs alone. */
  readonly image?: RigImage;
  /** A tar archive whose files dom0 gets in `/rig/boot`. */
  readonly archive?: string;
  /** Memory of the domain under test; dom0 and Xen come on top. */
  readonly memoryMiB: number;
  /** Where Xen and dom0's kernel write their messages. */
  readonly logFile: string;
}

/** The image's device in dom0: the only disk there is. */
export const rigDisk = '/dev/vda';
/** File descriptor of QEMU that carries the domain's console; dom0's reports go over standard input and output. */
export const consoleDescriptor = 3;

/** pygrub writes kernel and initramfs into dom0's file system, which lives in half of this memory. */
const dom0MiB = 512;
/** Xen itself, QEMU's firmware and video memory, and what Xen needs for each domain. */
const xenMiB = 256;

/** Nothing here defends anything, so Xen leaves its mitigations out; clearing memory would only cost time. */
const xenArguments = [
  'com1=115200,8n1',
  'console=com1',
  `dom0_mem=${dom0MiB}M,max:${dom0MiB}M`,
  'spec-ctrl=no',
  'xpti=no',
  'bootscrub=0',
  'loglvl=warning',
  'guest_loglvl=none',
];

const dom0Arguments = ['console=hvc0', 'rdinit=/init', 'mitigations=off', 'loglevel=4', 'panic=-1'];

/**
 * QEMU's arguments for a machine that boots Xen, dom0 and, as dom0's disk, a throw-away layer over the image: QEMU
 * deletes the layer's file as soon as it is open, so it can't outlive QEMU, and it opens the image read-only.
 *
 * The processor is `qemu64` because dom0's kernel crashes with `max`, and no other model was faster. One processor,
 * because two were slower on a host with two.
 */
export function qemuArguments({ dom0, image, archive, memoryMiB, logFile }: RigMachine): string[] {
  return [
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35,accel=tcg', '-cpu', 'qemu64', '-m', `${dom0MiB + xenMiB + memoryMiB}`],
    ...['-kernel', dom0.xen, '-append', xenArguments.join(' ')],
    ...['-initrd', `${multiboot(dom0.kernel)} ${dom0Arguments.join(' ')},${multiboot(dom0.initramfs)}`],
    ...['-chardev', `file,id=log,path=${escaped(logFile)}`, '-serial', 'chardev:log'],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', 'stdio,id=rig,signal=off', '-device', 'virtserialport,chardev=rig,name=rig'],
    ...['-chardev', `socket,id=console,fd=${consoleDescriptor}`],
    ...['-device', 'virtserialport,chardev=console,name=console'],
    ...(image === undefined ? [] : diskArguments(image)),
    ...(archive === undefined ? [] : archiveArguments(archive)),
  ];
}

function diskArguments({ path, format }: RigImage): string[] {
  const drive = [
    'if=none',
    'id=guest',
    'snapshot=on',
    'cache=unsafe',
    `format=${qemuFormat(format)}`,
    // Not `file=`, which takes "name:" at the start of a path for a protocol.
    'file.driver=file',
    `file.filename=${escaped(path)}`,
  ];
  return ['-drive', drive.join(','), '-device', 'virtio-blk-pci,drive=guest'];
}

/** Behind the image, so that it is dom0's second disk. */
function archiveArguments(path: string): string[] {
  const drive = `if=none,id=archive,readonly=on,format=raw,file.driver=file,file.filename=${escaped(path)}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=archive'];
}

/** QEMU's way to say a comma inside a value. */
const escaped = (value: string): string => value.replaceAll(',', ',,');

/** A module's file name ends at a blank. */
function multiboot(path: string): string {
  if (path.includes(' ')) throw new RangeError(`QEMU can't boot a module whose path has a blank: ${path}`);
  return escaped(path);
}
