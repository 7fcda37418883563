import { bootSettings, type RecordBoot } from './record-boot.js';
import { type Conversion, type PvConversion, type Unsupported, unsupported } from './xl-conversion.js';
import { editXl } from './xl-edit.js';
import { hvmOnlyKeys } from './xl-hvm-keys.js';
import { pvVif } from './xl-pv-devices.js';
import { convertDisks } from './xl-pv-disks.js';
import { convertType } from './xl-pv-type.js';
import { modeOf } from './xl-state.js';
import { encodeXlString } from './xl-strings.js';
import { itemsOf, parseXl, settingsOf, stringOf, type XlDocument } from './xl-syntax.js';

export interface PvOptions {
  readonly bootDisk?: string;
  readonly boot?: RecordBoot;
}

/**
 * Turns the xl configuration of an HVM domain into that of a PV domain which boots from its first disk, without waiting
 * for a key. What an HVM domain alone understands goes; everything else keeps its bytes, comments
 * included. `bootDisk` is the target of the disk to boot, as the file writes it; without it, it is the disk that the
 * BIOS would boot. `boot` is how the domain finds its kernel: by pygrub unless said. Total; a converted text is `already-pv`.
 */
export function toPvConfig(text: string, options: PvOptions = {}): PvConversion {
  const parsed = parseXl(text);
  if (parsed.kind === 'unreadable') return unsupported(parsed.reason, parsed.remedy);
  const { document } = parsed;
  const mode = modeOf(document);
  if (mode.kind === 'unclear') return unsupported(mode.reason, 'Set type to "hvm" and remove builder.');
  if (mode.mode === 'pv' && options.boot?.target === 'pvh') return notPvh;
  if (mode.mode !== 'hvm') return alreadyPv(document, mode.mode, options.boot);
  return obstacle(document) ?? convert(document, options);
}

/** The two differ in this one word, and who has chosen PV may have had a reason. */
const notPvh = unsupported(
  'it describes a PV domain, and a PVH one was asked for',
  'Set type = "pvh", or leave --target pvh out.',
);

function alreadyPv(document: XlDocument, mode: 'pv' | 'pvh', boot: RecordBoot | undefined): PvConversion {
  const starts = ['kernel', 'bootloader', 'firmware'].some((key) => settingsOf(document, key).length > 0);
  if (!starts || isHvmloader(stringOf(document, 'kernel'))) {
    return unsupported(
      'it describes a PV domain that has nothing to boot: neither a bootloader nor a kernel for PV',
      'Set bootloader = "pygrub" and bootloader_args = ["-q"], or type = "hvm" if it is one.',
    );
  }
  return wrongWay(document, boot) ?? { kind: 'already-pv', mode };
}

/** A PV domain that finds its kernel in another way than the guest needs. `boot` is undefined before that is known. */
function wrongWay(document: XlDocument, boot: RecordBoot | undefined): Unsupported | undefined {
  const kernel = stringOf(document, 'kernel');
  if (boot === undefined || (boot.kind === 'kernel' && kernel === boot.kernel)) return undefined;
  if (kernel !== undefined && !isPvGrub(kernel)) {
    return unsupported(
      `it is a PV domain that boots the kernel ${kernel} of this host and not the one on the guest's disk`,
      `Set ${describe(boot)} instead of kernel, ramdisk and root, or use --record none.`,
    );
  }
  if (boot.kind === 'pygrub' || (boot.kind === 'pvgrub2' && kernel !== undefined)) return undefined;
  return unsupported(
    'it is a PV domain whose boot loader is not the one that the guest needs',
    `Set ${describe(boot)} instead of bootloader and bootloader_args, or use --record none.`,
  );
}

function describe(boot: RecordBoot): string {
  const settings = bootSettings(boot).map(({ name, value }) => `${name} = ${encodeXlString(value)}`);
  return [...settings, ...(boot.kind === 'pygrub' ? ['bootloader_args = ["-q"]'] : [])].join(' and ');
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
  const added = ['type', 'builder', 'bootloader', 'bootloader_args', 'ramdisk', 'cmdline'].find((key) =>
    settingsOf(document, key).some((setting) => setting.operator === '+='),
  );
  return added === undefined
    ? undefined
    : unsupported(`it builds ${added} up with +=`, `Write ${added} as one value with =.`);
}

function convert(document: XlDocument, { bootDisk, boot = { kind: 'pygrub' } }: PvOptions): PvConversion {
  const conversion = { document, edits: editXl(document), boot, changes: [] };
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

const hvmloader = 'is the firmware of an HVM domain';

function removeHvmOnlyKeys({ document, edits, changes }: Conversion): void {
  for (const setting of document.settings) {
    const reason = setting.name === 'kernel' ? hvmloader : hvmOnlyKeys.get(setting.name);
    if (reason === undefined) continue;
    edits.removeSetting(setting);
    changes.push({ key: setting.name, reason: `${setting.name} ${reason}` });
  }
}
