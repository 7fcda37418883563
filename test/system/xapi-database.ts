import { randomUUID } from 'node:crypto';

/** A field as it travels. */
export type Field = string | boolean | readonly Field[] | { readonly [key: string]: Field };
/** One object of XAPI's database. */
export type Row = Record<string, Field>;
/** What a pool knows: objects by class and reference. */
export type XapiDatabase = Map<string, Map<string, Row>>;

export const nullRef = 'OpaqueRef:NULL';

/** Adds an object and says its reference. */
export function add(database: XapiDatabase, className: string, row: Row): string {
  const ref = `OpaqueRef:${randomUUID()}`;
  const rows = database.get(className) ?? new Map<string, Row>();
  database.set(className, rows.set(ref, { uuid: randomUUID(), ...row }));
  return ref;
}

/** The object of that reference. */
export function rowOf(database: XapiDatabase, className: string, ref: string): Row {
  const row = database.get(className)?.get(ref);
  if (row === undefined) throw new Error(`no ${className} ${ref}`);
  return row;
}

/** A pool of one host, with two kinds of storage and a network. */
export interface SamplePool {
  readonly database: XapiDatabase;
  readonly hostRef: string;
  readonly sr: string;
  readonly srUuid: string;
  readonly network: string;
}

/** What `xe host-param-list` shows of a host whose Xen starts PV guests, and HVM ones. */
export const capabilities = ['xen-3.0-x86_64', 'hvm-3.0-x86_32', 'hvm-3.0-x86_32p', 'hvm-3.0-x86_64'];

/** Makes a pool as XCP-ng 8.2 has it. `domainTypes: false` is a XenServer 6.5, whose VMs have no domain_type. */
export function samplePool(domainTypes = true): SamplePool {
  const database: XapiDatabase = new Map();
  const version = domainTypes
    ? { product_brand: 'XCP-ng', product_version: '8.2.1' }
    : { product_brand: 'XenServer', product_version: '6.5.0' };
  const hostRef = add(database, 'host', {
    name_label: 'xs1',
    address: '127.0.0.1',
    software_version: version,
    capabilities,
  });
  const srUuid = randomUUID();
  const sr = add(database, 'SR', { uuid: srUuid, name_label: 'Local storage', type: 'ext' });
  const network = add(database, 'network', { name_label: 'Pool-wide network', bridge: 'xenbr0' });
  add(database, 'pool', { name_label: 'test', master: hostRef, other_config: {} });
  return { database, hostRef, sr, srUuid, network };
}

/** A VM and what belongs to it. */
export interface SampleVm {
  readonly ref: string;
  readonly uuid: string;
  /** Of its disk. */
  readonly vdi: string;
  readonly vdiUuid: string;
  readonly vbd: string;
  readonly vbdUuid: string;
  readonly cdVbdUuid: string;
}

/** Adds an HVM that is off, with one disk, an empty CD drive that is bootable, and a network card. */
export function addVm(
  { database, sr, network }: SamplePool,
  name: string,
  domainTypes = true,
  more: Row = {},
): SampleVm {
  const vdiUuid = randomUUID();
  const vdi = add(database, 'VDI', {
    uuid: vdiUuid,
    name_label: name,
    SR: sr,
    VBDs: [],
    sm_config: { vdi_type: 'vhd' },
  });
  const uuid = randomUUID();
  const ref = add(database, 'VM', {
    uuid,
    name_label: name,
    power_state: 'Halted',
    is_a_template: false,
    is_a_snapshot: false,
    is_control_domain: false,
    blocked_operations: {},
    current_operations: {},
    HVM_boot_policy: 'BIOS order',
    HVM_boot_params: { order: 'cd' },
    PV_bootloader: '',
    PV_bootloader_args: '',
    PV_kernel: '',
    PV_ramdisk: '',
    PV_args: '',
    PV_legacy_args: '',
    ...(domainTypes ? { domain_type: 'hvm' } : {}),
    VBDs: [],
    VIFs: [],
    ...more,
  });
  const common = { VM: ref, device: '', currently_attached: false };
  const vbd = { ...common, type: 'Disk', userdevice: '0', bootable: false, mode: 'RW', empty: false };
  const cd = { ...common, type: 'CD', userdevice: '3', bootable: true, mode: 'RO', empty: true };
  const vbdRef = add(database, 'VBD', { ...vbd, VDI: vdi });
  const cdRef = add(database, 'VBD', { ...cd, VDI: nullRef });
  const mac = '00:16:3e:00:00:01';
  const vif = add(database, 'VIF', { VM: ref, MAC: mac, network, ipv4_allowed: ['18.181.3.4'] });
  rowOf(database, 'VDI', vdi).VBDs = [vbdRef];
  Object.assign(rowOf(database, 'VM', ref), { VBDs: [vbdRef, cdRef], VIFs: [vif] });
  const uuidOf = (one: string) => String(rowOf(database, 'VBD', one).uuid);
  return { ref, uuid, vdi, vdiUuid, vbd: vbdRef, vbdUuid: uuidOf(vbdRef), cdVbdUuid: uuidOf(cdRef) };
}
