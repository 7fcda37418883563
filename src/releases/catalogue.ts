import { debianReleases } from './debian-releases.js';
import type { ReleaseRow } from './release-row.js';
import { ubuntuReleases } from './ubuntu-releases.js';

/** The amd64 releases that a guest may be, oldest first within a distribution (reference.md section 1). */
export const releases: readonly ReleaseRow[] = [...debianReleases, ...ubuntuReleases];
