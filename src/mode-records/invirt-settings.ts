import { z } from 'zod';

const named = (name: string) => z.string().min(1).default(name);

/** How the site says that a machine is off. */
const off = z.union([
  /** A column of the machines' table, and what it says of a machine that is off. */
  z.strictObject({ column: z.string().min(1), is: z.string() }),
  /** A statement that gives one row of one column, true or false; `$1` is the machine's name. */
  z.strictObject({ query: z.string().min(1) }),
  /** A program and its arguments; the machine's name comes last. It exits with 0: off, 1: on. */
  z.strictObject({ command: z.array(z.string()).min(1) }),
]);

/**
 * The section `invirt` of the configuration file. The names are those of Invirt's `invirt.database`, as far as they are
 * remembered: its source can't be had any more, so the database is asked before anything is written.
 */
export const invirtSettingsSchema = z.strictObject({
  schema: named('public'),
  tables: z
    .strictObject({
      machines: named('machines'),
      types: named('types'),
      nics: named('nics'),
      disks: named('disks'),
    })
    .prefault({}),
  columns: z
    .strictObject({
      machines: z
        .strictObject({ key: named('machine_id'), name: named('name'), type: named('type_id') })
        .prefault({}),
      types: z.strictObject({ key: named('type_id'), hvm: named('hvm') }).prefault({}),
      nics: z
        .strictObject({
          machine: named('machine_id'),
          mac: named('mac_addr'),
          ip: named('ip'),
          /** What a site may keep beside the address. */
          netmask: z.string().min(1).exactOptional(),
          gateway: z.string().min(1).exactOptional(),
          dns: z.string().min(1).exactOptional(),
        })
        .prefault({}),
      disks: z
        .strictObject({ machine: named('machine_id'), device: named('guest_device_name') })
        .prefault({}),
    })
    .prefault({}),
  /** HVM type to PV type, where it isn't the same name without `-hvm`. */
  'pv-types': z.record(z.string(), z.string()).default({}),
  /** What Xen calls the machine's domain, so that one that runs is noticed: `d_{name}`. */
  'domain-name': z.string().min(1).default('{name}'),
  /** Where a machine's disk is: `/dev/xenvg/d_{name}_{device}`. */
  'disk-path': z.string().startsWith('/').exactOptional(),
  off: off.exactOptional(),
});

export type InvirtSettings = z.infer<typeof invirtSettingsSchema>;
