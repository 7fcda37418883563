/** One parameter of a kernel command line, with the blanks before it. `space + raw` of all pieces is the text. */
export interface CommandLinePiece {
  readonly space: string;
  /** As written, quotes included; empty only in the last piece, which then carries trailing blanks. */
  readonly raw: string;
}

export interface PvCommandLineOptions {
  readonly console: 'hvc0' | 'xvc0';
  /** What a device path is called under PV, or undefined to keep it. Asked for paths below /dev only. */
  readonly mapDevice: (path: string) => string | undefined;
}

/** Splits as the kernel does: at blanks outside double quotes, without escapes (lib/cmdline.c, next_arg). */
export function parseCommandLine(text: string): CommandLinePiece[] {
  const pieces: CommandLinePiece[] = [];
  let at = 0;
  while (at < text.length) {
    const start = endOf(blanks, text, at);
    let end = start;
    for (let next = endOf(run, text, end); next > end; next = endOf(run, text, end)) end = next;
    pieces.push({ space: text.slice(at, start), raw: text.slice(start, end) });
    at = end;
  }
  return pieces;
}

const blanks = /[ \t\n\v\f\r]*/y;
const run = /[^" \t\n\v\f\r]+|"[^"]*"?/y;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

/** The text that was parsed, if the pieces are the parsed ones. */
export function printCommandLine(pieces: readonly CommandLinePiece[]): string {
  return pieces.map(({ space, raw }) => space + raw).join('');
}

/**
 * Name and value as the kernel sees them: quotes around the whole parameter or its value are taken off, and `-` in
 * a name counts as `_` (kernel/params.c, parameq). The value is undefined when there is no `=`.
 */
export function readParameter(raw: string): { readonly name: string; readonly value: string | undefined } {
  const text = withoutQuotes(raw);
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).replaceAll('-', '_');
  return { name, value: equals < 0 ? undefined : withoutQuotes(text.slice(equals + 1)) };
}

function withoutQuotes(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.length > 1 && text.endsWith('"') ? text.slice(1, -1) : text.slice(1);
}

/** The values of every parameter of that name, in order; a parameter without `=` counts as ''. */
export function parameterValues(text: string, name: string): string[] {
  return kernelPart(parseCommandLine(text))
    .map(({ raw }) => readParameter(raw))
    .filter((parameter) => parameter.name === name.replaceAll('-', '_'))
    .map(({ value }) => value ?? '');
}

/** Makes `name=value` the only parameter of its name: in the place of the first one, else before ` --`, an open quote, or at the end. */
export function setParameter(text: string, name: string, value: string): string {
  const wanted = /[ \t\n\v\f\r]/.test(value) ? `${name}="${value}"` : `${name}=${value}`;
  const isIt = ofName(name);
  let found = false;
  const replaced = mapParameters(text, (raw) => {
    if (!isIt(raw)) return raw;
    const first = !found;
    found = true;
    return first ? wanted : undefined;
  });
  return found ? replaced : insertParameter(text, wanted);
}

/** Drops every parameter of that name. */
export function removeParameter(text: string, name: string): string {
  const isIt = ofName(name);
  return mapParameters(text, (raw) => (isIt(raw) ? undefined : raw));
}

const ofName = (name: string) => (raw: string) => readParameter(raw).name === name.replaceAll('-', '_');

function insertParameter(text: string, wanted: string): string {
  const pieces = parseCommandLine(text);
  const own = kernelPart(pieces).filter(({ raw }) => raw !== '');
  // Behind a quote that nothing closes it would be a part of that parameter.
  const isOpen = (own.at(-1)?.raw.split('"').length ?? 1) % 2 === 0;
  const at = isOpen ? own.length - 1 : own.length;
  return printCommandLine([
    ...pieces.slice(0, at),
    { space: at === 0 ? '' : ' ', raw: wanted },
    ...pieces
      .slice(at)
      .map((piece, index) => (at + index === 0 && piece.space === '' ? { ...piece, space: ' ' } : piece)),
  ]);
}

/**
 * Replaces each parameter by what `map` says, or drops it with the blanks before it (behind it, if it is the first).
 * What stands behind `--` belongs to init and is left alone. Where `map` changes nothing, no byte changes.
 */
function mapParameters(text: string, map: (raw: string, index: number) => string | undefined): string {
  const pieces = parseCommandLine(text);
  const forKernel = kernelPart(pieces).length;
  const kept: CommandLinePiece[] = [];
  let firstSpace: string | undefined;
  pieces.forEach((piece, index) => {
    const raw = piece.raw === '' || index >= forKernel ? piece.raw : map(piece.raw, index);
    if (raw === undefined) {
      if (kept.length === 0) firstSpace ??= piece.space;
      return;
    }
    const space = kept.length === 0 ? (firstSpace ?? piece.space) : piece.space;
    kept.push({ space, raw });
  });
  return printCommandLine(kept);
}

const kernelPart = (pieces: readonly CommandLinePiece[]): readonly CommandLinePiece[] => {
  const end = pieces.findIndex(({ raw }) => raw === '--');
  return end < 0 ? pieces : pieces.slice(0, end);
};

/**
 * What a PV guest needs, in a form that still suits HVM. Also for a part of a command line, such as the value of
 * GRUB_CMDLINE_LINUX: whatever parts are joined afterwards, a line that names a console ends up with ours last.
 *
 * - A text that names an emulated serial port or a virtual terminal as console gets the PV console as its last
 *   `console=`, which makes it /dev/console; terminals stay before it, so VGA still shows the kernel's messages
 *   under HVM.
 * - A text without `console=` stays without: a PV kernel then prefers hvc0 by itself (arch/x86/xen/enlighten_pv.c,
 *   add_preferred_console) and an HVM kernel VGA, so each mode has the right one.
 * - Parameters that reach for hardware which isn't there, or that turn Xen's support off, go. Without
 *   `xen_emul_unplug=never`, HVM uses the same drivers and so the same network name as PV.
 * - `root=` and `resume=` get the names that `mapDevice` gives; a `resume=` named after emulated hardware goes.
 * - `xencons=` that lets a xenlinux kernel take tty1 or ttyS0 for its console, or none, goes: xvc0 is its default
 *   (linux-2.6.18-xen, drivers/xen/console/console.c).
 */
export function toPvCommandLine(text: string, options: PvCommandLineOptions): string {
  const consoles = consolePlan(text, options.console);
  return mapParameters(text, (raw, index) => {
    const planned = consoles.get(index);
    if (planned !== undefined) return planned === '' ? undefined : planned;
    return isUnfitForPv(raw, options.console) ? undefined : withMappedDevice(raw, options.mapDevice);
  });
}

/** For each console to change, by its index: what stands there afterwards, '' for nothing. */
function consolePlan(text: string, wanted: string): ReadonlyMap<number, string> {
  const consoles = kernelPart(parseCommandLine(text))
    .map(({ raw }, index) => ({ raw, index, kind: consoleKind(raw, wanted) }))
    .filter(({ kind }) => kind !== 'other');
  const plan = new Map<number, string>();
  if (consoles.every(({ kind }) => kind === 'wanted')) return plan;
  consoles.forEach(({ raw, index, kind }, position) => {
    const isLast = position === consoles.length - 1;
    if (kind === 'terminal') plan.set(index, isLast ? `${raw} console=${wanted}` : raw);
    else if (!isLast) plan.set(index, '');
    else plan.set(index, kind === 'wanted' ? raw : `console=${wanted}`);
  });
  return plan;
}

function consoleKind(raw: string, wanted: string): 'wanted' | 'terminal' | 'gone' | 'other' {
  const { name, value = '' } = readParameter(raw);
  if (name !== 'console') return 'other';
  const device = value.split(',', 1)[0] ?? '';
  if (device === wanted) return 'wanted';
  if (/^tty[0-9]*$/.test(device)) return 'terminal';
  return /^(?:ttyS[0-9]+|ttyUSB[0-9]+|uart(?:8250)?|hvc0|xvc0)$/.test(device) ? 'gone' : 'other';
}

const unavailableClocks = new Set(['acpi_pm', 'hpet', 'kvm-clock']);

/** Names made of an emulated disk's bus or serial number; nothing to resume from will ever bear them under PV. */
const emulatedDisk = /^\/dev\/disk\/(?:by-path\/|by-id\/(?:ata|scsi|usb|nvme|virtio|wwn)-)/;

function isUnfitForPv(raw: string, console: PvCommandLineOptions['console']): boolean {
  const { name, value = '' } = readParameter(raw);
  switch (name) {
    case 'nopv':
    case 'xen_nopv':
      return true;
    case 'xen_emul_unplug':
      return value === 'never';
    case 'clocksource':
      return unavailableClocks.has(value);
    case 'earlyprintk':
      return value !== '' && !value.startsWith('xen');
    case 'earlycon':
      return /^(?:uart|ttyS)/.test(value);
    case 'resume':
      return emulatedDisk.test(value);
    case 'xencons':
      return console === 'xvc0' && !value.startsWith('xvc');
    default:
      return false;
  }
}

function withMappedDevice(raw: string, mapDevice: PvCommandLineOptions['mapDevice']): string {
  const { name, value = '' } = readParameter(raw);
  if ((name !== 'root' && name !== 'resume') || !value.startsWith('/dev/')) return raw;
  const mapped = mapDevice(value);
  return mapped === undefined || mapped === value ? raw : raw.replace(value, () => mapped);
}
