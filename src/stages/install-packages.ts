import type { Context } from '../context.js';
import { ToolError } from '../errors.js';
import type { Facts, Overlay, PackageStep } from '../model.js';

/** Where the packages come from: apt on this host, a folder of .deb files, or apt in the guest over the network. */
export type PackageSource =
  | { readonly kind: 'host'; readonly mirror?: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'guest-network' };

export interface Installation {
  readonly overlay: Overlay;
  readonly facts: Facts;
  readonly step: PackageStep;
  readonly source: PackageSource;
}

/** Installs the packages in the guest on the overlay, in a chroot inside the appliance. */
export async function installPackages(
  { step }: Installation,
  _scratch: string,
  _context: Context,
): Promise<void> {
  throw new ToolError(`can't install ${step.packages.join(', ')} yet`);
}
