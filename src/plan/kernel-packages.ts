import type { Facts, KernelRequest } from '../model.js';
import type { KernelPackages, ReleaseRow } from '../releases/release-row.js';

/**
 * The kernels that may be installed in a guest, best first: the package that the request names, or those of the
 * release. A flavour that the guest has already goes first, and a guest made for another hypervisor gets the small
 * kernel for virtual machines, where its release has one.
 */
export function kernelChoices(
  { packages }: Facts,
  { kernels }: ReleaseRow,
  { package: named }: KernelRequest,
): readonly KernelPackages[] {
  if (named !== undefined) return [{ image: named, headers: headersOf(named) ?? '' }];
  const isInstalled = ({ image }: KernelPackages) => packages.has(image);
  const isForMachines = ({ image }: KernelPackages) => image.endsWith('-virtual');
  const hasCloudKernel = [...packages.keys()].some((name) => ofClouds.test(name));
  const rank = (choice: KernelPackages): number => {
    if (isInstalled(choice)) return 0;
    return hasCloudKernel && isForMachines(choice) ? 1 : 2;
  };
  return [...kernels].sort((one, other) => rank(one) - rank(other));
}

/** Ubuntu's kernels for one hypervisor or cloud. */
const ofClouds = /^linux-image-(kvm|azure|aws|gcp|gke|oracle|ibm)\b/;

/** `linux-headers-6.1.0-56-amd64` of `linux-image-6.1.0-56-amd64`; undefined for a name of another kind. */
function headersOf(image: string): string | undefined {
  const [, flavour] = /^linux-image-(?:unsigned-)?(.+)$/.exec(image) ?? [];
  return flavour === undefined ? undefined : `linux-headers-${flavour.replace(/-unsigned$/, '')}`;
}
