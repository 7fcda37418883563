import { DOMParser, type Element } from '@xmldom/xmldom';
import type { DomainDisk } from '../host-domains/domain.js';

/** A disk that is a volume of one of libvirt's storage pools. */
export interface PoolVolume {
  readonly pool: string;
  readonly volume: string;
  readonly isQcow2: boolean;
}

/** What libvirt's description of a domain says about its disks. */
export interface XmlDomain {
  readonly name: string;
  readonly uuid: string;
  /** Layers below a disk's first file are among them where libvirt names them (`backingStore`, `mirror`). */
  readonly disks: readonly DomainDisk[];
  readonly volumes: readonly PoolVolume[];
}

/** Reads a `<domain>` of libvirt (formatdomain.html), also inside a save file's; undefined for anything else. */
export function parseDomainXml(xml: string): XmlDomain | undefined {
  const root = rootOf(xml);
  const domain = root?.tagName === 'domain' ? root : root?.getElementsByTagName('domain')[0];
  if (domain === undefined) return undefined;
  const disks = [...domain.getElementsByTagName('disk')].flatMap(sourcesOf);
  return {
    name: textOf(domain, 'name'),
    uuid: textOf(domain, 'uuid'),
    disks: disks.flatMap((disk) => ('path' in disk ? [disk] : [])),
    volumes: disks.flatMap((disk) => ('pool' in disk ? [disk] : [])),
  };
}

function rootOf(xml: string): Element | undefined {
  const parser = new DOMParser({ onError: () => {} });
  try {
    return parser.parseFromString(xml, 'text/xml').documentElement ?? undefined;
  } catch {
    return undefined;
  }
}

const textOf = (domain: Element, tag: string): string =>
  domain.getElementsByTagName(tag)[0]?.textContent ?? '';

type Source = (DomainDisk & { readonly path: string }) | PoolVolume;

/** What is neither a file nor a device nor a volume is on another host. */
function sourcesOf(disk: Element): Source[] {
  const isQcow2 = disk.getElementsByTagName('driver')[0]?.getAttribute('type') === 'qcow2';
  return [...disk.getElementsByTagName('source')].flatMap((source): Source[] => {
    const path = source.getAttribute('file') ?? source.getAttribute('dev');
    if (path) return [{ path, isQcow2 }];
    const [pool, volume] = [source.getAttribute('pool'), source.getAttribute('volume')];
    return pool && volume ? [{ pool, volume, isQcow2 }] : [];
  });
}
