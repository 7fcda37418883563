import type { ImageFormat } from '../model.js';
import { qemuFormat } from '../tools/qemu-img.js';
import type { Dom0 } from './dom0.js';

/** The disk under test. The format is said, never probed. */
export interface RigImage {
  readonly path: string;
  readonly format: ImageFormat;
}

/** A disk of dom0. What is written to a throw-away one goes into a layer that QEMU drops when it ends. */
export interface RigDrive extends RigImage {
  readonly access: 'throw-away' | 'read-only' | 'read-write';
}

export interface RigMachine {
  readonly dom0: Dom0;
  /** dom0's disks, in this order: /dev/vda, /dev/vdb, … */
  readonly drives: readonly RigDrive[];
  /** Memory of the domain under test; dom0 and Xen come on top. */
  readonly memoryMiB: number;
  /** Default: what the rig's own dom0 needs. */
  readonly dom0MiB?: number;
  /** As QEMU calls it. Default: `qemu64`. */
  readonly processor?: string;
  /** What dom0 calls the port on QEMU's standard input and output. Default: `rig`. */
  readonly port?: string;
  /** Where Xen and dom0's kernel write their messages. */
  readonly logFile: string;
}

/** The image's device in dom0: its first disk. */
export const rigDisk = '/dev/vda';
/** File descriptor of QEMU that carries the domain's console; dom0's reports go over standard input and output. */
export const consoleDescriptor = 3;

/** pygrub writes kernel and initramfs into dom0's file system, which lives in half of this memory. */
const rigDom0MiB = 512;
/** Xen itself, QEMU's firmware and video memory, and what Xen needs for each domain. */
const xenMiB = 256;

/** Nothing here defends anything, so Xen leaves its mitigations out; clearing memory would only cost time. */
const xenArguments = (dom0MiB: number): string[] => [
  'com1=115200,8n1',
  'console=com1',
  `dom0_mem=${dom0MiB}M,max:${dom0MiB}M`,
  'spec-ctrl=no',
  'xpti=no',
  'bootscrub=0',
  'loglvl=warning',
  'guest_loglvl=none',
];

/** Without address space randomization QEMU needs not translate each program's libraries anew (see `rig-record.ts`). */
const dom0Arguments = [
  ...['console=hvc0', 'rdinit=/init', 'loglevel=4', 'panic=-1'],
  ...['mitigations=off', 'norandmaps', 'init_on_alloc=0'],
];

/**
 * QEMU's arguments for a machine that boots Xen and dom0 with these disks. The file of a throw-away layer is deleted as
 * soon as QEMU has it open, so it can't outlive QEMU; the image below it is opened read-only.
 *
 * The processor is `qemu64` because dom0's kernel crashes with `max`, and no other model was faster. One processor,
 * because two were slower on a host with two.
 */
export function qemuArguments(machine: RigMachine): string[] {
  const {
    dom0,
    drives,
    memoryMiB,
    dom0MiB = rigDom0MiB,
    port = 'rig',
    processor = 'qemu64',
    logFile,
  } = machine;
  return [
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35,accel=tcg', '-cpu', processor, '-m', `${dom0MiB + xenMiB + memoryMiB}`],
    ...['-kernel', dom0.xen, '-append', xenArguments(dom0MiB).join(' ')],
    ...['-initrd', `${multiboot(dom0.kernel)} ${dom0Arguments.join(' ')},${multiboot(dom0.initramfs)}`],
    ...['-chardev', `file,id=log,path=${escaped(logFile)}`, '-serial', 'chardev:log'],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', 'stdio,id=rig,signal=off', '-device', `virtserialport,chardev=rig,name=${port}`],
    ...['-chardev', `socket,id=console,fd=${consoleDescriptor}`],
    ...['-device', 'virtserialport,chardev=console,name=console'],
    ...drives.flatMap(driveArguments),
  ];
}

function driveArguments({ path, format, access }: RigDrive, index: number): string[] {
  const drive = [
    'if=none',
    `id=disk${index}`,
    ...accessOptions[access],
    `format=${qemuFormat(format)}`,
    // Not `file=`, which takes "name:" at the start of a path for a protocol.
    'file.driver=file',
    `file.filename=${escaped(path)}`,
  ];
  return ['-drive', drive.join(','), '-device', `virtio-blk-pci,drive=disk${index}`];
}

const accessOptions: Readonly<Record<RigDrive['access'], readonly string[]>> = {
  'throw-away': ['snapshot=on', 'cache=unsafe'],
  'read-only': ['readonly=on'],
  'read-write': [],
};

/** QEMU's way to say a comma inside a value. */
const escaped = (value: string): string => value.replaceAll(',', ',,');

/** A module's file name ends at a blank. */
function multiboot(path: string): string {
  if (path.includes(' ')) throw new RangeError(`QEMU can't boot a module whose path has a blank: ${path}`);
  return escaped(path);
}
