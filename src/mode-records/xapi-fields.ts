import { z } from 'zod';
import type { VmRecord } from './xapi-records.js';

/** Fields of a VM that decide how it starts, in the order in which they are set: what makes it a PV comes last. */
export const bootFieldNames = [
  'PV_bootloader',
  'PV_bootloader_args',
  'PV_kernel',
  'PV_ramdisk',
  'PV_args',
  'PV_legacy_args',
  'HVM_boot_policy',
  'domain_type',
] as const;

export type BootFieldName = (typeof bootFieldNames)[number];

/** What a VM's record says about how it starts. Either may be a part only, and then says nothing of the rest. */
export interface BootFields {
  readonly vm: Readonly<Partial<Record<BootFieldName, string>>>;
  /** By the uuid of the VBD, in the order of the devices. */
  readonly bootable: ReadonlyMap<string, boolean>;
}

/** Which VM, and what its fields say, in a text of which a diff can be shown. */
export interface BootText {
  readonly uuid: string;
  /** As it was called then. */
  readonly name: string;
  readonly fields: BootFields;
}

/**
 * How a VM starts. A host that knows domain types and hasn't been told this VM's takes it from the boot policy at its
 * next start (xen-api's ensure_domain_type_is_specified), so it is said here as if it had been.
 */
export function bootFieldsOf(
  vm: VmRecord,
  vbds: readonly { readonly uuid: string; readonly bootable: boolean }[],
): BootFields {
  const derived = vm.HVM_boot_policy === '' ? 'pv' : 'hvm';
  const type = vm.domain_type === 'unspecified' ? derived : vm.domain_type;
  const { PV_bootloader, PV_bootloader_args, PV_kernel, PV_ramdisk, PV_args, PV_legacy_args } = vm;
  const pv = { PV_bootloader, PV_bootloader_args, PV_kernel, PV_ramdisk, PV_args, PV_legacy_args };
  return {
    vm: {
      ...pv,
      HVM_boot_policy: vm.HVM_boot_policy,
      ...(type === undefined ? {} : { domain_type: type }),
    },
    bootable: new Map(vbds.map(({ uuid, bootable }) => [uuid, bootable])),
  };
}

/** What of `fields` is otherwise in `others`, which may be a part only. */
export function differing(fields: BootFields, others: BootFields): BootFields {
  const names = bootFieldNames.filter(
    (name) => fields.vm[name] !== undefined && others.vm[name] !== undefined,
  );
  const changed = names.filter((name) => fields.vm[name] !== others.vm[name]);
  return {
    vm: Object.fromEntries(changed.map((name) => [name, fields.vm[name]])),
    bootable: new Map(
      [...fields.bootable].filter(([uuid, value]) => {
        const other = others.bootable.get(uuid);
        return other !== undefined && other !== value;
      }),
    ),
  };
}

/** Whether they say nothing at all. */
export const isNothing = ({ vm, bootable }: BootFields): boolean =>
  Object.keys(vm).length === 0 && bootable.size === 0;

/** One line a field, values as JSON, in the order of the table; one character per byte. `bootFieldsIn` reads it. */
export function textOf({ uuid, name, fields }: BootText): string {
  const lines = [
    `VM ${uuid} ${JSON.stringify(name)}`,
    ...[...fields.bootable].map(([vbd, value]) => `VBD ${vbd} bootable = ${value}`),
    ...bootFieldNames
      .filter((field) => fields.vm[field] !== undefined)
      .map((field) => `${field} = ${JSON.stringify(fields.vm[field])}`),
    '',
  ];
  return Buffer.from(lines.join('\n')).toString('latin1');
}

/** What such a text says; undefined for any other text. */
export function bootFieldsIn(text: string): BootText | undefined {
  const [first = '', ...lines] = Buffer.from(text, 'latin1').toString().replace(/\n$/, '').split('\n');
  const [, uuid = '', quoted = ''] = /^VM ([0-9a-f-]{36}) (".*")$/s.exec(first) ?? [];
  const name = stringIn(quoted);
  if (name === undefined || lines.length === 0) return undefined;
  const vm: Partial<Record<BootFieldName, string>> = {};
  const bootable = new Map<string, boolean>();
  for (const line of lines) {
    const [, vbd, flag] = /^VBD ([0-9a-f-]{36}) bootable = (true|false)$/.exec(line) ?? [];
    if (vbd !== undefined) {
      bootable.set(vbd, flag === 'true');
      continue;
    }
    const [, key, value = ''] = /^(\w+) = (".*")$/s.exec(line) ?? [];
    const field = bootFieldNames.find((one) => one === key);
    const content = stringIn(value);
    if (field === undefined || content === undefined) return undefined;
    vm[field] = content;
  }
  return { uuid, name, fields: { vm, bootable } };
}

function stringIn(json: string): string | undefined {
  try {
    return z.string().parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}
