import type { DriverPresence, KernelConfigFacts } from '../model.js';

/**
 * What a `/boot/config-<version>` says about a PV domU: whether the kernel can be one, and if not, why, in words for
 * people. Looks at the symbols only, never at version numbers or package names. Reference 2.1.
 */
export function readKernelConfig(text: string): KernelConfigFacts {
  const symbols = symbolsOf(text);
  const xenOnly = isXenlinux(symbols);
  const reason = reasonAgainstPv(symbols);
  return {
    pv: reason === '',
    reason,
    blkfront: presence(symbols.value('XEN_BLKDEV_FRONTEND')),
    netfront: presence(symbols.value('XEN_NETDEV_FRONTEND')),
    console: symbols.value('HVC_XEN') === 'y' ? 'hvc0' : xenOnly ? 'xvc0' : 'none',
    xenOnly,
  };
}

interface Symbols {
  /** The value of `CONFIG_<name>`, undefined when it isn't set. */
  value(name: string): string | undefined;
  /** Whether the configuration names the symbol at all, set or not: only then did that kernel's source know it. */
  mentions(name: string): boolean;
}

/** A search per symbol is quicker than a table of all ten thousand. As in Kconfig, the last line of a symbol counts. */
function symbolsOf(text: string): Symbols {
  const lines = `\n${text}\n`;
  const value = (name: string): string | undefined => {
    const key = `\nCONFIG_${name}=`;
    const set = lines.lastIndexOf(key);
    if (set < 0 || lines.lastIndexOf(`\n# CONFIG_${name} is not set`) > set) return undefined;
    return lines.slice(set + key.length, lines.indexOf('\n', set + 1)).trim();
  };
  const mentions = (name: string): boolean =>
    lines.includes(`\nCONFIG_${name}=`) || lines.includes(`\n# CONFIG_${name} is not set`);
  return { value, mentions };
}

/** Xen's own old kernel tree, 2.6.18 to about 2.6.31, did without pv_ops; a kernel with pv_ops needs PARAVIRT for XEN. */
function isXenlinux({ value }: Symbols): boolean {
  return is64BitX86(value) && value('XEN') === 'y' && value('PARAVIRT') !== 'y';
}

function is64BitX86(value: Symbols['value']): boolean {
  return value('X86_64') === 'y' || value('X86_64_XEN') === 'y';
}

function reasonAgainstPv(symbols: Symbols): string {
  const { value } = symbols;
  if (!is64BitX86(value)) return "CONFIG_X86_64 isn't set: it isn't a 64-bit x86 kernel";
  if (value('XEN') !== 'y') return "CONFIG_XEN isn't set: the kernel is built without support for Xen";
  if (isXenlinux(symbols) || value('XEN_PV') === 'y') return '';
  if (knowsXenPv(symbols)) return "CONFIG_XEN_PV isn't set: the kernel runs on Xen as HVM or PVH only";
  return '';
}

/**
 * Linux 4.12 made XEN_PV a choice of its own. Where a configuration has lost its "is not set" lines, symbols that came
 * with that change or after it tell that its kernel has the choice. Before it, XEN with PARAVIRT was all that PV takes.
 */
function knowsXenPv({ mentions }: Symbols): boolean {
  return ['XEN_PV', 'XEN_PVHVM_SMP', 'XEN_PVH', 'PVH', 'PARAVIRT_XXL'].some(mentions);
}

function presence(value: string | undefined): DriverPresence {
  if (value === 'y') return 'builtin';
  return value === 'm' ? 'module' : 'absent';
}
