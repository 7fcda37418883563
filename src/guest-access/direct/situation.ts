import { ToolError } from '../../errors.js';
import type { FileStep } from '../../model.js';
import { type InodeStatus, inodeFlag } from './inode-status.js';
import { childOf, type Found, isDirectory, isLink, isRegular, lookUp, type MountTable } from './lookup.js';

/** A step, and what the guest has at its path now. */
export interface Situation {
  readonly step: FileStep;
  /** The last directory of the path that exists. */
  readonly directory: Found;
  /** Names of directories to create below it, outermost first. */
  readonly missing: readonly string[];
  readonly name: string;
  /** The regular file or symbolic link that is there. */
  readonly existing?: { readonly found: Found; readonly status: InodeStatus };
}

/** EXT2_NAME_LEN; debugfs would write the length modulo 256. */
const maximumName = 255;
const remedy = 'use --access appliance';

/**
 * Looks at a step's path without following symbolic links. Throws a `ToolError` for what a kernel would refuse
 * (a directory or socket in the way, `chattr +i`) and for what debugfs would leave different from what a kernel leaves.
 */
export async function situationOf(mounts: MountTable, step: FileStep): Promise<Situation> {
  const parts = namesOf(step.path);
  const name = parts.pop() ?? '';
  const { directory, missing } = await descend(mounts, parts, step.path);
  const found = missing.length === 0 ? await childOf(mounts, directory, name) : undefined;
  if (found === undefined) {
    if (step.after.kind !== 'absent') await refuseDirectory(directory, 'creates');
    return { step, directory, missing, name };
  }
  if (!isRegular(found) && !isLink(found)) {
    throw new ToolError(`the guest's ${step.path} is neither a regular file nor a symbolic link`);
  }
  const status = await found.fileSystem.status(found.inode, step.path);
  refuseProtected(step.path, status);
  const situation = { step, directory, missing, name, existing: { found, status } };
  if (!isEditInPlace(situation)) {
    refuseLostBlock(step.path, status);
    await refuseDirectory(directory, step.after.kind === 'absent' ? 'removes' : 'creates');
  }
  return situation;
}

/** Whether the inode stays: a regular file that gets another content. */
export function isEditInPlace({ step, existing }: Situation): boolean {
  return existing !== undefined && isRegular(existing.found) && step.after.kind === 'file';
}

function namesOf(path: string): string[] {
  const [before, ...names] = path.split('/');
  const odd = (name: string) => name === '' || name === '.' || name === '..' || name.length > maximumName;
  if (before === '' && names.length > 0 && !names.some(odd)) return names;
  throw new ToolError(`not a path that can be written in the guest: ${JSON.stringify(path)}`);
}

async function descend(mounts: MountTable, parts: readonly string[], path: string) {
  let directory = await lookUp(mounts, '/', 'keep');
  if (directory === undefined) throw new ToolError('no file system is mounted as the guest’s root');
  const missing = [...parts];
  for (const part of parts) {
    const child: Found | undefined = await childOf(mounts, directory, part);
    if (child === undefined) break;
    if (!isDirectory(child))
      throw new ToolError(`the guest's ${child.path}, on the way to ${path}, is no directory`);
    directory = child;
    missing.shift();
  }
  return { directory, missing };
}

const isProtected = ({ flags }: InodeStatus): boolean =>
  (flags & (inodeFlag.immutable | inodeFlag.appendOnly)) !== 0;

function refuseProtected(path: string, status: InodeStatus): void {
  if (isProtected(status))
    throw new ToolError(`the guest's ${path} is protected against changes (chattr +i or +a)`);
}

/** debugfs' `rm` frees the inode and its data, and leaves a block of extended attributes allocated. */
function refuseLostBlock(path: string, { links, hasAttributeBlock }: InodeStatus): void {
  if (links > 1 || !hasAttributeBlock) return;
  throw new ToolError(`the guest's ${path} has extended attributes outside of its inode`, { remedy });
}

async function refuseDirectory(
  { fileSystem, inode, path }: Found,
  change: 'creates' | 'removes',
): Promise<void> {
  const status = await fileSystem.status(inode, path);
  refuseProtected(path, status);
  if (change === 'creates' && status.attributes.includes('system.posix_acl_default')) {
    throw new ToolError(`new files in the guest's ${path} inherit an ACL`, { remedy });
  }
}
