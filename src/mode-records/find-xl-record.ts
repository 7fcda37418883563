import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { diskOfImage, type ImageKey, imageKey } from './same-image.js';
import { disksOf } from './xl-state.js';
import { maxXlBytes, parseXl } from './xl-syntax.js';

/** A file that may be the image's record but isn't one that can be read: it mentions the image's name. */
export interface UnreadableRecord {
  readonly path: string;
  readonly reason: string;
}

/** Which configuration files name an image. */
export type FoundXlRecord =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'none'; readonly unreadable: readonly UnreadableRecord[] }
  | { readonly kind: 'several'; readonly paths: readonly string[] };

/**
 * Looks for the xl configuration of the machine whose disk is this image, whatever name it is called by there. Looks
 * at `*.cfg`, `*.conf` and names without an ending in `folder` itself, and at what links in its `auto` lead to; a
 * file with several names counts once. Opens no other files, follows no other folders, changes nothing.
 */
export async function findXlRecord(imagePath: string, folder = '/etc/xen'): Promise<FoundXlRecord> {
  const image = await imageKey(imagePath);
  const paths: string[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const file of image === undefined ? [] : await candidates(folder)) {
    const found = await look(file, image, path.basename(imagePath));
    if (found === 'names it') paths.push(file);
    else if (found !== undefined) unreadable.push({ path: file, reason: found.reason });
  }
  const [first] = paths;
  if (first === undefined) return { kind: 'none', unreadable };
  return paths.length === 1 ? { kind: 'found', path: first } : { kind: 'several', paths };
}

/** Files in the order of their names, those in the folder before those in `auto`, each once. */
async function candidates(folder: string): Promise<string[]> {
  const auto = path.join(folder, 'auto');
  const names = [
    ...(await entriesOf(folder)).map((entry) => path.join(folder, entry.name)),
    ...(await entriesOf(auto))
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => path.join(auto, entry.name)),
  ];
  const byKey = new Map<string, string>();
  for (const name of names.filter(isConfigurationName)) {
    const found = await stat(name).catch(() => undefined);
    const key = (await imageKey(name))?.key ?? name;
    if (found?.isFile() && found.size <= maxXlBytes && !byKey.has(key)) byKey.set(key, name);
  }
  return [...byKey.values()];
}

const isConfigurationName = (file: string): boolean =>
  !path.basename(file).startsWith('.') && ['', '.cfg', '.conf'].includes(path.extname(file));

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function look(
  file: string,
  image: ImageKey | undefined,
  imageName: string,
): Promise<'names it' | { readonly reason: string } | undefined> {
  const text = await readFile(file, 'latin1').catch(() => undefined);
  if (text === undefined || image === undefined) return undefined;
  const parsed = parseXl(text);
  if (parsed.kind === 'unreadable') {
    return text.includes(Buffer.from(imageName).toString('latin1')) ? { reason: parsed.reason } : undefined;
  }
  return (await diskOfImage(disksOf(parsed.document), image)) === undefined ? undefined : 'names it';
}
