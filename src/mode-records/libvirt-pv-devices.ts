import type { Conversion } from './libvirt-conversion.js';
import { reasonToDropDevice } from './libvirt-hvm-parts.js';
import { devicesOf } from './libvirt-state.js';
import { attributeOf, childOf, childrenOf, type XmlElement } from './libvirt-xml.js';
import { type Unsupported, unsupported } from './xl-conversion.js';

/** All devices but the disks as a PV domain has them. What isn't known to be for HVM only stays. */
export function convertDevices(conversion: Conversion): Unsupported | undefined {
  const { document, edits, changes } = conversion;
  const devices = childrenOf(document.domain, 'devices').flatMap(({ children }) => children);
  for (const device of devices) {
    const reason = reasonToDropDevice(device);
    if (reason === undefined) continue;
    edits.remove(device);
    changes.push({ key: device.name, reason: `${nameOf(device)} ${reason}` });
  }
  convertCards(conversion);
  convertConsole(conversion);
  for (const balloon of devicesOf(document.domain, 'memballoon')) {
    if (attributeOf(balloon, 'model') !== 'none') edits.setAttribute(balloon, 'model', 'xen');
    edits.removeChildren(balloon, childrenOf(balloon, 'address'));
  }
  return convertPassthrough(conversion);
}

const nameOf = (device: XmlElement): string => {
  const type = attributeOf(device, 'type');
  return type === undefined ? device.name : `${device.name} ${type}`;
};

function convertCards({ document, edits, changes }: Conversion): void {
  for (const card of devicesOf(document.domain, 'interface')) {
    const models = childrenOf(card, 'model').filter((model) => attributeOf(model, 'type') !== 'netfront');
    for (const model of models) {
      edits.remove(model);
      changes.push({ key: 'interface', reason: `${attributeOf(model, 'type')} is an emulated card` });
    }
    for (const part of ['address', 'rom', 'boot']) childrenOf(card, part).forEach(edits.remove);
  }
}

const pvConsole = "<console type='pty'><target type='xen' port='0'/></console>";

/** One console on hvc0: a console of the domain, else in the place of its first serial port. libvirt adds a missing one. */
function convertConsole({ document, edits, changes }: Conversion): void {
  const consoles = devicesOf(document.domain, 'console');
  const serials = devicesOf(document.domain, 'serial');
  const usable = consoles.filter((one) => attributeOf(one, 'type') === 'pty');
  const kept = usable.find((one) => attributeOf(childOf(one, 'target'), 'type') === 'xen') ?? usable[0];
  const [first, ...others] = kept === undefined ? [...serials, ...consoles] : [kept, ...serials, ...consoles];
  if (first === undefined) return;
  for (const other of new Set(others)) {
    if (other === kept) continue;
    edits.remove(other);
    changes.push({ key: other.name, reason: `${other.name} is emulated; a PV domain has the console hvc0` });
  }
  if (kept === undefined) {
    edits.replace(first, pvConsole);
    changes.push({ key: first.name, reason: `${first.name} becomes the console hvc0 of a PV domain` });
    return;
  }
  const target = childOf(kept, 'target');
  // libvirt counts the ports anew, so that the only console is its first one.
  if (attributeOf(target, 'type') === 'xen' && ['0', undefined].includes(attributeOf(target, 'port'))) return;
  if (target === undefined) edits.replace(kept, pvConsole);
  else {
    edits.setAttribute(target, 'type', 'xen');
    edits.setAttribute(target, 'port', '0');
    for (const part of ['address', 'alias']) childrenOf(kept, part).forEach(edits.remove);
  }
  changes.push({ key: 'console', reason: "a PV domain's console is hvc0, of type xen" });
}

/** Xen hands PCI devices to PV domains too; anything else went through the emulated PC. */
function convertPassthrough({ document, edits }: Conversion): Unsupported | undefined {
  for (const device of devicesOf(document.domain, 'hostdev')) {
    const type = attributeOf(device, 'type');
    if (type !== 'pci') {
      return unsupported(
        `it hands a ${type ?? ''} device of the host to the guest through the emulated PC, which a PV domain has none of`,
        'Take that hostdev out of the definition, and find another way for the device.',
      );
    }
    for (const part of ['address', 'rom', 'boot']) childrenOf(device, part).forEach(edits.remove);
  }
  return undefined;
}
