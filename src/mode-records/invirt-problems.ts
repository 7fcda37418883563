import type { Problem } from '../model.js';

const otherMachine = 'name the right one with --record invirt:DATABASE#MACHINE, or use --record none';

/** Every reason why the row of a machine can't be turned to PV, by its code. */
export const invirtProblems = {
  'record-unreachable': (database: string, cause: string): Problem => ({
    code: 'record-unreachable',
    message: `${database} can't be asked: ${cause}`,
    remedy: /password|authentication/.test(cause)
      ? 'put the password into PGPASSWORD or ~/.pgpass, or use --record none and change the type by hand'
      : 'mend the cause, or use --record none and change the type by hand',
  }),
  'record-schema': (database: string, lacks: readonly string[]): Problem => ({
    code: 'record-schema',
    message: `${database} is not as expected, or not readable by this user: ${lacks.join('; ')}`,
    remedy: 'set these names in the configuration file, in the section invirt',
  }),
  'record-no-machine': (database: string, machine: string): Problem => ({
    code: 'record-no-machine',
    message: `${database} has no machine ${JSON.stringify(machine)}`,
    remedy: otherMachine,
  }),
  'record-ambiguous': (database: string, machine: string, keys: readonly string[]): Problem => ({
    code: 'record-ambiguous',
    message: `${database} has ${keys.length} machines ${JSON.stringify(machine)}: ${keys.join(', ')}`,
    remedy: 'give them different names, or use --record none and change the type by hand',
  }),
  'record-type-unknown': (machine: string, type: string): Problem => ({
    code: 'record-type-unknown',
    message: `the type ${type} of the machine ${JSON.stringify(machine)} doesn't say whether it is HVM`,
    remedy: "mend the machine's type, or use --record none",
  }),
  'record-no-pv-type': (type: string, wrong: string, candidates: readonly string[]): Problem => ({
    code: 'record-no-pv-type',
    message: `it isn't known which type is the PV one for ${type}: ${wrong}; PV types are: ${candidates.join(', ') || 'none'}`,
    remedy: `say it in the configuration file, in the section invirt: pv-types: {${type}: TYPE}`,
  }),
  'record-without-pvh': (database: string): Problem => ({
    code: 'record-without-pvh',
    message: `${database} tells HVM types from others, and has no word for PVH`,
    remedy: 'leave --target pvh out, or use --record none and change the record by hand',
  }),
  'record-of-another-disk': (machine: string, image: string, paths: readonly string[]): Problem => ({
    code: 'record-of-another-disk',
    message: `the disks of the machine ${JSON.stringify(machine)} are ${paths.join(', ') || 'none'}, and not ${image}`,
    remedy: otherMachine,
  }),
  'record-not-writable': (database: string, cause: string): Problem => ({
    code: 'record-not-writable',
    message: `the machine's type can't be changed in ${database}: ${cause}`,
    remedy:
      'connect as a user who may, to the primary server, or use --record none and change the type by hand',
  }),
  'record-machine-on': (machine: string, said: string): Problem => ({
    code: 'record-machine-on',
    message: `the machine ${JSON.stringify(machine)} is not off: ${said}`,
    remedy: 'shut it down first',
  }),
  'record-off-unknown': (machine: string, cause: string): Problem => ({
    code: 'record-off-unknown',
    message: `whether the machine ${JSON.stringify(machine)} is off can't be found out: ${cause}`,
    remedy: 'mend invirt.off in the configuration file',
  }),
  'record-boot-way': (way: string): Problem => ({
    code: 'record-boot-way',
    message: `the Invirt database can't say that a guest starts by ${way}`,
    remedy: 'use --boot-with pygrub, or --record none and configure the start by hand',
  }),
} as const;
