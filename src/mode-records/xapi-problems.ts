import type { Problem } from '../model.js';

const otherVm = 'name the right one with --record xapi:https://HOST#VM, or use --record none';
const byHand = 'use --record none and change the VM by hand';

/** Every reason why a VM of a pool can't be turned to PV, by its code. */
export const xapiProblems = {
  'record-unreachable': (pool: string, cause: string, remedy: string): Problem => ({
    code: 'record-unreachable',
    message: `${pool} can't be asked: ${cause}`,
    remedy: `${remedy === '' ? 'mend the cause' : remedy}, or ${byHand}`,
  }),
  'record-no-machine': (pool: string, vm: string): Problem => ({
    code: 'record-no-machine',
    message: `${pool} has no VM ${JSON.stringify(vm)}; templates, snapshots and control domains don't count`,
    remedy: otherVm,
  }),
  'record-ambiguous': (pool: string, host: string, vm: string, uuids: readonly string[]): Problem => ({
    code: 'record-ambiguous',
    message: `${pool} has ${uuids.length} VMs ${JSON.stringify(vm)}: ${uuids.join(', ')}`,
    remedy: `name it by its uuid: --record xapi:https://${host}#${uuids[0]}`,
  }),
  'record-of-another-disk': (vm: string, image: string, disks: readonly string[]): Problem => ({
    code: 'record-of-another-disk',
    message: `the disks of ${vm} are ${disks.join(', ') || 'none'}, and not ${image}`,
    remedy: otherVm,
  }),
  'record-boot-disk-unknown': (vm: string, count: number): Problem => ({
    code: 'record-boot-disk-unknown',
    message: `which of its ${count} disks ${vm} starts from can't be told: the image's path names no VDI, and not exactly one disk is bootable`,
    remedy: 'set bootable on the VBD of that disk alone, or name the image by its path in dom0',
  }),
  'record-disk-attached': (vm: string, image: string): Problem => ({
    code: 'record-disk-attached',
    message: `the disk ${image} of ${vm} is attached to another VM, or to a control domain, now`,
    remedy: 'unplug it there first (xe vbd-unplug)',
  }),
  'record-machine-on': (vm: string, state: string): Problem => ({
    code: 'record-machine-on',
    message:
      state === 'Suspended'
        ? `${vm} is not off: it is suspended, and its saved memory would go on with a disk that was changed`
        : `${vm} is not off: its power state is ${state}`,
    remedy: state === 'Suspended' ? 'resume it and shut it down' : 'shut it down first',
  }),
  'record-machine-busy': (vm: string, operations: readonly string[]): Problem => ({
    code: 'record-machine-busy',
    message: `${vm} is not at rest: ${operations.join(', ')} in progress`,
    remedy: 'wait until that has ended',
  }),
  'record-boot-way': (way: string): Problem => ({
    code: 'record-boot-way',
    message: `XAPI can't start a guest by ${way === 'kernel' ? 'a kernel that dom0 keeps here' : way}: it takes pygrub, and kernels from /var/lib/xcp/guest of every host`,
    remedy: 'use --boot-with pygrub, or --record none and configure the start by hand',
  }),
  'record-without-pvh': (): Problem => ({
    code: 'record-without-pvh',
    message: 'XAPI chooses by its own domain types, of which this program sets pv and pv_in_pvh',
    remedy:
      'leave --target pvh out; xapi.domain-type: pv_in_pvh in the configuration file runs a PV guest in a container of PVH',
  }),
  'record-no-pv': (pool: string, hosts: readonly string[], knowsPvh: boolean): Problem => ({
    code: 'record-no-pv',
    message: `the Xen of ${hosts.join(', ')} starts no PV guests any more, so ${pool} could not start this one`,
    remedy: knowsPvh
      ? 'set xapi.domain-type: pv_in_pvh in the configuration file, or leave the VM as it is'
      : 'leave the VM as it is',
  }),
  'record-no-domain-type': (pool: string): Problem => ({
    code: 'record-no-domain-type',
    message: `${pool} knows no domain types, and so no pv_in_pvh, which xapi.domain-type in the configuration file asks for`,
    remedy: 'take that out',
  }),
} as const;
