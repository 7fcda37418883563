import { readFile } from 'node:fs/promises';

/** How a boot test can be done on this host. */
export type BootTestWay =
  /** Xen in QEMU's software emulation. */
  | { readonly kind: 'rig' }
  /** This is a dom0, where `xl` can start a throw-away domain. That way comes later: `message` says so. */
  | { readonly kind: 'real-dom0'; readonly message: string };

/** Tells whether this host is a real dom0. `capabilities` is where Xen says it; a test may give another file. */
export async function bootTestWay(capabilities = '/proc/xen/capabilities'): Promise<BootTestWay> {
  const text = await readFile(capabilities, 'utf8').catch(() => '');
  if (!text.split(/\s+/).includes('control_d')) return { kind: 'rig' };
  return {
    kind: 'real-dom0',
    message:
      'this is a Xen dom0: the boot test would start a nameless domain on an overlay with xl, which is not built yet',
  };
}
