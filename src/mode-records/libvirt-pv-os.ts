import type { Conversion } from './libvirt-conversion.js';
import { hvmFeatures, hvmParts, osParts } from './libvirt-hvm-parts.js';
import { attributeOf, childOf, childrenOf, type XmlElement } from './libvirt-xml.js';
import { bootSettings } from './record-boot.js';
import { xmlElement } from './xml-edit.js';

/** What libvirt calls the settings of a way to boot. `bootloader` stands beside `os`, the others in it. */
const osNames = { kernel: 'kernel', ramdisk: 'initrd', cmdline: 'cmdline' } as const;

/** Makes everything but the devices that of a PV domain which boots in the wanted way. */
export function convertSystem(conversion: Conversion): void {
  const { document, edits, changes } = conversion;
  const { domain } = document;
  const os = childOf(domain, 'os');
  if (os === undefined) return;
  convertType(conversion, os);
  for (const part of os.children) {
    const reason = osParts.get(part.name);
    if (reason === undefined) continue;
    edits.remove(part);
    changes.push({ key: part.name, reason: `${part.name} ${reason}` });
  }
  setBootWay(conversion, os);
  for (const part of domain.children) {
    const reason = hvmParts.get(part.name);
    if (reason === undefined) continue;
    edits.remove(part);
    changes.push({ key: part.name, reason: `${part.name} ${reason}` });
  }
  removeFeatures(conversion);
  convertClock(conversion);
}

/** What libvirt calls type and machine (virDomainOSType in domain_conf.c; docs/schemas/domaincommon.rng). */
const systems = {
  pv: { type: 'linux', machine: 'xenpv' },
  pvh: { type: 'xenpvh', machine: 'xenpvh' },
} as const;

function convertType({ edits, boot, changes }: Conversion, os: XmlElement): void {
  const { target = 'pv' } = boot;
  const system = systems[target];
  const type = childOf(os, 'type');
  if (type === undefined) return;
  // The guest is a 64-bit one, or it would have been refused; an HVM domain may call itself anything.
  if (attributeOf(type, 'arch') !== undefined) edits.setAttribute(type, 'arch', 'x86_64');
  edits.setAttribute(type, 'machine', system.machine);
  edits.setText(type, system.type);
  if (attributeOf(os, 'firmware') !== undefined) edits.removeAttribute(os, 'firmware');
  const reason = `a ${target.toUpperCase()} domain's type is ${system.type}, its machine ${system.machine}`;
  changes.push({ key: 'os', reason });
}

function setBootWay({ document, edits, boot, changes }: Conversion, os: XmlElement): void {
  for (const name of ['bootloader', 'bootloader_args']) {
    for (const old of childrenOf(document.domain, name)) edits.remove(old);
  }
  const inOs: string[] = [];
  for (const { name, value, reason } of bootSettings(boot)) {
    changes.push({ key: name, reason });
    if (name !== 'bootloader') inOs.push(xmlElement(osNames[name], value));
    else {
      const loader = [xmlElement('bootloader', value), xmlElement('bootloader_args', '-q')];
      edits.insert(loader, 'before', os);
      changes.push({ key: 'bootloader_args', reason: '-q: boot at once, wait for no key' });
    }
  }
  const type = childOf(os, 'type');
  if (type !== undefined && inOs.length > 0) edits.insert(inOs, 'behind', type);
}

function removeFeatures({ document, edits, changes }: Conversion): void {
  for (const features of childrenOf(document.domain, 'features')) {
    const gone = features.children.filter(({ name }) => hvmFeatures.has(name));
    const isAll = gone.length === features.children.length && !hasComment(document.source, features);
    if (isAll) edits.remove(features);
    else edits.removeChildren(features, gone);
    const names = gone.map(({ name }) => name).join(', ');
    if (gone.length > 0) changes.push({ key: 'features', reason: `${names}: features of an HVM domain` });
  }
}

const hasComment = (source: string, { span }: XmlElement): boolean =>
  source.slice(span.contentStart, span.contentEnd).includes('<!--');

/**
 * How the time stamp counter behaves holds for PV as well (libxl_conf.c). An offset that an emulated clock has gathered
 * doesn't: libvirt calls it unsupported for PV (xenFormatTimeOffset in xen_common.c).
 */
function convertClock({ document, edits, changes }: Conversion): void {
  for (const clock of childrenOf(document.domain, 'clock')) {
    const gone = childrenOf(clock, 'timer').filter((timer) => attributeOf(timer, 'name') !== 'tsc');
    edits.removeChildren(clock, gone);
    const names = gone.map((timer) => attributeOf(timer, 'name')).join(', ');
    if (gone.length > 0) changes.push({ key: 'clock', reason: `${names}: timers of an HVM domain` });
    if (attributeOf(clock, 'offset') !== 'variable') continue;
    edits.setAttribute(clock, 'offset', 'utc');
    for (const name of ['adjustment', 'basis']) edits.removeAttribute(clock, name);
    changes.push({
      key: 'clock',
      reason: "a PV domain has Xen's clock, and no emulated one whose offset varies",
    });
  }
}
