/** A disk of a domain, as whoever runs the domain calls it. */
export type DomainDisk =
  /** `isQcow2`: it may be a layer over others. */
  | { readonly path: string; readonly isQcow2?: boolean }
  /** The number of a block device of this host: `253:7`. */
  | { readonly device: string };

/** A domain that has its disks now, or will go on from where it stood: running, paused, saved, … */
export interface HostDomain {
  readonly name: string;
  /** An adjective: `running`. */
  readonly state: string;
  /** What tells of it: `xl`, a file's path. */
  readonly knownBy: string;
  readonly disks: readonly DomainDisk[];
}

/** In words for people: `the running domain web1 (xl)`. */
export const describeDomain = ({ name, state, knownBy }: HostDomain): string =>
  `the ${state} domain ${name} (${knownBy})`;
