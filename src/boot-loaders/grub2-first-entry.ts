/** A grub.cfg with one entry before all others, and the script that lets update-grub write it again. */
interface FirstEntry {
  readonly config: string;
  readonly script: { readonly path: string; readonly text: string };
}

/** Sorts behind 00_header only, so before every script that writes entries. */
const scriptPath = '/etc/grub.d/01_convert_image';

/**
 * Repeats as the first entry of all the first one of 10_linux whose kernel `canBoot`. The kernel's path is given as in
 * the menu. Undefined when 10_linux wrote no such entry.
 *
 * GRUB_TOP_LEVEL would do that only from GRUB 2.12 on, and only for a version fixed by name, which one day is gone;
 * the script looks for the newest one each time.
 */
export function withFirstEntry(config: string, canBoot: (kernel: string) => boolean): FirstEntry | undefined {
  const entry = entriesOf(linuxSection(config)).find(({ kernel }) => canBoot(kernel));
  if (entry === undefined) return undefined;
  const section = `### BEGIN ${scriptPath} ###\n${entry.text}### END ${scriptPath} ###\n\n`;
  const without = config.replace(oldSection, () => '');
  const at = placeFor(without);
  return {
    config: without.slice(0, at) + section + without.slice(at),
    script: { path: scriptPath, text: script },
  };
}

const oldSection = new RegExp(`### BEGIN ${scriptPath} ###\\n[^]*?### END ${scriptPath} ###\\n\\n?`);

/** What 10_linux wrote, or everything where grub-mkconfig left no marks. */
function linuxSection(config: string): string {
  const start = config.indexOf('### BEGIN /etc/grub.d/10_linux ###');
  const end = config.indexOf('### END /etc/grub.d/10_linux ###', start + 1);
  return start < 0 || end < 0 ? config : config.slice(start, end);
}

/** Behind the sections of the scripts that run before ours, or else before the first entry. */
function placeFor(config: string): number {
  for (const { index, 1: path = '' } of config.matchAll(/^### BEGIN (\S+) ###$/gm)) {
    if (path > scriptPath) return index;
  }
  return Math.max(0, config.search(/^[ \t]*(?:menuentry|submenu)[ \t]/m));
}

interface EntryText {
  /** Whole lines, as they stand in a submenu. */
  readonly text: string;
  readonly kernel: string;
}

/** As the script below reads them, line by line. */
function entriesOf(section: string): EntryText[] {
  const entries: EntryText[] = [];
  let open: { text: string; kernel: string } | undefined;
  for (const line of section.split('\n')) {
    if (/^[ \t]*menuentry[ \t]/.test(line)) open = { text: '', kernel: '' };
    if (open === undefined) continue;
    open.text += `${line}\n`;
    open.kernel = /^[ \t]*linux[ \t]+(\S+)/.exec(line)?.[1] ?? open.kernel;
    if (!/^[ \t]*\}/.test(line)) continue;
    entries.push(open);
    open = undefined;
  }
  return entries;
}

/** Decides by the kernel's configuration as `readKernelConfig` does, without xenlinux, which never met GRUB 2. */
const script = String.raw`#!/bin/sh
# Written by convert-image. pygrub, which starts this system as a Xen PV guest, boots the first entry of grub.cfg.
# So this repeats, as the first one, the entry of the newest kernel that can boot that way.
set -e
linux=/etc/grub.d/10_linux
[ -x "$linux" ] || exit 0
"$linux" 2>/dev/null | awk '
function can_boot_as_pv(version,    file, line, xen, pv, knows) {
  file = "/boot/config-" version
  while ((getline line < file) > 0) {
    if (line == "CONFIG_XEN=y") xen = 1
    if (line == "CONFIG_XEN_PV=y") pv = 1
    if (line ~ /CONFIG_(XEN_PV|XEN_PVHVM_SMP|XEN_PVH|PVH|PARAVIRT_XXL)[ =]/) knows = 1
  }
  close(file)
  return xen && (pv || !knows)
}
/^[ \t]*menuentry[ \t]/ { inside = 1; text = ""; version = "" }
!inside { next }
{ text = text $0 "\n" }
/^[ \t]*linux[ \t]/ { version = $2; sub(/^.*\/vmlinuz-/, "", version) }
/^[ \t]*}/ {
  inside = 0
  if (!done && version != "" && can_boot_as_pv(version)) { printf "%s", text; done = 1 }
}
'
`;
