import { ToolError } from '../errors.js';
import type { DiskImage } from '../model.js';
import { writersOf } from '../tools/open-files.js';
import { domainsWith } from './domains.js';
import { identify } from './open.js';

/** Throws a `ToolError` when the image is not what it was when it was opened. */
export async function requireSame(image: DiskImage): Promise<void> {
  const now = await identify(image.path);
  if (JSON.stringify(now) === JSON.stringify(image.identity)) return;
  throw new ToolError(`${image.path} was changed by somebody else during the conversion`, {
    remedy: 'make sure that nothing writes to the image, and run it again',
  });
}

/** The last look before an image is written: throws a `ToolError` when somebody uses it or has changed it. */
export async function lastLook(image: DiskImage): Promise<void> {
  const users = [...(await writersOf(image.path)), ...(await domainsWith(image))];
  if (users.length > 0) throw new ToolError(`${image.path} has come into use meanwhile: ${users.join(', ')}`);
  await requireSame(image);
}
