import { parseDomain, type XmlElement } from './libvirt-xml.js';

/**
 * Elements that libvirt adds by itself when a definition hasn't got them (libxlDomainDefPostParse, domain_conf.c). Tried
 * by hand with what libvirt 9.0 and its driver for Xen print after a define, in a dom0 of Xen 4.17.
 */
const addedElements = new Set([
  ...[
    'address',
    'alias',
    'uuid',
    'emulator',
    'console',
    'serial',
    'controller',
    'input',
    'memballoon',
    'audio',
  ],
  ...[
    'currentMemory',
    'vcpu',
    'driver',
    'mac',
    'clock',
    'on_poweroff',
    'on_reboot',
    'on_crash',
    'features',
    'target',
  ],
]);

/** The same of attributes. */
const addedAttributes = new Set([
  ...[
    'unit',
    'device',
    'placement',
    'arch',
    'machine',
    'name',
    'type',
    'port',
    'bus',
    'index',
    'model',
    'adjustment',
    'basis',
  ],
]);

/**
 * Whether a definition that libvirt gives back is the one that it was given. libvirt prints its own words: it sorts,
 * drops comments and fills in what was left out. So everything that was given must be there, with the same values, in any order,
 * and what there is beyond that must be of the kinds that libvirt adds by itself. A disk or a card that somebody added
 * is none of them, nor is another value.
 */
export function isSameDomain(given: string, found: string): boolean {
  if (given === found) return true;
  const [wanted, printed] = [parseDomain(given), parseDomain(found)];
  if (wanted.kind !== 'parsed' || printed.kind !== 'parsed') return false;
  return isWithin(wanted.document.domain, printed.document.domain);
}

function isWithin(given: XmlElement, found: XmlElement): boolean {
  if (given.name !== found.name || !haveSameText(given, found) || !haveSameAttributes(given, found))
    return false;
  const rest = [...found.children];
  for (const child of given.children) {
    const at = rest.findIndex((one) => isWithin(child, one));
    if (at === -1) return false;
    rest.splice(at, 1);
  }
  return rest.every(({ name }) => addedElements.has(name));
}

/** Between elements there are only blanks, which libvirt writes as it likes. */
const haveSameText = (given: XmlElement, found: XmlElement): boolean =>
  given.children.length === 0 && found.children.length === 0
    ? given.text === found.text
    : given.text.trim() === found.text.trim();

function haveSameAttributes(given: XmlElement, found: XmlElement): boolean {
  const values = new Map(found.attributes.map(({ name, value }) => [name, value]));
  const isThere = given.attributes.every(({ name, value }) => values.get(name) === value);
  const names = new Set(given.attributes.map(({ name }) => name));
  return isThere && [...values.keys()].every((name) => names.has(name) || addedAttributes.has(name));
}
