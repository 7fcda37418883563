import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { ToolError } from '../errors.js';
import { withMirror } from '../guest-files/apt-mirror.js';
import type { AptSource } from '../guest-files/apt-sources.js';
import type { PackageStep, Release } from '../model.js';
import { packageRefusals } from '../plan/package-refusals.js';
import { findReleaseRow } from '../releases/release.js';
import {
  limitCache,
  openPackageCache,
  type PackageCache,
  putIntoCache,
  sha256Of,
  takeFromCache,
} from '../state/package-cache.js';
import { type AptRoot, aptGet, aptPlaces } from '../tools/apt.js';
import { keepLists, setUpAptRoot, withAptWorkspace } from './apt-workspace.js';
import { serveFolder } from './package-folder.js';
import type { GuestApt } from './read-guest-apt.js';
import { type PackageRefusal, type Resolution, resolvePackages } from './resolve-packages.js';

/** Package files on this host, in the order in which they are to be installed. */
export interface FetchedPackages {
  readonly kind: 'fetched';
  readonly files: readonly FetchedPackage[];
}

export interface FetchedPackage {
  readonly name: string;
  readonly path: string;
  /** Not asked for, but needed by one that was. */
  readonly isDependency: boolean;
}

export interface FetchRequest {
  readonly guest: GuestApt;
  readonly release: Release;
  readonly step: PackageStep;
  readonly source: HostSource;
}

/** Where apt on this host gets packages from. */
export type HostSource =
  | { readonly kind: 'host'; readonly mirror?: string; readonly cacheDirectory: string }
  | { readonly kind: 'folder'; readonly path: string; readonly cacheDirectory: string };

/**
 * Lets apt choose, fetch and verify what the guest needs, by the guest's own sources and keys, and puts the files into
 * `target`. apt sees nothing of this host's packages and sources, runs unprivileged where it can, and none of the
 * guest's commands.
 */
export async function fetchPackages(
  request: FetchRequest,
  target: string,
  context: Context,
): Promise<FetchedPackages | PackageRefusal> {
  const { source, guest } = request;
  for (const line of source.kind === 'host' ? guest.skipped : []) notice(context, 'source-skipped', line);
  const sources = source.kind === 'host' ? chosenSources(request, source.mirror, context) : [];
  if (source.kind === 'host' && sources.length === 0) {
    return { kind: 'refusal', problems: [packageRefusals['no-package-source'](guest.skipped)] };
  }
  await mkdir(target, { recursive: true });
  return withAptWorkspace(source.cacheDirectory, context.signal, async (root) => {
    const workspace = await setUpAptRoot(root, guest, sources, source.cacheDirectory);
    if (source.kind === 'folder') await serveFolder(root, source.path);
    const complaints = await update(root, source, context);
    if (source.kind === 'host') await keepLists(workspace);
    const resolution = await resolvePackages(root, request.step, complaints);
    if (resolution.kind === 'refusal') return resolution;
    for (const line of complaints) notice(context, 'source-unreachable', line);
    announce(resolution, context);
    await obtain(root, resolution, await openPackageCache(source.cacheDirectory), context);
    return { kind: 'fetched', files: await handOver(root, resolution, target) };
  });
}

const notice = ({ emit }: Context, code: string, message: string): void =>
  emit({ type: 'notice', notice: { code, message: `package source: ${message}` } });

function chosenSources(
  { guest, release }: FetchRequest,
  mirror: string | undefined,
  context: Context,
): readonly AptSource[] {
  if (mirror === undefined) return guest.sources;
  notice(context, 'mirror', `${mirror} is used, also if its signed list of files has expired`);
  const codename = findReleaseRow(release)?.codename ?? release.codename;
  return withMirror(guest.sources, mirror, { id: release.id, codename });
}

