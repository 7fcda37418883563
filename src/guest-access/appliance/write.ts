import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import type { DesiredNode, FileStep } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** See `GuestAccess.write`. */
export async function writeSteps(
  guestfish: Guestfish,
  steps: readonly FileStep[],
  temporary: () => string,
): Promise<void> {
  for (const step of steps) await writeStep(guestfish, step, temporary);
  await guestfish.call('sync');
}

/** See `GuestAccess.append`. */
export async function appendFile(
  guestfish: Guestfish,
  guestPath: string,
  content: Buffer,
  temporary: () => string,
): Promise<void> {
  const [bytes = ''] = await guestfish.call('filesize', guestPath);
  const file = temporary();
  await writeFile(file, content);
  await guestfish.call('upload-offset', file, guestPath, bytes);
  await rm(file);
  await guestfish.call('sync');
}

async function writeStep(guestfish: Guestfish, step: FileStep, temporary: () => string): Promise<void> {
  const { path, before, after } = step;
  switch (after.kind) {
    case 'absent':
      return void (await guestfish.call('rm-f', path));
    case 'symlink':
      await guestfish.call('mkdir-p', dirname(path));
      return void (await guestfish.call('ln-sf', after.target, path));
    case 'file':
      return writeFileNode(
        guestfish,
        path,
        before.kind !== 'file' && before.kind !== 'unread',
        after,
        temporary,
      );
  }
}

/**
 * `upload` writes into the existing inode, so that owner, mode, extended attributes and hard links stay; a tar archive
 * would replace the inode.
 */
async function writeFileNode(
  guestfish: Guestfish,
  path: string,
  isNew: boolean,
  node: Extract<DesiredNode, { kind: 'file' }>,
  temporary: () => string,
): Promise<void> {
  const file = temporary();
  await writeFile(file, node.text, 'latin1');
  if (isNew) {
    await guestfish.call('mkdir-p', dirname(path));
    await guestfish.call('rm-f', path);
  }
  await guestfish.call('upload', file, path);
  await rm(file);
  if (isNew) await guestfish.call('chown', '0', '0', path);
  const mode = node.mode ?? (isNew ? 0o644 : undefined);
  if (mode !== undefined) await guestfish.call('chmod', `0${mode.toString(8)}`, path);
}
