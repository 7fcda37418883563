import type { BootResult } from '../boot-test/boot-watch.js';
import { bootInRealDom0 } from '../boot-test/in-real-dom0.js';
import { bootUnderXen } from '../boot-test/rig.js';
import type { Context } from '../context.js';
import { VerificationError } from '../errors.js';
import type { BootReport } from '../events.js';
import type { GuestDisk } from '../guest-access/with-guest.js';
import type { RecordBoot } from '../mode-records/record-boot.js';
import type { Request } from '../model.js';
import { isDom0 } from '../tools/host-xen.js';
import type { PreparedRecord } from './flip.js';

export interface BootTest {
  /** Where the rig keeps its dom0. */
  readonly cacheDirectory: string;
  readonly request: Request;
  readonly record: PreparedRecord;
  /** How the domain finds its kernel, with the paths that its files have now. */
  readonly boot: RecordBoot;
}

/**
 * Boots a throw-away layer over the disk as a PV or PVH domain under a real Xen: this host's own, where it is a dom0, else one
 * in QEMU. Throws a `VerificationError` with the console's last lines unless the login prompt comes and, in QEMU and
 * where an address is known, the guest answers there.
 */
export async function testBoot(
  disk: GuestDisk,
  test: BootTest,
  scratch: string,
  context: Context,
): Promise<BootResult> {
  const result = (await isDom0())
    ? await bootHere(disk, test, scratch, context)
    : await bootInQemu(disk, test, scratch, context);
  if (result.end.kind === 'booted') return result;
  throw new VerificationError(
    `the guest doesn't boot as ${(test.boot.target ?? 'pv').toUpperCase()}: ${describeEnd(result.end)}\n${lastLines(result.console)}`,
  );
}

/** What a passed test says: seconds in tenths, since the machine is emulated and more digits would mean nothing. */
export function bootReport({ times, login }: BootResult): BootReport {
  const rounded = Object.entries(times).map(([step, seconds]) => [
    step,
    Math.round(Number(seconds) * 10) / 10,
  ]);
  return { seconds: Object.fromEntries(rounded), login: login?.prompt ?? '' };
}

const tell = (context: Context) => (detail: string) =>
  context.emit({ type: 'progress', stage: 'boot-test', detail });

async function bootHere(
  image: GuestDisk,
  { boot, request }: BootTest,
  scratch: string,
  context: Context,
): Promise<BootResult> {
  if (request.network.address !== undefined) {
    const message =
      "in a real dom0 the boot test keeps away from the site's network: it waits for the login prompt, not for an answer to a ping";
    context.emit({ type: 'notice', notice: { code: 'boot-test-without-network', message } });
  }
  return bootInRealDom0({ image, boot, scratch, onProgress: tell(context) }, context.signal);
}

async function bootInQemu(
  image: GuestDisk,
  { cacheDirectory, request, record, boot }: BootTest,
  scratch: string,
  context: Context,
): Promise<BootResult> {
  const { address, prefix, gateway } = request.network;
  const network =
    address === undefined || prefix === undefined || prefix > 31
      ? undefined
      : { address, prefix, ...(gateway === undefined ? {} : { gateway }) };
  const text = recordText(record);
  return bootUnderXen(
    {
      image,
      cacheDirectory,
      temporaryDirectory: scratch,
      ...(network === undefined ? {} : { network }),
      ...(text === undefined ? {} : { record: text }),
      ...(boot.kind === 'kernel' ? { files: boot } : {}),
      ...(boot.target === undefined ? {} : { target: boot.target }),
      onProgress: tell(context),
    },
    context.signal,
  );
}

/**
 * The xl configuration as it will be, so that the domain is built from it and it is proven too. Other kinds of records
 * have none: the rig then uses a plain one.
 */
export function recordText(prepared: PreparedRecord): string | undefined {
  if (prepared.kind === 'new') return prepared.text;
  if (prepared.kind !== 'record' || prepared.record.kind !== 'xl') return undefined;
  return prepared.plan.kind === 'flip' ? prepared.plan.after : undefined;
}

function describeEnd(end: BootResult['end']): string {
  switch (end.kind) {
    case 'booted':
      return 'it booted';
    case 'not-started':
      return `xl did not start it: ${end.output.trim()}`;
    case 'ended':
      return `the domain ended (${end.reason})${end.panic === undefined ? '' : `: ${end.panic}`}`;
    case 'rescue-shell':
      return `the boot stopped in a rescue shell: ${end.line}`;
    case 'no-answer':
      return `it asks for a login and does not answer on its address within ${end.seconds} s`;
    case 'idle':
      return `its console was silent for ${end.seconds} s`;
    case 'too-long':
      return `it took more than ${end.seconds} s`;
  }
}

const lastLines = (console: Buffer): string =>
  console.toString('latin1').split(/\r?\n/).slice(-15).join('\n');
