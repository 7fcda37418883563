import type { Facts, Problem, Rule } from '../../model.js';
import { findReleaseRow } from '../../releases/release.js';
import { refusals } from '../refusals.js';

/** Is this a guest that the tool knows: Debian or Ubuntu, 64-bit, shut down properly, with an init system of theirs? It edits nothing. */
export const guestRule: Rule = {
  name: 'guest',
  apply: (facts) => {
    const final = finalProblems(facts);
    if (final.length > 0) return { edits: [], problems: final, notices: [], isFinal: true };
    const problems: Problem[] = [];
    const { release, initSystem } = facts;
    if (findReleaseRow(release) === undefined) problems.push(refusals['unsupported-release'](release.name));
    if (initSystem === 'unknown') problems.push(refusals['unsupported-init']());
    return {
      edits: [],
      problems: [...problems, ...hibernation(facts), ...uncleanFileSystems(facts)],
      notices: [],
    };
  },
};

/** Whoever meets one of these needs no list of what else is in the way. */
function finalProblems({ release, architecture }: Facts): Problem[] {
  const isKnown = release.id === 'debian' || release.id === 'ubuntu';
  return [
    ...(isKnown ? [] : [refusals['unsupported-distribution'](release.name)]),
    ...(architecture === 'amd64' ? [] : [refusals['not-64-bit'](architecture)]),
  ];
}

function uncleanFileSystems({ layout, mounts }: Facts): Problem[] {
  const mounted = new Set(mounts.map(({ device }) => device));
  return layout.fileSystems
    .filter(({ device, clean }) => mounted.has(device) && clean === false)
    .map((fileSystem) => refusals['file-system-not-clean'](fileSystem));
}

/** The memory of a suspended guest is of no use to a PV kernel, and its file systems would change under that memory. */
function hibernation({ layout }: Facts): Problem[] {
  return layout.fileSystems
    .filter(({ type }) => type === 'swsuspend')
    .map(({ device, logicalVolume }) => refusals.hibernated(logicalVolume ?? device));
}
