import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { withAppliance } from '../guest-access/appliance/open.js';
import { fuseObstacle } from '../guest-access/direct/raw-view.js';
import { rememberedKvm } from '../state/host-memory.js';
import { withScratch } from '../state/state-directory.js';
import { findProgram } from '../tools/find-program.js';
import { sandboxObstacle } from '../tools/sandbox.js';
import { type Finding, good, limited, missing } from './finding.js';

const topics = { direct: 'direct access', sandbox: 'sandbox', appliance: 'appliance' } as const;

/** Whether a guest's files can be reached, and how well protected this host is from them. */
export async function examineAccess(context: Context): Promise<Finding[]> {
  if (process.geteuid?.() !== 0)
    return [missing('user', 'images of virtual machines, Xen and FUSE are for root', 'run it as root')];
  return [...(await examineDirect()), ...(await examineSandbox()), await examineAppliance(context)];
}

async function examineDirect(): Promise<Finding[]> {
  const obstacle = await fuseObstacle();
  return obstacle === undefined
    ? [good(topics.direct, 'guests on ext2, ext3 and ext4 are converted in seconds')]
    : [
        limited(
          topics.direct,
          `every guest takes half a minute, through the appliance: ${obstacle}`,
          'modprobe fuse',
        ),
      ];
}

async function examineSandbox(): Promise<Finding[]> {
  const obstacle = await sandboxObstacle();
  return obstacle === undefined
    ? [good(topics.sandbox, "programs that read a guest's file systems see nothing else of this host")]
    : [
        limited(
          topics.sandbox,
          `programs that read a guest's file systems have the rights of root: ${obstacle}`,
          'apt install bubblewrap (0.5 or newer)',
        ),
      ];
}

/** Starts it once on an empty disk, since what it needs of a host is much: a readable kernel, QEMU, memory, /var/tmp. */
async function examineAppliance(context: Context): Promise<Finding> {
  if ((await findProgram('guestfish')) === undefined)
    return limited(topics.appliance, 'there is none', 'apt install libguestfs-tools');
  const { stateDirectory, signal } = context;
  const { works: kvm, reason } = await rememberedKvm(stateDirectory);
  const started = performance.now();
  try {
    await withScratch(stateDirectory, async (scratch) => {
      const path = join(scratch, 'empty.raw');
      const file = await open(path, 'wx');
      await file.truncate(1024 * 1024).finally(() => file.close());
      const disk = { path, format: 'raw' } as const;
      await withAppliance({ disk, writable: false, scratch, kvm, signal }, (access) => access.layout());
    });
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return limited(
      topics.appliance,
      `it does not start, so only ext2, ext3 and ext4 guests that need no kernel can be converted: ${message}`,
      'libguestfs-test-tool shows where it stops',
    );
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return good(
    topics.appliance,
    `started, looked and stopped in ${seconds} s; ${kvm ? '' : 'emulated, since '}${reason}`,
  );
}
