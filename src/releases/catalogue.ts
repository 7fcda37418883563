/** One release of a distribution. Adding one is adding a row. */
export interface ReleaseRow {
  readonly id: 'debian' | 'ubuntu';
  /** As VERSION_ID in os-release(5), or the number in /etc/debian_version before there was one. */
  readonly version: string;
  readonly codename: string;
}

/** The amd64 releases that a guest may be, oldest first (reference.md section 1). */
export const releases: readonly ReleaseRow[] = [
  { id: 'debian', version: '8', codename: 'jessie' },
  { id: 'debian', version: '9', codename: 'stretch' },
  { id: 'debian', version: '10', codename: 'buster' },
  { id: 'debian', version: '11', codename: 'bullseye' },
  { id: 'debian', version: '12', codename: 'bookworm' },
  { id: 'debian', version: '13', codename: 'trixie' },
  { id: 'debian', version: '14', codename: 'forky' },
  { id: 'ubuntu', version: '16.04', codename: 'xenial' },
  { id: 'ubuntu', version: '18.04', codename: 'bionic' },
  { id: 'ubuntu', version: '20.04', codename: 'focal' },
  { id: 'ubuntu', version: '22.04', codename: 'jammy' },
  { id: 'ubuntu', version: '24.04', codename: 'noble' },
  { id: 'ubuntu', version: '25.10', codename: 'questing' },
  { id: 'ubuntu', version: '26.04', codename: 'resolute' },
];
