import test from 'ava';
import fc from 'fast-check';
import { parseInvirtOption } from '../../../src/mode-records/invirt-option.js';
import { changeIn, statementOf } from '../../../src/mode-records/invirt-statement.js';
import { pvTypeOf } from '../../../src/mode-records/invirt-target.js';

function placeOf(machine: string) {
  const option = parseInvirtOption(`/db#${machine}`);
  if (option.kind === 'invalid') throw new Error(option.message);
  return option.place;
}

test('the statement is what a person would run', (t) => {
  t.is(
    statementOf(placeOf('web1'), { key: '17', from: 'linux-hvm', to: 'linux' }),
    `-- the machine "web1"
UPDATE "public"."machines" SET "type_id" = 'linux'
 WHERE "machine_id" = '17' AND "type_id" = 'linux-hvm';
`,
  );
});

test('a name ends neither the comment nor the statement', (t) => {
  const text = statementOf(placeOf(`x\n'; DROP TABLE machines; --`), { key: "1' OR '1", from: 'a', to: 'b' });
  t.is(text.split('\n').length, 4);
  t.regex(text, /^-- the machine "x\\n'; DROP TABLE machines; --"\n/);
  t.regex(text, /WHERE "machine_id" = '1'' OR ''1' AND/);
});

test('every change is read from its statement again', (t) => {
  const word = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("it's", 'é', '日本', "';\n--", '\\'));
  fc.assert(
    fc.property(word, fc.record({ key: word, from: word, to: word }), (machine, change) => {
      const text = statementOf(placeOf(machine), change);
      t.deepEqual(changeIn(text), change);
      t.regex(text, /^[\0-\xff]*$/);
    }),
  );
});

for (const text of ['', 'name = "web1"\n', "-- x\nUPDATE machines SET type_id = 'a';\n"]) {
  test(`no change is read from ${JSON.stringify(text)}`, (t) => {
    t.is(changeIn(text), undefined);
  });
}

const types = [
  { key: 'linux', hvm: false },
  { key: 'linux-hvm', hvm: true },
  { key: 'both', hvm: true },
  { key: 'both-hvm', hvm: true },
  { key: 'null', hvm: undefined },
  { key: 'null-hvm', hvm: true },
  { key: 'alone-hvm', hvm: true },
  { key: 'windows', hvm: true },
];
const machine = (type: string) => ({ key: '1', type, isHvm: true, types, disks: [], vifs: [] });

test('the PV type is the one without -hvm, or the one of the configuration', (t) => {
  t.deepEqual(pvTypeOf(machine('linux-hvm'), {}), { kind: 'type', type: 'linux' });
  t.deepEqual(pvTypeOf(machine('windows'), { windows: 'linux' }), { kind: 'type', type: 'linux' });
});

const unclear: readonly [string, Record<string, string>, RegExp][] = [
  ['both-hvm', {}, /both is no PV type; PV types are: linux/],
  ['null-hvm', {}, /null is no PV type/],
  ['alone-hvm', {}, /there is no type alone;/],
  ['windows', {}, /doesn't end in -hvm/],
  ['linux-hvm', { 'linux-hvm': 'windows' }, /windows is no PV type/],
  ['linux-hvm', { 'linux-hvm': 'linx' }, /there is no type linx/],
];

for (const [type, mapping, message] of unclear) {
  test(`no PV type for ${type} with ${JSON.stringify(mapping)}`, (t) => {
    const found = pvTypeOf(machine(type), mapping);
    if (found.kind !== 'problem') return t.fail();
    t.is(found.problem.code, 'record-no-pv-type');
    t.regex(found.problem.message, message);
    t.regex(found.problem.remedy, /pv-types: \{/);
  });
}
