import { z } from 'zod';
import { PoolError, RecordError } from '../errors.js';
import type { Notice, Problem } from '../model.js';
import { type Call, withPool } from '../xapi/pool.js';
import type { ModeRecord, RecordFlip, RecordHold, RecordPlan, RecordReading } from './mode-record.js';
import type { RecordBoot } from './record-boot.js';
import { block, blockNote, unblock } from './xapi-block.js';
import { type BootText, bootFieldsIn, bootFieldsOf, differing, textOf } from './xapi-fields.js';
import { changeVm } from './xapi-flip.js';
import { byUuid, type XapiPlace } from './xapi-option.js';
import { xapiProblems } from './xapi-problems.js';
import { hostSchema } from './xapi-records.js';
import { attachedProblem, restProblem } from './xapi-rest.js';
import {
  bootDiskOf,
  changesOf,
  hostsProblem,
  modeOf,
  supportNotices,
  targetOf,
  vmName,
} from './xapi-target.js';
import { checked, findVm, poolName, readVifs, readVm, type VmDisk, type XapiVm } from './xapi-vm.js';

/** A VM of a pool of XenServer or XCP-ng, as the record of the virtual machine whose disk is the image at `imagePath`. */
export function xapiRecord(place: XapiPlace, imagePath: string): ModeRecord {
  const note = blockNote(imagePath);
  const ask = <T>(use: (call: Call) => Promise<T>) => orProblem(place, () => withPool(place.pool, use));
  // By its name until it has been found, then by its uuid: the name may become another VM's.
  let known = place;
  const read = () => ask((call) => readingOf(call, known));
  const keep = (uuid: string) => {
    known = byUuid(place, uuid);
  };
  return {
    kind: 'xapi',
    get option() {
      return known.option;
    },
    name: `the VM ${JSON.stringify(place.vm)} in ${poolName(place)}`,
    read,
    plan: (boot) => ask((call) => planFor(call, known, imagePath, { boot, keep })),
    flip: (plan) => {
      const { uuid, from, to } = changeOf(plan);
      const goal = (vm: XapiVm) => goalOf(vm, place, imagePath);
      return changeVm(place, { uuid, from, to, goal }, note);
    },
    readBack: read,
    undo: (plan) => {
      const { uuid, from, to } = changeOf(plan);
      return changeVm(place, { uuid, from: to, to: from }, note);
    },
    hold: (plan) => {
      // It may be called otherwise by now.
      const vm = plan.kind === 'flip' ? changeOf(plan).uuid : known.vm;
      return ask((call) => hold(call, { ...place, vm }, note));
    },
  };
}

const problem = (one: Problem) => ({ kind: 'problem', problem: one }) as const;

type Problematic = { readonly kind: 'problem'; readonly problem: Problem };

/** A pool that can't be asked is no exception while nothing has been written. */
async function orProblem<T>(place: XapiPlace, work: () => Promise<T>): Promise<T | Problematic> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    return problem(xapiProblems['record-unreachable'](poolName(place), error.message, error.remedy));
  }
}

async function readingOf(call: Call, place: XapiPlace): Promise<RecordReading> {
  const reading = await findVm(call, place);
  if (reading.kind === 'problem') return reading;
  const { vm } = reading;
  const disks = vm.disks.map((disk) => ({
    target: disk.content?.path ?? '',
    device: disk.device || disk.userdevice,
    format: disk.content?.format ?? '',
    readOnly: disk.mode === 'RO',
    cdrom: disk.type === 'CD',
  }));
  const domain = Buffer.from(vm.record.name_label).toString('latin1');
  return {
    kind: 'state',
    state: { mode: modeOf(vm.record), domain, disks, vifs: await readVifs(call, vm) },
  };
}

