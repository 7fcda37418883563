import type { InferredOptionTypes, Options } from 'yargs';
import { z } from 'zod';
import type { ConvertOptions } from '../convert-options.js';
import { UsageError } from '../errors.js';
import { withInvirtSettings } from '../mode-records/invirt-option.js';
import { parseRecordOption } from '../mode-records/list.js';
import { withXapiSettings } from '../mode-records/xapi-option.js';
import { builtInSites, makeRequest, type Site } from '../request.js';
import type { PackageSource } from '../stages/install-packages.js';
import { fleetOptions } from './fleet-options.js';
import { originIn } from './option-origin.js';

/** Options of every command. */
export const commonOptions = {
  format: { choices: ['raw', 'qcow2', 'vhd'] as const, describe: 'format of the disk image' },
  access: {
    choices: ['auto', 'direct', 'appliance'] as const,
    default: 'auto' as const,
    describe: "how the guest's files are reached",
  },
  'state-dir': { type: 'string', default: '/var/lib/convert-image', describe: 'overlays, logs and journals' },
  json: { type: 'boolean', default: false, describe: 'one JSON object a line for each event' },
  quiet: { type: 'boolean', describe: 'nothing but the result', conflicts: 'verbose' },
  verbose: { type: 'boolean', describe: 'every step, and the details of an error' },
  color: { choices: ['auto', 'always', 'never'] as const, default: 'auto' as const, describe: 'colours' },
  cache: {
    type: 'string',
    default: '/var/cache/convert-image',
    describe: "where the boot test's dom0 and fetched packages are kept",
  },
} as const satisfies Record<string, Options>;

/** Options of the commands that plan. */
export const planOptions = {
  address: { type: 'string', describe: 'static IPv4 address of the guest, 18.181.3.4 or 18.181.3.4/16' },
  netmask: { type: 'string', describe: 'netmask, 255.255.0.0' },
  gateway: { type: 'string', describe: 'default gateway' },
  dns: {
    type: 'string',
    array: true,
    describe: 'name server; several: repeat it, or separate them by commas',
  },
  interface: { type: 'string', describe: "the interface to configure, as the guest's files call it" },
  'keep-dhcp': { type: 'boolean', default: false, describe: 'leave the interface to DHCP' },
  site: { type: 'string', describe: 'a named set of network values; built in: xvm' },
  record: {
    type: 'string',
    default: 'auto',
    describe:
      'the record that says how the VM starts: auto, none, xl:PATH, libvirt:NAME-or-XML, invirt:postgres://HOST/DATABASE#MACHINE, invirt:DIRECTORY#MACHINE or xapi:https://HOST#VM',
  },
  kernel: {
    type: 'string',
    default: 'auto',
    describe:
      'auto: install a kernel if none can boot PV; install: in any case; or the name of the package to install',
  },
  headers: {
    type: 'boolean',
    default: true,
    describe: 'install the headers package with a kernel (--no-headers leaves it out)',
  },
  packages: {
    type: 'string',
    default: 'host',
    describe:
      "who fetches packages: host (this host's apt, by the guest's sources and keys), guest-network (the guest's apt), or a folder that holds them",
  },
  mirror: {
    type: 'string',
    describe: "archive in place of the distribution's in the guest's sources, http://HOST/debian",
  },
  'boot-with': {
    choices: ['auto', 'pygrub', 'pvgrub2', 'kernel'] as const,
    default: 'auto' as const,
    describe: "who finds the guest's kernel when it starts",
  },
  target: {
    choices: ['pv', 'pvh'] as const,
    default: 'pv' as const,
    describe:
      'what the domain is to be; the guest needs the same for both, and a kernel that can start as PVH',
  },
  'replay-journal': {
    type: 'boolean',
    default: false,
    describe: 'take a guest that was not shut down properly: replay its journals, in the overlay',
  },
} as const satisfies Record<string, Options>;

/** Options of `verify`: what can't be seen in the guest. */
export const verifyOptions = {
  'boot-with': planOptions['boot-with'],
  target: planOptions.target,
} as const satisfies Record<string, Options>;

/** Options of `convert` alone. */
export const convertOnlyOptions = {
  'boot-test': {
    type: 'boolean',
    default: false,
    describe: 'boot the result under Xen before it is committed',
  },
} as const satisfies Record<string, Options>;

