import { attributeOf, childOf, childrenOf, type XmlDocument, type XmlElement } from './libvirt-xml.js';
import type { DomainMode, RecordDisk, RecordState, RecordVif } from './mode-record.js';

/** What kind of domain a definition describes, or why that isn't clear. */
export type LibvirtMode =
  | { readonly kind: 'mode'; readonly mode: DomainMode }
  | { readonly kind: 'unclear'; readonly reason: string; readonly remedy: string };

/** `xen` is what libvirt's capabilities call PV, `linux` what it has always written for it (domain_conf.c). */
const modes: ReadonlyMap<string, DomainMode> = new Map([
  ['hvm', 'hvm'],
  ['linux', 'pv'],
  ['xen', 'pv'],
  ['xenpvh', 'pvh'],
]);

/** The mode as libvirt's driver for Xen finds it. A definition of old may have a boot loader and no `os`: that is PV. */
export function modeOf({ domain }: XmlDocument): LibvirtMode {
  const type = attributeOf(domain, 'type');
  if (type !== 'xen') {
    return unclear(
      `it describes a domain of type ${type ?? '(none)'} and not of Xen`,
      'Name the definition of the Xen domain.',
    );
  }
  const systems = childrenOf(domain, 'os');
  if (systems.length > 1) return unclear('it has several <os>', 'Leave the one that is meant.');
  const types = systems.flatMap((os) => childrenOf(os, 'type'));
  const [found] = types;
  if (found === undefined && childOf(domain, 'bootloader') !== undefined) return { kind: 'mode', mode: 'pv' };
  const mode = types.length === 1 ? modes.get(found?.text ?? '') : undefined;
  return mode === undefined
    ? unclear(`its os/type is ${types.map(({ text }) => `"${text}"`).join(' and ') || 'missing'}`, setType)
    : { kind: 'mode', mode };
}

const setType = 'Set os/type to "hvm" or "linux".';

const unclear = (reason: string, remedy: string) => ({ kind: 'unclear', reason, remedy }) as const;

/** The devices of one kind. Several `devices` count as one, as for libvirt. */
export const devicesOf = (domain: XmlElement, name: string): XmlElement[] =>
  childrenOf(domain, 'devices').flatMap((devices) => childrenOf(devices, name));

/** What a definition says about its domain. */
export const stateOf = ({ domain }: XmlDocument, mode: DomainMode): RecordState => ({
  mode,
  domain: childOf(domain, 'name')?.text ?? '',
  disks: devicesOf(domain, 'disk').map(diskOf),
  vifs: devicesOf(domain, 'interface').map(vifOf),
});

/** A disk as a record has it. `script` is set where the source is no path of this host. */
export function diskOf(disk: XmlElement): RecordDisk {
  const source = sourceOf(disk);
  const cdrom = attributeOf(disk, 'device') === 'cdrom';
  const format = attributeOf(childOf(disk, 'driver'), 'type') ?? 'raw';
  return {
    ...source,
    device: attributeOf(childOf(disk, 'target'), 'dev') ?? '',
    format: cdrom && source.target === '' ? 'empty' : format,
    readOnly: cdrom || childOf(disk, 'readonly') !== undefined,
    cdrom,
  };
}

function sourceOf(disk: XmlElement): { readonly target: string; readonly script?: string } {
  const source = childOf(disk, 'source');
  const of = (name: string) => attributeOf(source, name) ?? '';
  const backend = attributeOf(childOf(disk, 'backenddomain'), 'name');
  switch (attributeOf(disk, 'type')) {
    case 'network':
      return { target: `${of('protocol')}:${of('name')}`, script: 'network' };
    case 'volume':
      return { target: `${of('pool')}/${of('volume')}`, script: 'storage pool' };
    default: {
      const target = of('file') || of('dev') || of('dir');
      return backend === undefined ? { target } : { target, script: `driver domain ${backend}` };
    }
  }
}

function vifOf(card: XmlElement): RecordVif {
  const mac = attributeOf(childOf(card, 'mac'), 'address');
  const bridge = attributeOf(childOf(card, 'source'), 'bridge');
  const ip = childrenOf(card, 'ip').flatMap((one) => {
    const prefix = attributeOf(one, 'prefix');
    const address = attributeOf(one, 'address');
    return address === undefined || prefix === undefined ? (address ?? []) : `${address}/${prefix}`;
  });
  return {
    ...(mac === undefined ? {} : { mac }),
    ...(bridge === undefined ? {} : { bridge }),
    ...(ip.length === 0 ? {} : { ip: ip.join(' ') }),
  };
}
