import test from 'ava';
import fc from 'fast-check';
import {
  type BootText,
  bootFieldNames,
  bootFieldsIn,
  differing,
  isNothing,
  textOf,
} from '../../../src/mode-records/xapi-fields.js';

const uuid = '11111111-2222-4333-8444-555555555555';
const vbd = '66666666-7777-4888-8999-aaaaaaaaaaaa';

test('one line a field, as JSON, what makes it a PV last', (t) => {
  const vm = { domain_type: 'pv', PV_args: 'a "b"\nc', PV_bootloader: 'pygrub' };
  const text = textOf({ uuid, name: 'wéb', fields: { vm, bootable: new Map([[vbd, true]]) } });
  t.is(
    Buffer.from(text, 'latin1').toString(),
    `VM ${uuid} "wéb"
VBD ${vbd} bootable = true
PV_bootloader = "pygrub"
PV_args = "a \\"b\\"\\nc"
domain_type = "pv"
`,
  );
});

const fields = fc.record({
  vm: fc
    .constantFrom(...bootFieldNames)
    .chain((name) => fc.string({ unit: 'binary' }).map((value) => ({ [name]: value }))),
  bootable: fc.boolean().map((value) => new Map([[vbd, value]])),
});

test('every text is read back as what it says', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fields, (name, some) => {
      const said: BootText = { uuid, name, fields: some };
      t.deepEqual(bootFieldsIn(textOf(said)), said);
    }),
  );
});

for (const text of [
  '',
  'VM x "web1"\ndomain_type = "pv"\n',
  `VM ${uuid} "web1"\n`,
  `VM ${uuid} web1\ndomain_type = "pv"\n`,
  `VM ${uuid} "web1"\nname_label = "x"\n`,
  `VM ${uuid} "web1"\ndomain_type = pv\n`,
  `VM ${uuid} "web1"\nVBD ${vbd} bootable = maybe\n`,
  `VM ${uuid} "web1"\n\ndomain_type = "pv"\n`,
  'UPDATE "public"."machines" SET "type_id" = \'linux\'\n',
]) {
  test(`it is no such text: ${JSON.stringify(text)}`, (t) => {
    t.is(bootFieldsIn(text), undefined);
  });
}

test('only what both speak of can differ', (t) => {
  const all = { vm: { PV_args: 'a', domain_type: 'hvm' }, bootable: new Map([[vbd, false]]) };
  const wanted = {
    vm: { PV_args: 'b', PV_kernel: '' },
    bootable: new Map([
      [vbd, true],
      [uuid, true],
    ]),
  };
  t.deepEqual(differing(wanted, all), { vm: { PV_args: 'b' }, bootable: new Map([[vbd, true]]) });
  t.deepEqual(differing(all, wanted), { vm: { PV_args: 'a' }, bootable: new Map([[vbd, false]]) });
  t.true(isNothing(differing(all, all)));
});
