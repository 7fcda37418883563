import { chooseRecord } from '../mode-records/list.js';
import type { DiskImage } from '../model.js';
import { type Conversion, committedOf } from '../state/conversions.js';
import type { RecordIntent } from '../state/journal-entry.js';
import type { PreparedRecord } from './flip.js';

/** What a journal keeps of a record, so that the next run can go on and `undo` go back. */
export function intentOf(prepared: PreparedRecord): RecordIntent {
  if (prepared.kind !== 'record') return prepared;
  const { record, plan } = prepared;
  if (plan.kind === 'already-pv') return { kind: 'none', reason: `${record.name} says PV already` };
  const { where, before, after } = plan;
  return { kind: 'flip', option: record.option, where, before, after };
}

/** The record that a conversion's journal speaks of, as it was planned last. */
export async function recordOf(conversion: Conversion, image: DiskImage): Promise<PreparedRecord> {
  const intent = committedOf(conversion)?.record ?? conversion.begun.record;
  if (intent.kind !== 'flip') return intent;
  const chosen = await chooseRecord(intent.option, image.path);
  if (chosen.kind !== 'record') return { kind: 'none', reason: `${intent.option} is no record` };
  const { where, before, after } = intent;
  const plan = { kind: 'flip', where, before, after, changes: [] } as const;
  return { kind: 'record', record: chosen.record, plan };
}
