import type { KernelCompression } from '../model.js';
import { type NewEntry, writeCpio } from './cpio-writer.js';
import { type ModuleLine, readModuleList, writeModuleIndex, writeModuleList } from './module-list.js';

/** A module as a kernel's folder in the guest has it. */
export interface ModuleFile {
  readonly line: ModuleLine;
  readonly content: Buffer;
}

/** What an initramfs has of what an addition replaces. */
export interface InitramfsTexts {
  /** Length of the whole file. */
  readonly bytes: number;
  /** Path inside of the kernel's modules.dep, and its text. */
  readonly modulesDep: readonly [path: string, text: string];
  /** Text of conf/modules; empty when there is none. */
  readonly confModules: string;
}

/**
 * Whether Linux goes on behind an archive of that compression. It takes what follows lz4's for another block, and what
 * it does behind lzma's and bzip2's isn't tested (lib/decompress_*.c).
 */
export const canBeContinued = (compression: KernelCompression | undefined): boolean =>
  compression === 'none' || compression === 'gzip' || compression === 'xz' || compression === 'zstd';

/**
 * The bytes that, put at the end of an initramfs of initramfs-tools, add modules to it: the files, the lists by which
 * modprobe finds them, and their names in conf/modules, which /init loads before it looks for the root file system
 * (initramfs-tools(7)). Later archives win over earlier ones. Folders that exist inside aren't repeated: Linux would
 * replace a symbolic link like /lib by a folder.
 */
export function initramfsAddition(texts: InitramfsTexts, modules: readonly ModuleFile[]): Buffer {
  const [listPath, listText] = texts.modulesDep;
  const folder = listPath.slice(0, listPath.lastIndexOf('/'));
  const added = modules.map(({ line }) => line);
  const paths = new Set(added.map(({ path }) => path));
  const list = [...readModuleList(listText).filter(({ path }) => !paths.has(path)), ...added];
  const files = modules.map(({ line, content }) => ({ name: `${folder}/${line.path}`, content }));
  const entries: NewEntry[] = [
    ...foldersOf(files.map(({ name }) => name)).filter((name) => name.startsWith(`${folder}/`)),
  ].map((name) => ({ name }));
  const archive = writeCpio([
    ...entries,
    ...files,
    { name: listPath, content: Buffer.from(writeModuleList(list), 'latin1') },
    { name: `${listPath}.bin`, content: writeModuleIndex(list) },
    { name: 'conf/modules', content: Buffer.from(withNames(texts.confModules, modules), 'latin1') },
  ]);
  return Buffer.concat([Buffer.alloc(-texts.bytes & 3), archive]);
}

/** The folders of these paths, each before those in it. */
function foldersOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => {
    const names = path.split('/').slice(0, -1);
    return names.map((_, index) => names.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].sort();
}

function withNames(text: string, modules: readonly ModuleFile[]): string {
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const present = new Set(text.split('\n'));
  const names = modules.map(({ line }) => moduleName(line.path)).filter((name) => !present.has(name));
  return `${start}${names.map((name) => `${name}\n`).join('')}`;
}

const moduleName = (path: string): string =>
  path.slice(path.lastIndexOf('/') + 1).replace(/\.ko(?:\.[a-z]+)?$/, '');

/**
 * The lines of a guest's modules.dep for a module and for what it needs, those first; `module` as `moduleNameOf` writes
 * it. Undefined when the list doesn't have it.
 */
export function linesFor(list: readonly ModuleLine[], module: string): ModuleLine[] | undefined {
  const line = list.find(({ path }) => moduleName(path).replaceAll('_', '-') === module);
  if (line === undefined) return undefined;
  // depmod lists all that is needed, also by what is needed, the last to be loaded first.
  const needed = [...line.needs].reverse().map((need) => list.find(({ path }) => path === need));
  return [...needed.filter((need) => need !== undefined), line];
}