async function planFor(
  call: Call,
  place: XapiPlace,
  imagePath: string,
  { boot, keep }: { readonly boot: RecordBoot | undefined; readonly keep: (uuid: string) => void },
): Promise<RecordPlan> {
  if (boot !== undefined && boot.kind !== 'pygrub')
    return problem(xapiProblems['record-boot-way'](boot.kind));
  if (boot?.target === 'pvh') return problem(xapiProblems['record-without-pvh']());
  const reading = await findVm(call, place);
  if (reading.kind === 'problem') return reading;
  const { vm } = reading;
  keep(vm.record.uuid);
  const bootDisk = bootDiskOf(vm, imagePath);
  if (bootDisk.kind === 'problem') return bootDisk;
  const { disk, isCompared } = bootDisk;
  const obstacle = restProblem(vm) ?? (await attachedProblem(call, vm, disk, imagePath));
  if (obstacle !== undefined) return problem(obstacle);
  const where = `/xapi/${JSON.stringify(vm.record.name_label).slice(1, -1)}`;
  const mode = modeOf(vm.record);
  if (mode !== 'hvm') return { kind: 'already-pv', where, mode };
  const hosts = await readHosts(call);
  const unable = hostsProblem(hosts, vm.record, place.settings, poolName(place));
  if (unable !== undefined) return problem(unable);
  const notices = [
    ...supportNotices(hosts, vm.record, place.settings),
    ...(isCompared ? [] : [notCompared(vm, imagePath)]),
  ];
  return { ...flipOf(vm, disk, place, where), notices };
}

const readHosts = async (call: Call) =>
  Object.values(
    checked(z.record(z.string(), hostSchema), await call('host.get_all_records'), 'host.get_all_records'),
  );

function flipOf(vm: XapiVm, disk: VmDisk, { settings }: XapiPlace, where: string): RecordFlip {
  const { uuid, name_label: name } = vm.record;
  const now = bootFieldsOf(vm.record, vm.disks);
  const target = targetOf(vm, disk.uuid, settings);
  const changed = differing(target, now);
  return {
    kind: 'flip',
    where,
    before: textOf({ uuid, name, fields: differing(now, target) }),
    after: textOf({ uuid, name, fields: changed }),
    changes: changesOf(changed),
  };
}

const notCompared = ({ record }: XapiVm, imagePath: string): Notice => ({
  code: 'record-disk-not-compared',
  message: `that the image is the disk of ${vmName(record)} was not checked: ${imagePath} is not where a dom0 has a VDI (/run/sr-mount/SR/VDI.vhd)`,
});

/** A VM whose boot disk can't be told any more has nothing to add to what was planned. */
function goalOf(vm: XapiVm, { settings }: XapiPlace, imagePath: string) {
  const bootDisk = bootDiskOf(vm, imagePath);
  return bootDisk.kind === 'disk'
    ? targetOf(vm, bootDisk.disk.uuid, settings)
    : { vm: {}, bootable: new Map() };
}

function changeOf({ before, after }: RecordFlip) {
  const from: BootText | undefined = bootFieldsIn(before);
  const to = bootFieldsIn(after);
  if (from !== undefined && to !== undefined && from.uuid === to.uuid)
    return { uuid: to.uuid, from: from.fields, to: to.fields };
  throw new RecordError("the journal's entry is no change of a VM's fields", {
    remedy: 'change the VM by hand',
  });
}

/** Nobody can start the VM until it is released. Looks once more afterwards: it may have been started just before. */
async function hold(call: Call, place: XapiPlace, note: string): Promise<RecordHold> {
  const reading = await findVm(call, place);
  if (reading.kind === 'problem') return reading;
  const { vm } = reading;
  const busy = restProblem(vm);
  if (busy !== undefined) return problem(busy);
  const release = () =>
    withPool(place.pool, (again) => unblock(again, vm.ref, note)).catch((error: Error) => {
      const byHand = `xe vm-param-remove uuid=${vm.record.uuid} param-name=blocked_operations param-key=start`;
      throw new RecordError(`${error.message}; "${byHand}" frees it, and others are named there too`);
    });
  try {
    await block(call, vm, note);
    const blocked = await readVm(call, vm.record.uuid);
    const late = blocked && restProblem(blocked);
    if (late === undefined) return { kind: 'held', release };
    await unblock(call, vm.ref, note);
    return problem(late);
  } catch (error) {
    // Of what is blocked by now as little as possible should stay.
    await release().catch(() => undefined);
    throw error;
  }
}
