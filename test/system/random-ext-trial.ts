import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../../src/errors.js';
import { withAppliance } from '../../src/guest-access/appliance/open.js';
import type { DirectAccess } from '../../src/guest-access/direct/open.js';
import type { FileStep } from '../../src/model.js';
import { asRoot, disk, withAccess } from './direct-edits.js';
import {
  type Described,
  describeTree,
  hash,
  inFolder,
  makeOverlay,
  program,
  withMounted,
} from './ext-images.js';
import { drawBy } from './random-draw.js';
import { drawAndEdit, type Edit, lastFolder } from './random-ext-edit.js';
import { makeRandomExt, type RandomExt } from './random-ext-image.js';
import { unwritable } from './random-ext-options.js';
import { drawSteps } from './random-ext-steps.js';
import { differences, isRegular } from './tree-differences.js';

/** What became of one random file system. */
export interface Trial extends Edit {
  readonly seed: number;
  /** As tune2fs calls them. */
  readonly features: readonly string[];
}

/** Makes the file system of that seed in a folder, edits it through direct access, and looks at the result with others' eyes. */
export async function tryRandomExt(folder: string, seed: number): Promise<Trial> {
  const draw = drawBy(seed);
  const made = await makeRandomExt(draw, join(folder, 'disk.raw'));
  const { image, features } = made;
  const sum = hash(readFileSync(image));
  const overlay = await makeOverlay(folder, image);
  const edit = await withAccess(folder, { path: overlay, format: 'qcow2' }, 'read-write', (access) =>
    features.some((name) => isUnwritable.has(name)) ? leave(access) : drawAndEdit(draw, made, access),
  );
  const looked = edit.kind === 'full' ? [] : await lookAt(made, overlay, edit, sum);
  const isUntouched = hash(readFileSync(image)) === sum;
  const touched = isUntouched ? [] : ['the image under the overlay has changed'];
  rmSync(overlay);
  return { ...edit, seed, features, wrong: [...edit.wrong, ...looked, ...touched] };
}

const isUnwritable: ReadonlySet<string> = new Set(unwritable);

/** Tries to write where direct access says that it can't. */
async function leave(access: DirectAccess): Promise<Edit> {
  const said = (await access.obstacles(asRoot, 'read-write')).join();
  const mounted = await access.mount(asRoot, 'read-write').then(
    () => 'it was mounted for writing',
    (error: unknown) => (error instanceof ToolError ? undefined : String(error)),
  );
  const isNamed = unwritable.some((name) => said.includes(name));
  const wrong = [...(isNamed ? [] : [`the reason is not named: ${said}`]), ...(mounted ? [mounted] : [])];
  return { kind: 'left to the appliance', steps: [], declined: [], wrong };
}

/**
 * Edits the file system of that seed through the libguestfs appliance, whose kernel knows every feature. Undefined where
 * this machine's kernel, which looks at the result, doesn't.
 */
export async function tryThroughAppliance(folder: string, seed: number): Promise<Trial | undefined> {
  const draw = drawBy(seed);
  const made = await makeRandomExt(draw, join(folder, 'disk.raw'));
  if (made.before.size === 0) return undefined;
  const steps = drawSteps(draw, made.before, made.blockBytes)
    .filter(({ path }) => !inheritsAcl(path, made.before))
    .map((one) => ({ ...one, before: nodeBefore(made.before.get(one.path)) }));
  const overlay = await makeOverlay(folder, made.image);
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const { signal } = new AbortController();
  const layer = { path: overlay, format: 'qcow2' } as const;
  const unsound = await withAppliance(
    { disk: layer, writable: true, scratch, kvm: false, signal },
    async (access) => {
      await access.mount(asRoot, 'read-write');
      await access.write(steps);
      return access.check([disk]);
    },
  );
  const edit = { kind: 'written', steps, declined: [], wrong: unsound } as const;
  const looked = await lookAt(made, overlay, edit, '');
  return { ...edit, seed, features: made.features, wrong: [...unsound, ...looked] };
}

/** What a plan knows of a path: the appliance keeps the inode of what is a file in the plan's eyes. */
const nodeBefore = (seen: Described | undefined): FileStep['before'] =>
  isRegular(seen) ? { kind: 'unread', bytes: 0 } : { kind: 'absent' };

/** A kernel hands a directory's default ACL on. */
const inheritsAcl = (path: string, before: RandomExt['before']): boolean =>
  /posix_acl_default/.test(before.get(lastFolder(path, before))?.attributes ?? '');

/** Tries these seeds, two at a time, one for each core, and says how each went as soon as it is known. */
export async function tryAll(
  seeds: Iterator<number>,
  tell: (seed: number, result: Trial | Error) => void,
): Promise<void> {
  const work = async () => {
    for (let next = seeds.next(); !next.done; next = seeds.next()) {
      const seed = next.value;
      await inFolder((folder) =>
        tryRandomExt(folder, seed).then(
          (trial) => tell(seed, trial),
          (error: Error) => tell(seed, error),
        ),
      );
    }
  };
  await Promise.all([work(), work()]);
}

/** What e2fsck and this machine's kernel find after the edit. */
async function lookAt({ before }: RandomExt, overlay: string, edit: Edit, sum: string): Promise<string[]> {
  const raw = `${overlay}.raw`;
  await program`qemu-img convert -f qcow2 -O raw ${overlay} ${raw}`;
  try {
    if (edit.kind === 'left to the appliance')
      return hash(readFileSync(raw)) === sum ? [] : ['something was written all the same'];
    const check = await program({ reject: false, all: true })`e2fsck -fn ${raw}`;
    const unsound = check.exitCode === 0 ? [] : [`e2fsck: ${check.all}`];
    const after = await withMounted(raw, 'ro', describeTree);
    return [...unsound, ...differences(before, after, edit.steps)];
  } finally {
    rmSync(raw);
  }
}
