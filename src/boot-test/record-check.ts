import { prepareDom0 } from './dom0.js';
import { checkRecord, type Report, sendFile } from './protocol.js';
import { runXen, type XenListener } from './xen-session.js';

/** What `xl create -n` said of one record. */
export interface RecordCheck {
  readonly accepted: boolean;
  /** xl's messages and, when it accepts, the domain as xl understands it (JSON). One character per byte. */
  readonly output: string;
}

export interface RecordCheckOptions {
  /** See `Dom0Options`. */
  readonly cacheDirectory: string;
  readonly temporaryDirectory?: string;
}

/** dom0 needs five seconds to come up and two for the first record, half a second for each further one; on a busy host tenfold. */
const limitSeconds = (records: number): number => 120 + 6 * records;

/**
 * Lets a real xl, in a dom0 under QEMU, read the texts of xl.cfg files without starting anything; the answers come in the
 * same order. Throws a `ToolError` when the rig itself fails.
 */
export async function checkRecords(
  records: readonly string[],
  options: RecordCheckOptions,
  signal: AbortSignal,
): Promise<RecordCheck[]> {
  if (records.length === 0) return [];
  const { cacheDirectory, temporaryDirectory = '/var/tmp' } = options;
  const dom0 = await prepareDom0({ cacheDirectory, signal });
  const requests = records.flatMap((text, index) => [
    sendFile(`${index}.cfg`, text),
    checkRecord(`${index}.cfg`),
  ]);
  const machine = { dom0, drives: [], memoryMiB: 0 };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitSeconds(records.length) * 1000)]);
  const { end } = await runXen(
    { machine, temporaryDirectory, signal: limit },
    requests,
    collect(records.length),
  );
  return end;
}

function collect(count: number): XenListener<RecordCheck[]> {
  const checks: RecordCheck[] = [];
  return {
    report: (report: Report) => {
      if (report.kind === 'checked') checks.push({ accepted: report.status === 0, output: report.output });
    },
    console: () => {},
    end: () => (checks.length === count ? checks : undefined),
  };
}
