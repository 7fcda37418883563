import ipaddr from 'ipaddr.js';
import { UsageError } from './errors.js';
import type { BootWay, KernelCompression, KernelRequest, NetworkRequest, Request } from './model.js';

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

/**
 * Checks the options and makes them complete. A flag beats its site's value. Throws a `UsageError` for anything that
 * isn't an IPv4 address or mask, for an unknown site, for an address outside of its gateway's network, and for one
 * that no machine can have in its network.
 */
export function makeRequest(
  flags: NetworkFlags & KernelFlags,
  sites: Readonly<Record<string, Site>>,
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
  checkTogether(network);
  return {
    network,
    kernel: kernelRequest(flags),
    boot: { way: flags.bootWith ?? 'auto', cannotUnpack: flags.cannotUnpack ?? [] },
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

function checkTogether({ policy, address, prefix, gateway }: NetworkRequest): void {
  if (policy === 'keep-dhcp' && address !== undefined) {
    throw new UsageError('--keep-dhcp and --address contradict each other', { remedy: 'give one of them' });
  }
  if (address === undefined) return;
  if (prefix === undefined) {
    throw new UsageError(`--address ${address} comes without its network`, {
      remedy: `write --address ${address}/16, or give --netmask or --site`,
    });
  }
  checkIsHost(`${address}/${prefix}`, address, prefix);
  if (gateway === undefined) return;
  const isInside = ipaddr.IPv4.parse(gateway).match(ipaddr.IPv4.parse(address), prefix);
  if (!isInside || gateway === address) {
    throw new UsageError(`the address ${address}/${prefix} and the gateway ${gateway} don't fit together`, {
      remedy: 'the gateway must be another address of the same network',
    });
  }
}

/** A network of two addresses or one has no address of its own (RFC 3021). */
function checkIsHost(text: string, address: string, prefix: number): void {
  const reserved = [ipaddr.IPv4.networkAddressFromCIDR(text), ipaddr.IPv4.broadcastAddressFromCIDR(text)];
  if (prefix > 30 || !reserved.some((each) => each.toString() === address)) return;
  throw new UsageError(`the address ${text} is that of the network itself, not of a machine in it`, {
    remedy: "give the guest's own address",
  });
}
