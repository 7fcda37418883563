import { createLogUpdate } from 'log-update';
import type { Outcome } from '../events.js';
import type { FleetEvent, FleetOutcome } from '../fleet/fleet-events.js';
import type { BatchTextOptions } from './batch-lines.js';
import { escapeJson, type SafeText } from './escape.js';
import { endText, fleetLine, queueTable } from './fleet-text.js';

/** Whether a run of `enqueue` or `queue` came to do what it was to do. */
export const isOfFleet = (outcome: FleetOutcome | Outcome): outcome is FleetOutcome =>
  /^(enqueued|queue|cancelled|requeued)$/.test(outcome.outcome);

/** Tells what `enqueue` and `queue` do. A table that comes again takes the old one's place on a terminal. */
export function createFleetReporter(
  options: BatchTextOptions,
  isJson: boolean,
  terminal: NodeJS.WriteStream,
): (event: FleetEvent) => void {
  const { out, err, paint, verbosity } = options;
  if (isJson)
    return (event) => out(`${escapeJson(JSON.stringify({ time: new Date().toISOString(), ...event }))}\n`);
  const print = (text: SafeText) => out(`${text.value}\n`);
  const draw = terminal.isTTY === true ? createLogUpdate(terminal) : undefined;
  return (event) => {
    switch (event.type) {
      case 'queue':
        return draw === undefined
          ? print(queueTable(event.hosts, paint))
          : draw(queueTable(event.hosts, paint).value);
      case 'outcome':
        draw?.done();
        if (event.outcome !== 'queue') print(endText(event, paint));
        return;
      case 'queue-job':
        draw?.done();
        return print(fleetLine(event));
      default:
        if (verbosity !== 'quiet') err(`${fleetLine(event).value}\n`);
    }
  };
}
