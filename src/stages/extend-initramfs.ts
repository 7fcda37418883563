import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../errors.js';
import type { GuestAccess } from '../guest-access/guest-access.js';
import { isModuleList } from '../guest-files/initramfs.js';
import { initramfsAddition, linesFor, type ModuleFile } from '../guest-files/initramfs-addition.js';
import { readModuleList } from '../guest-files/module-list.js';
import type { InitramfsStep } from '../model.js';
import { readCopy } from './read-copy.js';
import { readInitramfs } from './read-initramfs.js';

/** Adds the modules of a step to an initramfs of the guest, at its end. A `ToolError` says what is missing. */
export async function extendInitramfs(
  access: GuestAccess,
  step: InitramfsStep,
  scratch: string,
): Promise<void> {
  const modules = await readModules(access, step, scratch);
  const copy = join(scratch, 'initramfs-to-extend');
  await access.download(step.path, copy);
  try {
    const keeps = (path: string) => isModuleList(path) || path === 'conf/modules';
    const { texts, damage } = await readInitramfs(copy, step.path, { keeps });
    const modulesDep = [...texts].find(([path]) => path.endsWith(`/${step.kernel}/modules.dep`));
    if (modulesDep === undefined || damage !== undefined)
      throw new ToolError(`the guest's ${step.path} can't be extended: ${damage ?? 'it lists no modules'}`);
    const { size: bytes } = await stat(copy);
    const confModules = texts.get('conf/modules') ?? '';
    await access.append(step.path, initramfsAddition({ bytes, modulesDep, confModules }, modules));
  } finally {
    await rm(copy, { force: true });
  }
}

async function readModules(
  access: GuestAccess,
  { kernel, modules }: InitramfsStep,
  scratch: string,
): Promise<ModuleFile[]> {
  const folder = `/lib/modules/${kernel}`;
  const list = readModuleList(
    (await readGuestFile(access, `${folder}/modules.dep`, scratch)).toString('latin1'),
  );
  const files: ModuleFile[] = [];
  for (const module of modules) {
    const lines = linesFor(list, module);
    if (lines === undefined)
      throw new ToolError(`the guest's ${folder} has no module ${module}`, {
        remedy: 'reinstall the kernel package in the guest, or give --kernel install',
      });
    for (const line of lines) {
      files.push({ line, content: await readGuestFile(access, `${folder}/${line.path}`, scratch) });
    }
  }
  return files;
}

async function readGuestFile(access: GuestAccess, path: string, scratch: string): Promise<Buffer> {
  const copy = join(scratch, 'file-of-the-guest');
  await access.download(path, copy);
  try {
    return await readCopy(copy, path);
  } finally {
    await rm(copy, { force: true });
  }
}
