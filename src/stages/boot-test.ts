import type { BootFiles } from '../boot-test/boot-archive.js';
import { type BootResult, bootUnderXen } from '../boot-test/rig.js';
import type { Context } from '../context.js';
import { VerificationError } from '../errors.js';
import type { GuestDisk } from '../guest-access/with-guest.js';
import type { Request } from '../model.js';
import type { PreparedRecord } from './flip.js';

export interface BootTest {
  /** Where the rig keeps its dom0. */
  readonly cacheDirectory: string;
  readonly request: Request;
  readonly record: PreparedRecord;
  /** The files of dom0 that the record will name, where they are until then. */
  readonly files?: BootFiles | undefined;
}

/**
 * Boots a throw-away layer over the disk as a PV domain under a real Xen. Throws a `VerificationError` with the
 * console's last lines unless the login prompt comes and, where an address is known, the guest answers there.
 */
export async function testBoot(
  disk: GuestDisk,
  test: BootTest,
  scratch: string,
  context: Context,
): Promise<BootResult> {
  const { address, prefix, gateway } = test.request.network;
  const network =
    address === undefined || prefix === undefined || prefix > 31
      ? undefined
      : { address, prefix, ...(gateway === undefined ? {} : { gateway }) };
  const text = recordText(test.record);
  const result = await bootUnderXen(
    {
      image: disk,
      cacheDirectory: test.cacheDirectory,
      temporaryDirectory: scratch,
      ...(network === undefined ? {} : { network }),
      ...(text === undefined ? {} : { record: text }),
      ...(test.files === undefined ? {} : { files: test.files }),
      onProgress: (detail) => context.emit({ type: 'progress', stage: 'boot-test', detail }),
    },
    context.signal,
  );
  if (result.end.kind === 'booted') return result;
  throw new VerificationError(
    `the guest doesn't boot as PV: ${describeEnd(result.end)}\n${lastLines(result.console)}`,
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
