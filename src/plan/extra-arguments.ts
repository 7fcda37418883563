import { parameterValues, parseCommandLine, printCommandLine } from '../guest-files/kernel-command-line.js';
import type { Facts } from '../model.js';
import { createDeviceMap, isOnImage } from './device-names.js';
import { isHardwareName } from './devices/hardware-name.js';
import { bootablePvKernels } from './pv-kernels.js';

/**
 * What the kernel command line of a PV guest needs beyond `toPvCommandLine`, to be added by `addArguments`. So far: a
 * device to resume from whose name in the initramfs is an emulated disk's. initramfs-tools waits 30 seconds for it
 * (scripts/local, local_device_setup) unless the command line says otherwise (init, `resume=` and `noresume`), and
 * that spares writing the initramfs anew. Empty for most guests.
 */
export function extraArguments(facts: Facts): readonly string[] {
  const map = createDeviceMap(facts);
  for (const { initramfs } of bootablePvKernels(facts)) {
    const device = resumeDevice(initramfs?.texts ?? new Map());
    if (isHardwareName(device)) return ['noresume'];
    const name = map(device);
    if (name !== undefined) return [isOnImage(name, facts) ? `resume=${name}` : 'noresume'];
  }
  return [];
}

/** As the initramfs sources them: initramfs.conf, then conf.d in the order of names; the last one counts. */
function resumeDevice(texts: ReadonlyMap<string, string>): string {
  const files = [...texts].filter(([path]) => path.startsWith('conf/conf.d/')).sort();
  const lines = [texts.get('conf/initramfs.conf') ?? '', ...files.map(([, text]) => text)].flatMap(
    (text) => text.match(/^[ \t]*(?:export[ \t]+)?RESUME=.*$/gm) ?? [],
  );
  return /RESUME=["']?([^"'\s]*)/.exec(lines.at(-1) ?? '')?.[1] ?? '';
}

/**
 * Adds the arguments, before ` --`, unless the text says already what to resume from or is for repair, which waits
 * where it must. Twice adds nothing more.
 */
export function addArguments(commandLine: string, extra: readonly string[]): string {
  if (extra.length === 0 || saysResume(commandLine) || isForRepair(commandLine)) return commandLine;
  const pieces = parseCommandLine(commandLine).filter(({ raw }) => raw !== '');
  const end = pieces.findIndex(({ raw }) => raw === '--');
  const at = end < 0 ? pieces.length : end;
  const spaced = (raw: string) => ({ space: ' ', raw });
  const added = [
    ...pieces.slice(0, at),
    ...extra.map(spaced),
    ...pieces.slice(at).map(({ raw }) => spaced(raw)),
  ];
  const [first, ...rest] = added;
  return printCommandLine(first === undefined || at > 0 ? added : [{ ...first, space: '' }, ...rest]);
}

/** Whether the text has `resume=` or `noresume`. */
export const saysResume = (commandLine: string): boolean =>
  ['resume', 'noresume'].some((name) => parameterValues(commandLine, name).length > 0);

const isForRepair = (commandLine: string): boolean =>
  ['single', 'recovery', 'emergency', 'rescue', 's', 'S', '1'].some(
    (name) => parameterValues(commandLine, name).length > 0,
  );
