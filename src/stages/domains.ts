import { filesBelow } from '../guest-access/direct/backing-chain.js';
import { type DomainDisk, describeDomain, type HostDomain } from '../host-domains/domain.js';
import { hostDomains } from '../host-domains/list.js';
import { imageKey } from '../mode-records/same-image.js';
import type { DiskImage } from '../model.js';
import { refusals } from '../plan/refusals.js';
import { layersUnder } from '../tools/block-layers.js';
import type { RecordPreparation } from './flip.js';

/**
 * The domains of this host that would be harmed by a write to the image, each once and in words: those that have it, or a
 * layer over it, a partition of it or a disk that it is a part of, by whatever name; and those whose disk is below it. Also
 * one of that `name`, whatever disks it seems to have. Throws a `ToolError` where the host's domains can't be known.
 */
export async function domainsWith(
  image: Pick<DiskImage, 'path' | 'format'>,
  name?: string,
  domains?: readonly HostDomain[],
): Promise<string[]> {
  const known = domains ?? (await hostDomains());
  if (known.length === 0) return [];
  const ours = await chainOf({ path: image.path, isQcow2: image.format === 'qcow2' });
  const found = new Map<string, string>();
  for (const domain of known) {
    const isMeant = name !== undefined && name !== '' && domain.name === name;
    const isNew = !found.has(wordsOf(domain));
    if (isNew && (isMeant || (await hasOneOf(domain.disks, ours))))
      found.set(wordsOf(domain), describeDomain(domain));
  }
  return [...found.values()];
}

/**
 * Turns a record down whose domain runs or is saved: it may have the disk by a name that isn't understood here.
 * Throws as `domainsWith` does.
 */
export async function refuseWhileItRuns(
  prepared: RecordPreparation,
  image: Pick<DiskImage, 'path' | 'format'>,
): Promise<RecordPreparation> {
  const reading = prepared.kind === 'record' ? await prepared.record.read() : undefined;
  const users = reading?.kind === 'state' ? await domainsWith(image, reading.state.domain) : [];
  if (users.length === 0) return prepared;
  return { kind: 'refusal', problems: [refusals['image-in-use'](image.path, users)] };
}

/** xl and libvirt tell of the same domain; its name and state are enough. */
const wordsOf = ({ state, name }: HostDomain): string => `${state} ${name}`;

async function hasOneOf(disks: readonly DomainDisk[], ours: readonly Place[]): Promise<boolean> {
  for (const disk of disks) {
    if (doCollide(await chainOf(disk), ours)) return true;
  }
  return false;
}

/** A file or block device and what it lies on, by names that can be compared; the thing itself first. */
type Place = readonly string[];

/** The disk's own place, then those of the files that it is a layer over. Empty when it isn't there. */
async function chainOf(disk: DomainDisk): Promise<Place[]> {
  if ('device' in disk) return [await placeOf(`device ${disk.device}`)];
  const top = await imageKey(disk.path);
  if (top === undefined) return [];
  const below = await Promise.all((disk.isQcow2 ? await filesBelow(disk.path) : []).map(imageKey));
  return Promise.all([top, ...below].flatMap((found) => (found === undefined ? [] : [placeOf(found.key)])));
}

async function placeOf(key: string): Promise<Place> {
  const [, device] = /^device (.*)$/.exec(key) ?? [];
  return device === undefined ? [key] : [key, ...(await layersUnder(device))];
}

/** Only the first of each chain is written; two layers over the same file get on with each other. */
function doCollide(theirs: readonly Place[], ours: readonly Place[]): boolean {
  const [[theirTop], [ourTop]] = [theirs, ours];
  if (theirTop === undefined || ourTop === undefined) return false;
  return theirs.some((place) => doOverlap(place, ourTop)) || ours.some((place) => doOverlap(place, theirTop));
}

/** One is, or is a part of, the other. Two parts of the same disk aren't. */
const doOverlap = (one: Place, other: Place): boolean =>
  other.includes(one[0] ?? '') || one.includes(other[0] ?? '');
