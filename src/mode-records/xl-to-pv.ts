import { type Conversion, type PvConversion, type Unsupported, unsupported } from './xl-conversion.js';
import { editXl } from './xl-edit.js';
import { hvmOnlyKeys } from './xl-hvm-keys.js';
import { pvVif } from './xl-pv-devices.js';
import { convertDisks } from './xl-pv-disks.js';
import { convertType } from './xl-pv-type.js';
import { modeOf } from './xl-state.js';
import { itemsOf, parseXl, settingsOf, stringOf, type XlDocument } from './xl-syntax.js';

/**
 * Turns the xl configuration of an HVM domain into that of a PV domain which boots its first disk through pygrub,
 * without waiting for a key. What an HVM domain alone understands goes; everything else keeps its bytes, comments
 * included. `bootDisk` is the target of the disk to boot, as the file writes it; without it, it is the disk that the
 * BIOS would boot. Total; a converted text is `already-pv`.
 */
export function toPvConfig(text: string, options: { readonly bootDisk?: string } = {}): PvConversion {
  const parsed = parseXl(text);
  if (parsed.kind === 'unreadable') return unsupported(parsed.reason, parsed.remedy);
  const { document } = parsed;
  const mode = modeOf(document);
  if (mode.kind === 'unclear') return unsupported(mode.reason, 'Set type to "hvm" and remove builder.');
  if (mode.mode !== 'hvm') return alreadyPv(document, mode.mode);
  return obstacle(document) ?? convert(document, options.bootDisk);
}

function alreadyPv(document: XlDocument, mode: 'pv' | 'pvh'): PvConversion {
  const starts = ['kernel', 'bootloader', 'firmware'].some((key) => settingsOf(document, key).length > 0);
  if (!starts || isHvmloader(stringOf(document, 'kernel'))) {
    return unsupported(
      'it describes a PV domain that has nothing to boot: neither a bootloader nor a kernel for PV',
      'Set bootloader = "pygrub" and bootloader_args = ["-q"], or type = "hvm" if it is one.',
    );
  }
  const kernel = stringOf(document, 'kernel');
  if (kernel !== undefined && !isPvGrub(kernel)) {
    return unsupported(
      `it is a PV domain that boots the kernel ${kernel} of this host and not the one on the guest's disk`,
      'Set bootloader = "pygrub" and bootloader_args = ["-q"] instead of kernel, ramdisk and root, or use --record none.',
    );
  }
  return { kind: 'already-pv', mode };
}

/** GRUB built for PV or PVH loads the guest's own kernel: grub-x86_64-xen.bin, pvgrub64.bin, pv-grub-x86_64.gz. */
const isPvGrub = (kernel: string): boolean => /grub/.test(kernel.split('/').at(-1) ?? '');

const isHvmloader = (kernel: string | undefined): boolean => kernel?.split('/').at(-1) === 'hvmloader';

/** What an HVM domain can have that has no counterpart which this tool could choose. */
function obstacle(document: XlDocument): Unsupported | undefined {
  const kernel = stringOf(document, 'kernel');
  if (settingsOf(document, 'kernel').length > 0 && !isHvmloader(kernel)) {
    return unsupported(
      `it boots the kernel ${kernel ?? ''} of this host and not the one on the guest's disk`,
      'Remove kernel and ramdisk, make sure that the guest boots from its disk as HVM, and try again.',
    );
  }
  if (itemsOf(document, 'vnuma').length > 0) {
    return unsupported(
      'it sets vnuma, which Xen refuses for PV domains',
      'Remove vnuma and set memory and vcpus.',
    );
  }
  const added = ['type', 'builder', 'bootloader', 'bootloader_args'].find((key) =>
    settingsOf(document, key).some((setting) => setting.operator === '+='),
  );
  return added === undefined
    ? undefined
    : unsupported(`it builds ${added} up with +=`, `Write ${added} as one value with =.`);
}

function convert(document: XlDocument, bootDisk: string | undefined): PvConversion {
  const conversion = { document, edits: editXl(document), changes: [] };
  convertType(conversion);
  const trouble = convertDisks(conversion, bootDisk) ?? convertVifs(conversion);
  if (trouble !== undefined) return trouble;
  removeHvmOnlyKeys(conversion);
  return { kind: 'converted', text: conversion.edits.print(), changes: conversion.changes };
}

function convertVifs({ document, edits, changes }: Conversion): Unsupported | undefined {
  for (const { value } of settingsOf(document, 'vif')) {
    if (value.kind === 'atom') return unsupported('its "vif" is no list', 'Write vif = [ "…" ].');
    for (const item of value.items) {
      if (item.kind === 'list') return unsupported('a "vif" is a list', 'Write each vif as one string.');
      const text = pvVif(item.text);
      if (text === item.text) continue;
      edits.setString(item, text);
      changes.push({
        key: 'vif',
        reason: 'type and model ask for an emulated card, which xl refuses for PV',
      });
    }
  }
  return undefined;
}

const hvmloader = 'is the firmware of an HVM domain; pygrub takes the kernel from the disk';

function removeHvmOnlyKeys({ document, edits, changes }: Conversion): void {
  for (const setting of document.settings) {
    const reason = setting.name === 'kernel' ? hvmloader : hvmOnlyKeys.get(setting.name);
    if (reason === undefined) continue;
    edits.removeSetting(setting);
    changes.push({ key: setting.name, reason: `${setting.name} ${reason}` });
  }
}
