/**
 * Boots a disk as a throw-away PV domain of the dom0 that this host is, by its own xl.
 *
 *     this process ──► xl create ──► pygrub ──► the domain, without a network card
 *        ▲ xl console                             │ xvda
 *        └──────────── what the guest writes      └─► loop device ─► QEMU's raw view of a throw-away layer ─► the disk
 *
 * A loop device, because libxl gives pygrub nothing but block devices and raw files without a QEMU of Xen's own in dom0.
 * The site's network isn't touched, so nobody is asked for an answer to a ping: only the login prompt counts.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../errors.js';
import { fuseObstacle, withRawView } from '../guest-access/direct/raw-view.js';
import { pvConfig } from '../mode-records/pv-config.js';
import type { RecordBoot } from '../mode-records/record-boot.js';
import { withLoopDevice } from '../tools/loop-device.js';
import { createOverlay } from '../tools/qemu-img.js';
import { createDomain, destroyDomain, freeMemoryMiB } from '../tools/xl.js';
import {
  type BootLimits,
  type BootResult,
  type BootWatch,
  createBootWatch,
  defaultLimits,
  tellSteps,
} from './boot-watch.js';
import { watchDomain } from './domain-watch.js';
import type { RigImage } from './qemu-arguments.js';
import { sweepTestDomains, testDomainName } from './test-domain.js';

export interface XlBootOptions {
  readonly image: RigImage;
  /** How the domain finds its kernel. Paths are those that the files have now. */
  readonly boot: RecordBoot;
  /** A folder of this run, whose name becomes the domain's; the layer in it grows by what the guest writes. */
  readonly scratch: string;
  readonly limits?: Partial<BootLimits>;
  /** Gets one line for people at each step. */
  readonly onProgress?: (line: string) => void;
}

/** What the rig's guest has as well. */
const memoryMiB = 512;

/**
 * Boots a throw-away layer over the disk with xl and returns how that went; the disk is only read. A guest that doesn't
 * boot is a result, not an error; a `ToolError` says that dom0 can't do it. The domain and its disk are gone when this
 * settles, whatever happens; those of a run that was killed are destroyed first.
 */
export async function bootInRealDom0(options: XlBootOptions, signal: AbortSignal): Promise<BootResult> {
  const { image, scratch } = options;
  const obstacle = await fuseObstacle();
  if (obstacle !== undefined) {
    throw new ToolError(`the boot test can't show the disk to a domain: ${obstacle}`, {
      remedy: 'run as root; modprobe fuse',
    });
  }
  await sweepTestDomains();
  const path = join(scratch, 'boot-test.qcow2');
  await createOverlay(path, image.path, image.format);
  const layer = { path, format: 'qcow2' } as const;
  return withRawView(layer, 'read-write', { signal, scratch }, (raw) =>
    withLoopDevice(raw, (device) => bootFrom(device, options, signal)),
  );
}

async function bootFrom(device: string, options: XlBootOptions, signal: AbortSignal): Promise<BootResult> {
  const { boot, scratch, onProgress } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const name = testDomainName(scratch);
  const watch = createBootWatch({ limits, expectsAnswer: false, onStep: tellSteps(onProgress) });
  const config = pvConfig({ imagePath: device, format: 'raw', boot, name, memory: memoryMiB });
  const configFile = join(scratch, 'boot-test.cfg');
  await writeFile(configFile, config.kind === 'text' ? config.text : '', 'latin1');
  try {
    return await startAndWatch({ name, configFile, limits }, watch, signal);
  } finally {
    await destroyDomain(name);
  }
}

interface TestDomain {
  readonly name: string;
  readonly configFile: string;
  readonly limits: BootLimits;
}

async function startAndWatch(
  { name, configFile, limits }: TestDomain,
  watch: BootWatch,
  signal: AbortSignal,
): Promise<BootResult> {
  const started = performance.now();
  const now = () => (performance.now() - started) / 1000;
  const start = await createDomain(configFile, { signal, limitMs: limits.idleSeconds * 1000 });
  if (start.kind === 'failed') {
    await complainOfMemory(start.output);
    const end = { kind: 'not-started', status: start.status, output: start.output } as const;
    return { ...watch.view(), end, totalSeconds: now() };
  }
  watch.report({ kind: 'created' }, now());
  const { end, second } = await watchDomain(name, watch, now, signal);
  return { ...watch.view(), end, totalSeconds: second };
}

/** xl says it in many ways, so Xen is asked. */
async function complainOfMemory(output: string): Promise<void> {
  const free = await freeMemoryMiB();
  if (free >= memoryMiB) return;
  throw new ToolError(
    `dom0 has no memory for the boot test: ${free} MiB are free, the domain needs ${memoryMiB}\n${output}`,
    { remedy: 'shut down a domain, or take memory from dom0 with xl mem-set 0 <MiB>' },
  );
}
