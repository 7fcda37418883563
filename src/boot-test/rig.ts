/**
 * Boots a disk image as a PV domain, or a PVH one, under a real Xen, on any machine with QEMU.
 *
 *     this process ──► QEMU (software emulation) ──► Xen ──► dom0 ──► pygrub, xl create ──► the guest
 *                        │ throw-away layer           (packages of this machine's Debian)      │
 *                        └─ over the image ◄── /dev/vda, xvda ────────────────────────────────┘
 *
 * PV guests need no help from the hardware, so Xen runs them in QEMU as it does on metal: the same hypervisor, the
 * same pygrub, the same domain builder. Everything is made to be quick under emulation: dom0 is one initramfs of 34 MB
 * with a shell script for init (`dom0/init`), and all that is packed in Debian's packages lies unpacked in the cache.
 *
 * dom0 reports over a virtio port, one line an event (`protocol.ts`); xenconsoled appends the guest's console, byte
 * for byte, to another. So nothing is polled, and nothing that the guest writes can pass for a report. The guest sees a
 * bridge with dom0's address and nothing else: QEMU has no network card. For PVH, QEMU emulates AMD's virtualisation too.
 *
 * What is slow: of 45 s on two cores dom0 takes 5, pygrub and the domain builder 8, the guest's own boot the rest.
 */
import { type BootFiles, withArchive } from './boot-archive.js';
import { type BootLimits, type BootResult, createBootWatch, defaultLimits, tellSteps } from './boot-watch.js';
import { prepareDom0 } from './dom0.js';
import { giveAddress, pingUntilAnswered, sendFile, startDomain } from './protocol.js';
import { type RigDrive, type RigImage, rigDisk } from './qemu-arguments.js';
import { dom0Address, type RigNetwork } from './rig-network.js';
import { rigRecord } from './rig-record.js';
import { runXen } from './xen-session.js';

export interface BootOptions {
  readonly image: RigImage;
  /** See `Dom0Options`. */
  readonly cacheDirectory: string;
  /** For what the guest writes while it boots, some 100 MB. Default: `/var/tmp`. */
  readonly temporaryDirectory?: string;
  /** Waits for an answer to a ping there, besides the login prompt. */
  readonly network?: RigNetwork;
  /** The text of an xl.cfg to boot from, one character per byte; `rig-record.ts` says what of it holds. */
  readonly record?: string;
  /** Files of dom0 that the record boots, when it names some. */
  readonly files?: BootFiles;
  /** How the domain starts where no record says it: as a PV one where this is missing. */
  readonly target?: 'pvh';
  /** The guest's memory. Default: 512. */
  readonly memoryMiB?: number;
  readonly limits?: Partial<BootLimits>;
  /** Gets one line for people at each step. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Boots a throw-away layer over the image under Xen and returns how that went; the image is only read. A guest that
 * doesn't boot is a result, not an error; a `ToolError` says that the rig itself failed. The signal ends it at once.
 */
export async function bootUnderXen(options: BootOptions, signal: AbortSignal): Promise<BootResult> {
  const { image, network, memoryMiB = 512, temporaryDirectory = '/var/tmp', onProgress } = options;
  const dom0 = await prepareDom0({ cacheDirectory: options.cacheDirectory, signal });
  const watch = createBootWatch({
    limits: { ...(options.target === 'pvh' ? slowLimits : defaultLimits), ...options.limits },
    expectsAnswer: network !== undefined,
    onStep: tellSteps(onProgress),
  });
  return withArchive(options.files, temporaryDirectory, async (archive, files) => {
    const { target } = options;
    const domain = { device: rigDisk, memoryMiB, ...(files && { files }), ...(target && { target }) };
    const record = rigRecord(options.record, domain);
    const drives = rigDrives(image, archive);
    const machine = { dom0, drives, memoryMiB, ...(target === 'pvh' && { processor: pvhProcessor }) };
    const { end, second } = await runXen(
      { machine, temporaryDirectory, signal },
      bootRequests(record, network),
      watch,
    );
    return { ...watch.view(), end, totalSeconds: second };
  });
}

/** QEMU's emulation includes AMD's virtualisation: Debian's Xen, built without shadow pages, needs nested ones for it. */
const pvhProcessor = 'qemu64,+npt';

/** A kernel that unpacks a large initramfs says nothing meanwhile, and takes three times as long with that processor. */
const slowLimits = {
  ...defaultLimits,
  idleSeconds: 3 * defaultLimits.idleSeconds,
  totalSeconds: 3 * defaultLimits.totalSeconds,
};

/** Behind the image, dom0 finds the archive, whose files it unpacks to `/rig/boot`. */
function rigDrives(image: RigImage, archive: string | undefined): RigDrive[] {
  const disk = { ...image, access: 'throw-away' } as const;
  return archive === undefined ? [disk] : [disk, { path: archive, format: 'raw', access: 'read-only' }];
}

function bootRequests(record: string, network: RigNetwork | undefined): string[] {
  const start = [sendFile('boot.cfg', record), startDomain('boot.cfg')];
  if (network === undefined) return start;
  return [giveAddress(dom0Address(network), network.prefix), ...start, pingUntilAnswered(network.address)];
}
