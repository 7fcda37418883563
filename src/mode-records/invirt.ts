import type { Query } from '../database/query.js';
import { quoteIdentifier } from '../database/query.js';
import { inTransaction } from '../database/transaction.js';
import { ConversionError, RecordError } from '../errors.js';
import type { Notice, Problem } from '../model.js';
import { changeType } from './invirt-flip.js';
import { databaseName, type Machine, readMachine } from './invirt-machine.js';
import { offProblem } from './invirt-off.js';
import type { InvirtPlace } from './invirt-option.js';
import { invirtProblems } from './invirt-problems.js';
import { tableName } from './invirt-schema.js';
import { changeIn, statementOf, type TypeChange } from './invirt-statement.js';
import { pvTypeOf } from './invirt-target.js';
import type { ModeRecord, RecordFlip, RecordPlan, RecordReading } from './mode-record.js';
import type { RecordBoot } from './record-boot.js';
import { diskOfImage, imageKey } from './same-image.js';

/** A machine's row in an Invirt database, as the record of the virtual machine whose disk is the image at `imagePath`. */
export function invirtRecord(place: InvirtPlace, imagePath: string): ModeRecord {
  const read = () =>
    orProblem(place, () => inTransaction(place.database, 'read only', (query) => readingOf(query, place)));
  return {
    kind: 'invirt',
    option: place.option,
    name: `the machine ${JSON.stringify(place.machine)} in ${databaseName(place)}`,
    read,
    plan: (boot) =>
      orProblem(place, () =>
        inTransaction(place.database, 'read only', (query) => planFor(query, place, imagePath, boot)),
      ),
    flip: (plan) => changeType(place, changeOf(plan.after), 'pv'),
    readBack: read,
    undo: (plan) => undo(place, plan),
  };
}

const problem = (one: Problem) => ({ kind: 'problem', problem: one }) as const;

type Problematic = { readonly kind: 'problem'; readonly problem: Problem };

/** A database that can't be asked is no exception while nothing has been written. */
async function orProblem<T>(place: InvirtPlace, work: () => Promise<T>): Promise<T | Problematic> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    return problem(invirtProblems['record-unreachable'](databaseName(place), error.message));
  }
}

async function readingOf(query: Query, place: InvirtPlace): Promise<RecordReading> {
  const reading = await readMachine(query, place);
  if (reading.kind === 'problem') return reading;
  const { isHvm, disks, vifs } = reading.machine;
  const domain = place.settings['domain-name'].replaceAll('{name}', () => place.machine);
  return { kind: 'state', state: { mode: isHvm ? 'hvm' : 'pv', domain, disks, vifs } };
}

async function planFor(
  query: Query,
  place: InvirtPlace,
  imagePath: string,
  boot: RecordBoot | undefined,
): Promise<RecordPlan> {
  if (boot !== undefined && boot.kind !== 'pygrub')
    return problem(invirtProblems['record-boot-way'](boot.kind));
  if (boot?.target === 'pvh') return problem(invirtProblems['record-without-pvh'](databaseName(place)));
  const reading = await readMachine(query, place);
  if (reading.kind === 'problem') return reading;
  const { machine } = reading;
  const obstacle =
    (await otherDisk(place, machine, imagePath)) ?? (await offProblem(query, place, machine.key));
  if (obstacle !== undefined) return problem(obstacle);
  const where = `/invirt/${JSON.stringify(place.machine).slice(1, -1)}`;
  if (!machine.isHvm) return { kind: 'already-pv', where, mode: 'pv' };
  const pv = pvTypeOf(machine, place.settings['pv-types']);
  if (pv.kind === 'problem') return pv;
  const forbidden = await whyNotWritable(query, place);
  if (forbidden !== undefined)
    return problem(invirtProblems['record-not-writable'](databaseName(place), forbidden));
  const { key, type: old } = machine;
  return {
    kind: 'flip',
    where,
    before: statementOf(place, { key, from: pv.type, to: old }),
    after: statementOf(place, { key, from: old, to: pv.type }),
    changes: [
      { key: place.settings.columns.machines.type, reason: `${old} is an HVM type, ${pv.type} a PV one` },
    ],
    notices: noticesOf(place),
  };
}

/** Where the site hasn't said where its disks are, the user's word counts. */
async function otherDisk(
  { settings, machine }: InvirtPlace,
  { disks }: Machine,
  imagePath: string,
): Promise<Problem | undefined> {
  if (settings['disk-path'] === undefined) return undefined;
  const image = await imageKey(imagePath);
  if (image !== undefined && (await diskOfImage(disks, image)) !== undefined) return undefined;
  const paths = disks.map(({ target }) => Buffer.from(target, 'latin1').toString());
  return invirtProblems['record-of-another-disk'](machine, imagePath, paths);
}

/** Found out before the disk is converted, so that a user who may only read is refused with the image untouched. */
async function whyNotWritable(query: Query, { settings }: InvirtPlace): Promise<string | undefined> {
  const [row] = await query(
    `SELECT has_column_privilege($1, $2, 'UPDATE')::text AS may, pg_is_in_recovery()::text AS standby, current_user::text AS role`,
    [tableName(settings, 'machines'), settings.columns.machines.type],
  );
  if (row?.standby === 'true') return 'it is a standby server';
  return row?.may === 'true'
    ? undefined
    : `the user ${row?.role} may not update ${quoteIdentifier(settings.columns.machines.type)}`;
}

function noticesOf({ settings, machine }: InvirtPlace): Notice[] {
  const name = JSON.stringify(machine);
  return [
    ...(settings['disk-path'] !== undefined
      ? []
      : [
          {
            code: 'record-disk-not-compared',
            message: `that the image is the disk of the machine ${name} was not checked: invirt.disk-path in the configuration file would say where disks are`,
          },
        ]),
    ...(settings.off !== undefined
      ? []
      : [
          {
            code: 'record-off-not-asked',
            message: `that the machine ${name} is off was not asked of the site: invirt.off in the configuration file would say how`,
          },
        ]),
  ];
}

function changeOf(text: string): TypeChange {
  const change = changeIn(text);
  if (change !== undefined) return change;
  throw new RecordError("the journal's entry is no change of a machine's type", {
    remedy: "change the machine's type by hand",
  });
}

/** A machine that runs must not have its disk taken away, which comes after the record. */
async function undo(place: InvirtPlace, plan: RecordFlip): Promise<void> {
  const change = changeOf(plan.before);
  const on = await orProblem(place, async () => {
    const found = await inTransaction(place.database, 'read only', (query) =>
      offProblem(query, place, change.key),
    );
    return found && problem(found);
  });
  if (on !== undefined) throw new RecordError(on.problem.message, { remedy: on.problem.remedy });
  await changeType(place, change, 'any');
}
