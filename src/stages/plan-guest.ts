import type { ModeRecord } from '../mode-records/mode-record.js';
import { recordNetwork } from '../mode-records/record-network.js';
import type { Facts, Planning, Request } from '../model.js';
import { plan } from '../plan/plan.js';
import { rules } from '../plan/rules/list.js';
import { completeByRecord } from '../request-from-record.js';

/** A plan, and the request that it carries out, which may say more than the user did. */
export interface Planned {
  readonly planning: Planning;
  readonly request: Request;
}

/**
 * Plans. A guest that needs a static address, where none was given, gets the one of its record; the record is asked only
 * then. One that can't be read is no reason to fail here: whoever is to turn it says so.
 */
export async function planGuest(
  facts: Facts,
  request: Request,
  record: ModeRecord | undefined,
): Promise<Planned> {
  const planning = plan(facts, request, rules);
  if (record === undefined || !lacksAddress(planning)) return { planning, request };
  const reading = await record.read();
  if (reading.kind === 'problem') return { planning, request };
  const completed = completeByRecord(request, recordNetwork(reading.state), record.name);
  switch (completed.kind) {
    case 'nothing':
      return { planning, request };
    case 'request':
      return { planning: plan(facts, completed.request, rules), request: completed.request };
    case 'problem': {
      const others = planning.problems.filter(({ code }) => code !== 'no-static-address');
      const problems = [...others, completed.problem];
      return { planning: { kind: 'refusal', problems }, request };
    }
  }
}

const lacksAddress = (planning: Planning): planning is Planning & { kind: 'refusal' } =>
  planning.kind === 'refusal' && planning.problems.some(({ code }) => code === 'no-static-address');
