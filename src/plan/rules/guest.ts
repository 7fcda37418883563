import type { Problem, Rule } from '../../model.js';
import { findReleaseRow } from '../../releases/release.js';
import { refusals } from '../refusals.js';

/** Is this a guest that the tool knows: Debian or Ubuntu, 64-bit, shut down properly, with systemd? It edits nothing. */
export const guestRule: Rule = {
  name: 'guest',
  apply: ({ release, architecture, layout, mounts, initSystem }) => {
    const problems: Problem[] = [];
    if (release.id !== 'debian' && release.id !== 'ubuntu') {
      return { edits: [], problems: [refusals['unsupported-distribution'](release.name)], notices: [] };
    }
    if (findReleaseRow(release) === undefined) problems.push(refusals['unsupported-release'](release.name));
    if (architecture !== 'amd64') problems.push(refusals['not-64-bit'](architecture));
    if (initSystem !== 'systemd') problems.push(refusals['unsupported-init'](initSystem));
    const mounted = new Set(mounts.map(({ device }) => device));
    for (const fileSystem of layout.fileSystems) {
      if (mounted.has(fileSystem.device) && fileSystem.clean === false) {
        problems.push(refusals['file-system-not-clean'](fileSystem));
      }
    }
    return { edits: [], problems, notices: [] };
  },
};