/** Returns what apt complains about; whether that matters shows when the packages are looked for. */
async function update(root: AptRoot, source: HostSource, context: Context): Promise<string[]> {
  // The archives of releases that are over have lists that nobody signs anew.
  const isOld = source.kind === 'host' && source.mirror !== undefined;
  const options = isOld ? ['-o', 'Acquire::Check-Valid-Until=false'] : [];
  const { errors, warnings } = await aptGet(root, [...options, 'update'], progress(context));
  const failures = warnings.filter((line) => /Failed to fetch|GPG error|not signed/i.test(line));
  return [...new Set([...errors, ...failures])].filter((line) => !/^Some index files failed/.test(line));
}

const progress =
  ({ emit }: Context) =>
  (line: string): void => {
    if (/^(Get|Hit|Ign|Err):\d+ /.test(line)) emit({ type: 'progress', stage: 'fetch', detail: line });
  };

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

function announce({ packages }: Resolution, { emit }: Context): void {
  const say = (detail: string) => emit({ type: 'progress', stage: 'fetch', detail });
  const bytes = packages.reduce((sum, { file }) => sum + file.bytes, 0);
  say(`${packages.length} packages, ${megabytes(bytes)}`);
  for (const { name, version, replaces, file } of packages) {
    const before = replaces === undefined ? '' : ` in place of ${replaces}`;
    say(`${name} ${version}${before}, ${megabytes(file.bytes)}`);
  }
}

/** Gets every file into the root's archives, from the cache or by apt, and checks each against the signed lists. */
async function obtain(
  root: AptRoot,
  { names, packages }: Resolution,
  cache: PackageCache,
  context: Context,
): Promise<void> {
  let isComplete = true;
  for (const { file } of packages) {
    if (isLocal(file.uri)) continue;
    const place = join(root.directory, aptPlaces.archives, file.fileName);
    const isKept = file.sha256 !== undefined && (await takeFromCache(cache, file.sha256, place));
    isComplete &&= isKept;
  }
  if (!isComplete) await download(root, names, context);
  for (const { file } of packages) {
    const place = placeOf(root, file);
    await checkFile(place, file);
    if (file.sha256 !== undefined && !isLocal(file.uri)) await putIntoCache(cache, file.sha256, place);
  }
  await limitCache(cache);
}

async function download(root: AptRoot, names: readonly string[], context: Context): Promise<void> {
  const options = ['--download-only', '--assume-yes', '--no-remove', '--no-install-recommends'];
  const { ok, errors } = await aptGet(root, [...options, 'install', ...names], progress(context));
  if (ok) return;
  throw new ToolError(`the packages can't be fetched: ${errors.slice(0, 4).join('; ')}`, {
    remedy: 'try again, or name another archive with --mirror URL, or a folder with --packages DIR',
  });
}

/** apt has checked what it fetched. What it found in place it only measures. */
async function checkFile(place: string, { fileName, bytes, sha256 }: Resolution['packages'][0]['file']) {
  const status = await stat(place).catch(() => undefined);
  if (status === undefined) throw new ToolError(`apt didn't fetch ${fileName}`);
  if (status.size === bytes && (sha256 === undefined || (await sha256Of(place)) === sha256)) return;
  throw new ToolError(`${fileName} is not the file that the archive's signed list names`, {
    remedy: 'try again; if it stays so, the archive or somebody on the way to it changes packages',
  });
}

const isLocal = (uri: string): boolean => uri.startsWith('file:');

const placeOf = (root: AptRoot, { uri, fileName }: { uri: string; fileName: string }): string =>
  isLocal(uri) ? decodeURI(uri.slice('file:'.length)) : join(root.directory, aptPlaces.archives, fileName);

async function handOver(
  root: AptRoot,
  { names, packages }: Resolution,
  target: string,
): Promise<FetchedPackage[]> {
  const files: FetchedPackage[] = [];
  for (const { name, file } of packages) {
    const path = join(target, file.fileName);
    await copyFile(placeOf(root, file), path);
    files.push({ name, path, isDependency: !names.includes(name) });
  }
  return files;
}
