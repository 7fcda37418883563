import ipaddr from 'ipaddr.js';
import { UsageError } from './errors.js';
import type {
  BootWay,
  KernelCompression,
  KernelRequest,
  NetworkRequest,
  Origin,
  Request,
  RequestValue,
} from './model.js';
import { misfit } from './network-fit.js';

/** The network options as they come from the command line, the environment or the configuration file. */
export interface NetworkFlags {
  readonly address?: string | undefined;
  readonly netmask?: string | undefined;
  readonly gateway?: string | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly interface?: string | undefined;
  readonly keepDhcp?: boolean | undefined;
  readonly site?: string | undefined;
}

/** The options that concern the kernel and who finds it. */
export interface KernelFlags {
  /** `auto`, `install` or the name of a package. */
  readonly kernel?: string | undefined;
  readonly headers?: boolean | undefined;
  readonly bootWith?: 'auto' | BootWay | undefined;
  readonly cannotUnpack?: readonly KernelCompression[] | undefined;
  readonly target?: 'pv' | 'pvh' | undefined;
}

/** A named set of network values that the guests of one site share. */
export interface Site {
  readonly netmask?: string | undefined;
  readonly gateway?: string | undefined;
  readonly dns?: readonly string[] | undefined;
}

/** The sites that are built in: the origin page's own. A configuration file adds more. */
export const builtInSites: Readonly<Record<string, Site>> = {
  xvm: { netmask: '255.255.0.0', gateway: '18.181.0.1' },
};

/** Who gave an option: the command line, the environment or the configuration file. */
export type OriginOf = (option: string) => Origin;

/**
 * Checks the options and makes them complete. A flag beats its site's value; `originOf` tells who gave a flag. Throws a `UsageError` for anything that
 * isn't an IPv4 address or mask, for an unknown site, for an address outside of its gateway's network, and for one
 * that no machine can have in its network.
 */
export function makeRequest(
  flags: NetworkFlags & KernelFlags,
  sites: Readonly<Record<string, Site>>,
  originOf: OriginOf = () => 'command line',
): Request {
  const site = siteOf(flags.site, sites);
  const [address, ownPrefix] = splitAddress(flags.address);
  const prefix = prefixOf(flags.netmask) ?? ownPrefix ?? prefixOf(site.netmask);
  const gateway = checkAddress('--gateway', flags.gateway ?? site.gateway);
  const dns = (flags.dns ?? site.dns ?? [])
    .flatMap((item) => item.split(','))
    .map((item) => checkAnyAddress('--dns', item));
  if (flags.netmask !== undefined && ownPrefix !== undefined && prefix !== ownPrefix) {
    throw new UsageError(`--address says /${ownPrefix} and --netmask ${flags.netmask}`, {
      remedy: 'say it once',
    });
  }
  const network: NetworkRequest = {
    policy: flags.keepDhcp === true ? 'keep-dhcp' : 'static',
    ...(address === undefined ? {} : { address }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(gateway === undefined ? {} : { gateway }),
    dns,
    ...(flags.interface === undefined ? {} : { interface: flags.interface }),
  };
  const wrong = misfit(network);
  if (wrong !== undefined) throw new UsageError(wrong.message, { remedy: wrong.remedy });
  return {
    network,
    values: network.policy === 'static' ? valuesOf(network, flags, originOf) : [],
    kernel: kernelRequest(flags),
    boot: {
      way: flags.bootWith ?? 'auto',
      cannotUnpack: flags.cannotUnpack ?? [],
      ...(flags.target === 'pvh' ? { target: flags.target } : {}),
    },
  };
}

/** Names of Debian packages begin with a letter or digit and hold these characters only (Debian Policy 5.6.1). */
function kernelRequest({ kernel = 'auto', headers = true }: KernelFlags): KernelRequest {
  if (kernel === 'auto') return { install: 'if-needed', headers };
  if (kernel === 'install') return { install: 'always', headers };
  if (/^[a-z0-9][a-z0-9+.-]+$/.test(kernel)) return { install: 'always', package: kernel, headers };
  throw new UsageError(`--kernel ${kernel} is not the name of a package`, {
    remedy: 'write auto, install, or a name like linux-image-amd64',
  });
}

/** What of a network was said, and by whom: what isn't a flag is the site's. */
function valuesOf(network: NetworkRequest, flags: NetworkFlags, originOf: OriginOf): RequestValue[] {
  const { address, prefix, gateway, dns } = network;
  const netmask = flags.netmask === undefined && flags.address?.includes('/') ? 'address' : 'netmask';
  const rows = [
    ['address', 'address', address],
    ['netmask', netmask, prefix && ipaddr.IPv4.subnetMaskFromPrefixLength(prefix).toString()],
    ['gateway', 'gateway', gateway],
    ['dns', 'dns', dns.join(', ')],
    ['interface', 'interface', network.interface],
  ] as const;
  return rows.flatMap(([name, option, value]) => {
    if (value === undefined || value === '' || value === 0) return [];
    if (flags[option] !== undefined) return [{ name, value, origin: originOf(option) }];
    return [{ name, value, origin: 'site', ...(flags.site === undefined ? {} : { where: flags.site }) }];
  });
}

function siteOf(name: string | undefined, sites: Readonly<Record<string, Site>>): Site {
  if (name === undefined) return {};
  const site = Object.hasOwn(sites, name) ? sites[name] : undefined;
  if (site !== undefined) return site;
  throw new UsageError(`the site ${name} is not known`, {
    remedy: `known sites: ${Object.keys(sites).sort().join(', ')}`,
  });
}

function splitAddress(text: string | undefined): [string | undefined, number | undefined] {
  if (text === undefined) return [undefined, undefined];
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0) throw new UsageError(`--address ${text} is not an IPv4 address`);
  return [checkAddress('--address', address), prefix === undefined ? undefined : checkPrefix(text, prefix)];
}

function checkPrefix(text: string, prefix: string): number {
  if (/^\d{1,2}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= 32) return Number(prefix);
  return prefixOf(prefix, `--address ${text}`) ?? 32;
}

/** Only the four-part decimal form: 18.181.1 and 0x12.1.1.1 are valid for C libraries and a surprise for people. */
function checkAddress(option: string, text: string | undefined): string | undefined {
  if (text === undefined || ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  throw new UsageError(`${option} ${text} is not an IPv4 address`, { remedy: 'write it as 18.181.3.4' });
}

function checkAnyAddress(option: string, text: string): string {
  if (ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)) return text;
  throw new UsageError(`${option} ${text} is not an IP address`, { remedy: 'write it as 18.70.0.160' });
}

function prefixOf(netmask: string | undefined, option = `--netmask ${netmask}`): number | undefined {
  if (netmask === undefined) return undefined;
  const prefix = ipaddr.IPv4.isValidFourPartDecimal(netmask)
    ? ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask()
    : null;
  if (prefix !== null && prefix > 0) return prefix;
  throw new UsageError(`${option} is not a netmask`, { remedy: 'write it as 255.255.0.0' });
}