/** Options of `undo` alone. */
export const undoOptions = {
  'discard-changes': {
    type: 'boolean',
    describe:
      'also when the guest has run since, if its file systems are sound with the original blocks; what it wrote there is lost',
  },
  'record-only': {
    type: 'boolean',
    describe: 'flip the record back and leave the disk converted, which still boots as HVM',
    conflicts: 'keep-record',
  },
  'keep-record': { type: 'boolean', describe: 'leave the record alone' },
} as const satisfies Record<string, Options>;

/** What a configuration file or the environment may set. */
export const optionNames: readonly string[] = Object.keys({
  ...commonOptions,
  ...planOptions,
  ...convertOnlyOptions,
  ...fleetOptions,
});

const switchesAmong = (options: Record<string, Options>): string[] =>
  Object.entries(options).flatMap(([name, { type }]) => (type === 'boolean' ? [name] : []));

/** Those of every command that are either on or off. */
export const commonSwitchNames: readonly string[] = switchesAmong(commonOptions);

/** Those of all of them that are. */
export const switchNames: readonly string[] = switchesAmong({
  ...commonOptions,
  ...planOptions,
  ...convertOnlyOptions,
});

export const diskArgument = {
  disk: {
    type: 'string',
    demandOption: true,
    describe: 'the disk image: raw, qcow2 or VHD file, or block device',
  },
} as const satisfies Record<string, Options>;

export type CommonFlags = InferredOptionTypes<typeof commonOptions>;
export type PlanFlags = CommonFlags &
  InferredOptionTypes<typeof planOptions> & {
    sites?: unknown;
    invirt?: unknown;
    xapi?: unknown;
    given?: unknown;
  };

const sitesSchema = z.record(
  z.string(),
  z.strictObject({ netmask: z.string(), gateway: z.string(), dns: z.array(z.string()) }).partial(),
);

/** The options of `convert`, checked and complete. Throws a `UsageError`. */
export function convertOptions(flags: PlanFlags): ConvertOptions {
  const record = parseRecordOption(flags.record);
  if (record.kind === 'invalid') throw new UsageError(record.message, { remedy: record.remedy });
  const { address, netmask, gateway, dns, site } = flags;
  const network = {
    address,
    netmask,
    gateway,
    dns,
    site,
    interface: flags.interface,
    keepDhcp: flags['keep-dhcp'],
  };
  return {
    format: flags.format,
    access: flags.access,
    record: withXapiSettings(withInvirtSettings(flags.record, flags.invirt), flags.xapi),
    request: makeRequest(
      {
        ...network,
        kernel: flags.kernel,
        headers: flags.headers,
        bootWith: flags['boot-with'],
        target: flags.target,
      },
      { ...builtInSites, ...configuredSites(flags.sites) },
      originIn(flags),
    ),
    packages: packageSource(flags),
    replayJournal: flags['replay-journal'],
  };
}

/** The options of commands that look at a guest without changing it: nothing about the network is asked for. */
export function lookOptions(
  flags: CommonFlags & {
    readonly 'boot-with'?: PlanFlags['boot-with'];
    readonly target?: PlanFlags['target'];
  },
): ConvertOptions {
  return {
    format: flags.format,
    access: flags.access,
    record: 'none',
    request: makeRequest({ keepDhcp: true, bootWith: flags['boot-with'], target: flags.target }, {}),
    packages: { kind: 'host', cacheDirectory: flags.cache },
  };
}

function packageSource({ packages, mirror, cache: cacheDirectory }: PlanFlags): PackageSource {
  if (mirror !== undefined) checkMirror(packages, mirror);
  if (packages === 'guest-network') return { kind: 'guest-network' };
  if (packages !== 'host') return { kind: 'folder', path: packages, cacheDirectory };
  return { kind: 'host', cacheDirectory, ...(mirror === undefined ? {} : { mirror }) };
}

function checkMirror(packages: string, mirror: string): void {
  if (packages !== 'host') {
    throw new UsageError(`--mirror has no meaning with --packages ${packages}`, {
      remedy: 'give one of them',
    });
  }
  if (/^https?:\/\/[\w!#$%&()*+,./:;=?@~-]+$/.test(mirror)) return;
  throw new UsageError(`--mirror ${mirror} is not the address of an archive`, {
    remedy: 'write it as http://HOST/debian',
  });
}

function configuredSites(value: unknown): Readonly<Record<string, Site>> {
  const parsed = sitesSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `the sites in the configuration file are not as they should be: ${z.prettifyError(parsed.error)}`,
  );
}
