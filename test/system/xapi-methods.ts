/** XAPI's methods on a database in memory, as its data model says (xen-api's datamodel.ml, datamodel_vm.ml, exnHelper.ml). */
import type { Field, Row, XapiDatabase } from './xapi-database.js';

/** An error as XAPI has it: its word, and details. */
export class XapiFailure extends Error {
  readonly description: readonly string[];

  constructor(...description: readonly string[]) {
    super(description.join(' '));
    this.description = description;
  }
}

/** Fields with a setter that the data model makes by itself, and what they take. */
const writable: Readonly<Record<string, Readonly<Record<string, 'string' | 'boolean'>>>> = {
  VM: {
    name_label: 'string',
    PV_bootloader: 'string',
    PV_bootloader_args: 'string',
    PV_kernel: 'string',
    PV_ramdisk: 'string',
    PV_args: 'string',
    PV_legacy_args: 'string',
  },
  VBD: { bootable: 'boolean', userdevice: 'string' },
};

/** The members of the enumeration vm_operations that may be blocked, as far as any program here names them. */
const vmOperations = new Set(
  'snapshot clone copy create_template revert checkpoint provision start start_on pause unpause clean_shutdown clean_reboot hard_shutdown suspend resume resume_on pool_migrate migrate_send export make_into_template destroy'.split(
    ' ',
  ),
);

/** The enumeration domain_type, without what `set_domain_type` itself refuses. */
const domainTypes = new Set(['hvm', 'pv', 'pv_in_pvh', 'pvh']);

/** Whether a method changes something. */
export const isWrite = (method: string): boolean => /\.(set|add_to|remove_from)_/.test(method);

/** Carries out one method; `params` without the session. Throws an `XapiFailure`. */
export function runMethod(
  database: XapiDatabase,
  knowsDomainTypes: boolean,
  method: string,
  [self, ...values]: readonly Field[],
): Field {
  const [className = '', message = ''] = method.split('.');
  const rows = database.get(className);
  if (rows === undefined) throw new XapiFailure('MESSAGE_METHOD_UNKNOWN', method);
  if (message === 'get_all_records') return Object.fromEntries(rows);
  if (typeof self !== 'string') throw new XapiFailure('FIELD_TYPE_ERROR', 'self');
  const matching = (field: string) => [...rows].flatMap(([ref, row]) => (row[field] === self ? [ref] : []));
  if (message === 'get_by_name_label') return matching('name_label');
  if (message === 'get_by_uuid') {
    const [found] = matching('uuid');
    if (found !== undefined) return found;
    throw new XapiFailure('UUID_INVALID', className, self);
  }
  const row = rows.get(self);
  if (row === undefined) throw new XapiFailure('HANDLE_INVALID', className, self);
  return message === 'get_record' ? row : change(className, row, message, values, knowsDomainTypes);
}

function change(
  className: string,
  row: Row,
  message: string,
  values: readonly Field[],
  knowsDomainTypes: boolean,
): Field {
  const [value] = values;
  if (className === 'VM' && message === 'set_domain_type' && knowsDomainTypes)
    return setDomainType(row, value);
  if (className === 'VM' && message === 'set_HVM_boot_policy')
    return setBootPolicy(row, value, knowsDomainTypes);
  const [, verb = '', field = ''] = /^(set|add_to|remove_from)_(.+)$/.exec(message) ?? [];
  const unknown = new XapiFailure('MESSAGE_METHOD_UNKNOWN', `${className}.${message}`);
  if (verb === 'set') return setField(className, row, field, value, unknown);
  if (className === 'VM' && field === 'blocked_operations')
    return changeMap(className, row, field, verb, values);
  throw unknown;
}

function setField(
  className: string,
  row: Row,
  field: string,
  value: Field | undefined,
  unknown: XapiFailure,
): Field {
  const type = writable[className]?.[field];
  if (type === undefined) throw unknown;
  if (typeof value !== type || value === undefined) throw new XapiFailure('FIELD_TYPE_ERROR', 'value');
  row[field] = value;
  return '';
}

function changeMap(
  className: string,
  row: Row,
  field: string,
  change: string,
  values: readonly Field[],
): Field {
  const [key, value] = values;
  if (typeof key !== 'string' || !vmOperations.has(key)) throw new XapiFailure('FIELD_TYPE_ERROR', 'key');
  const map = { ...Object(row[field]) };
  if (change === 'remove_from') delete map[key];
  else if (typeof value !== 'string') throw new XapiFailure('FIELD_TYPE_ERROR', 'value');
  else if (key in map) throw new XapiFailure('MAP_DUPLICATE_KEY', className, field, String(row.uuid), key);
  else map[key] = value;
  row[field] = map;
  return '';
}

/** xapi_vm.ml, set_domain_type: the older field follows. */
function setDomainType(row: Row, value: Field | undefined): Field {
  if (value === 'unspecified') throw new XapiFailure('INVALID_VALUE', 'domain_type', value);
  if (typeof value !== 'string' || !domainTypes.has(value))
    throw new XapiFailure('FIELD_TYPE_ERROR', 'value');
  row.domain_type = value;
  row.HVM_boot_policy = value === 'hvm' ? 'BIOS order' : '';
  return '';
}

/** xapi_vm.ml, set_HVM_boot_policy: the newer field follows. */
function setBootPolicy(row: Row, value: Field | undefined, knowsDomainTypes: boolean): Field {
  if (typeof value !== 'string') throw new XapiFailure('FIELD_TYPE_ERROR', 'value');
  if (knowsDomainTypes) row.domain_type = value === '' ? 'pv' : 'hvm';
  row.HVM_boot_policy = value;
  return '';
}
