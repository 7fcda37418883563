import { join } from 'node:path';
import type { Context } from '../context.js';
import { type AccessChoice, withGuest } from '../guest-access/with-guest.js';
import type { Facts, Overlay, PackageStep } from '../model.js';
import { fetchPackages, type HostSource } from './fetch-packages.js';
import { type Installed, installFiles, installFromNetwork } from './install-in-guest.js';
import { readGuestApt } from './read-guest-apt.js';
import { stage } from './stage.js';

/** Where the packages come from: apt on this host, a folder of .deb files, or apt in the guest over the network. */
export type PackageSource = HostSource | { readonly kind: 'guest-network' };

export interface Installation {
  readonly overlay: Overlay;
  readonly facts: Facts;
  readonly step: PackageStep;
  readonly source: PackageSource;
  readonly access: AccessChoice;
}

/**
 * Installs the packages and what they need in the guest on the overlay, in a chroot inside the appliance. Unless the
 * guest's own apt is to fetch them, they are chosen, fetched and verified on this host before, and nothing of the guest
 * that runs has a network. After a refusal or an error the overlay is of no use.
 */
export async function installPackages(
  installation: Installation,
  scratch: string,
  context: Context,
): Promise<Installed> {
  const { step, source } = installation;
  const names = step.packages.join(', ');
  if (source.kind === 'guest-network') {
    return stage(context, 'install', `${names}, by the guest's own apt`, () =>
      installFromNetwork(installation, scratch, context),
    );
  }
  const fetched = await stage(context, 'fetch', names, () =>
    fetchFor(installation, source, scratch, context),
  );
  if (fetched.kind === 'refusal') return fetched;
  return stage(context, 'install', names, () => installFiles(installation, fetched.files, scratch, context));
}

async function fetchFor(
  { overlay, facts, step, access }: Installation,
  source: HostSource,
  scratch: string,
  context: Context,
) {
  const disk = { path: overlay.path, format: 'qcow2' } as const;
  const guest = await withGuest(disk, { writable: false, choice: access, scratch }, context, (files) =>
    readGuestApt(files, facts, scratch),
  );
  const request = { guest, release: facts.release, step, source };
  return fetchPackages(request, join(scratch, 'packages'), context);
}
