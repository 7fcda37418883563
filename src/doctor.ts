/** The story of `doctor`: is this host fit? Nothing is written but scratch, and no image is opened. */
import type { Context } from './context.js';
import { examineAccess } from './doctor/access.js';
import type { Finding } from './doctor/finding.js';
import { examinePrograms } from './doctor/programs.js';
import { examineRoom } from './doctor/room.js';
import { examineXen } from './doctor/xen.js';
import type { Outcome } from './events.js';
import { exitCodes } from './exit-codes.js';

/** Everything that is looked at, in the order in which it is told: the quick things first. */
const examinations: readonly ((context: Context) => Promise<readonly Finding[]>)[] = [
  examinePrograms,
  examineXen,
  ({ stateDirectory }) => examineRoom(stateDirectory),
  examineAccess,
];

/** Tells what this host has of all that conversions need, and fails where none would work. */
export async function examineHost(context: Context): Promise<Outcome> {
  const findings: Finding[] = [];
  for (const examine of examinations) {
    for (const finding of await examine(context)) {
      context.emit(finding);
      findings.push(finding);
    }
  }
  const problems = findings
    .filter(({ verdict }) => verdict === 'missing')
    .map(({ topic, message, remedy }) => ({ code: 'host-not-fit', message: `${topic}: ${message}`, remedy }));
  if (problems.length === 0) return { type: 'outcome', disk: '', outcome: 'examined', problems: [] };
  const { failed: exitCode } = exitCodes;
  return {
    type: 'outcome',
    disk: 'this host',
    outcome: 'failed',
    exitCode,
    state: 'nothing was changed',
    problems,
  };
}
