import { bootSettings } from './record-boot.js';
import type { Conversion } from './xl-conversion.js';
import { encodeXlString } from './xl-strings.js';
import { settingsOf, type XlDocument, type XlSetting } from './xl-syntax.js';

/** `type = "pv"`, or `"pvh"`, in place of what said HVM, no `builder`, and what finds the kernel. Touches no `+=`. */
export function convertType(conversion: Conversion): void {
  const { document, edits, changes } = conversion;
  const builders = document.settings.filter((setting) => setting.name === 'builder');
  // With a type, each builder goes; without one, the builder that counts becomes the type.
  const type = settingsOf(document, 'type').at(-1) ?? builders.at(-1);
  if (type === undefined || type.value.kind !== 'atom') return;
  edits.replace(type.first, 'type');
  const { target = 'pv' } = conversion.boot;
  edits.setString(type.value, target);
  changes.push({ key: 'type', reason: `the domain starts as ${target.toUpperCase()}` });
  for (const builder of builders) {
    if (builder === type) continue;
    edits.removeSetting(builder);
    changes.push({ key: 'builder', reason: 'xl refuses a builder that contradicts the type' });
  }
  if (conversion.boot.kind === 'pygrub') addPygrub(conversion, type);
  else addKernel(conversion, type);
}

/** New lines stand behind the type's and are written in its style. */
function addKernel(conversion: Conversion, type: XlSetting): void {
  const { edits, boot } = conversion;
  // An HVM domain reads none of these; left in place they would now mean something.
  const stale = [
    'bootloader',
    'bootloader_args',
    'ramdisk',
    ...(boot.kind === 'kernel' ? commandLineKeys : []),
  ];
  for (const key of stale) removeAll(conversion, key);
  const { line, quote } = styleOf(conversion.document, type);
  edits.addBehind(
    type,
    bootSettings(boot).map(({ name, value }) => line(name, encodeXlString(value, quote))),
  );
  for (const { name, reason } of bootSettings(boot)) conversion.changes.push({ key: name, reason });
}

const commandLineKeys = ['cmdline', 'root', 'extra'];

function removeAll({ document, edits, changes }: Conversion, key: string): void {
  for (const setting of document.settings) {
    if (setting.name !== key) continue;
    edits.removeSetting(setting);
    changes.push({ key, reason: `${key} was without effect and would change how the PV domain boots` });
  }
}

function addPygrub({ document, edits, boot, changes }: Conversion, type: XlSetting): void {
  const bootloader = settingsOf(document, 'bootloader').at(-1)?.value;
  const args = settingsOf(document, 'bootloader_args').at(-1);
  const { line, quote } = styleOf(document, type);
  const lines: string[] = [];
  if (bootloader === undefined) lines.push(line('bootloader', `${quote}pygrub${quote}`));
  // An HVM domain never ran it, so that a path to an older Xen's pygrub can still stand here.
  else if (bootloader.kind === 'atom' && bootloader.text !== 'pygrub') edits.setString(bootloader, 'pygrub');
  if (args === undefined) lines.push(line('bootloader_args', `[${quote}-q${quote}]`));
  else addQuiet({ document, edits, boot, changes }, args);
  edits.addBehind(type, lines);
  for (const { name, reason } of bootSettings(boot)) changes.push({ key: name, reason });
  changes.push({
    key: 'bootloader_args',
    reason: 'with -q pygrub boots at once and waits for no key',
  });
}

interface Style {
  /** Writes a setting with its `=` below the other's, as far as its name lets it. */
  readonly line: (name: string, value: string) => string;
  readonly quote: '"' | "'";
}

function styleOf(document: XlDocument, setting: XlSetting): Style {
  const tokens = document.tokens.slice(setting.first + 1, setting.last);
  const [before = '', after = ''] = tokens
    .map((token) => token.text)
    .join('')
    .split('=');
  const width = setting.name.length + before.length;
  const value = document.tokens[setting.last]?.text ?? '';
  return {
    line: (name, text) => `${(name + before.slice(0, 1)).padEnd(width)}=${after}${text}`,
    quote: value.startsWith("'") ? "'" : '"',
  };
}

/** Arguments that are there already stay; `-q` joins them. */
function addQuiet({ document, edits }: Conversion, { value }: XlSetting): void {
  if (value.kind === 'atom') {
    if (/(?:^|\s)(?:-q|--quiet)(?:\s|$)/.test(value.text)) return;
    edits.setString(value, `${value.text} -q`.trim());
    return;
  }
  if (value.items.some((item) => item.kind === 'atom' && /^(?:-q|--quiet)$/.test(item.text))) return;
  const next = document.tokens[value.open + 1];
  const blank = next?.kind === 'blank' ? next.text : '';
  edits.replace(value.open, `[${blank}"-q"${value.items.length === 0 ? '' : ','}${blank === '' ? ' ' : ''}`);
}
