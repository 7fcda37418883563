import { resolve } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { parseInvirtOption, withInvirtSettings } from '../../../src/mode-records/invirt-option.js';
import { parseRecordOption } from '../../../src/mode-records/list.js';

const placeOf = (where: string) => {
  const option = parseInvirtOption(where);
  if (option.kind === 'invalid') throw new Error(option.message);
  return option.place;
};

test('a server, and a folder of PGlite', (t) => {
  const server = placeOf('postgresql://me@db:5433/invirt?sslmode=require#web1');
  t.deepEqual(server.database, { kind: 'server', url: 'postgresql://me@db:5433/invirt?sslmode=require' });
  t.is(server.machine, 'web1');
  t.is(server.option, 'invirt:postgresql://me@db:5433/invirt?sslmode=require#web1');
  const socket = 'postgres://me@/invirt?host=/run/postgresql';
  t.deepEqual(placeOf(`${socket}#web1`).database, { kind: 'server', url: socket });
  const folder = placeOf('some/where#it#s');
  t.deepEqual(folder.database, { kind: 'embedded', directory: resolve('some/where') });
  t.is(folder.machine, 'it#s');
  t.is(folder.option, `invirt:${resolve('some/where')}#it#s`);
});

const wrong: readonly [string, RegExp][] = [
  ['postgres://h/db', /no database or no machine/],
  ['postgres://h/db#', /no database or no machine/],
  ['#web1', /no database or no machine/],
  ['mysql://h/db#web1', /no postgres:\/\/ URL/],
  ['postgres:/h#web1', /no postgres:\/\/ URL/],
  ['postgres://me:hush@h/db#web1', /has a password in it/],
  ['postgres://h/db?password=hush#web1', /has a password in it/],
  ['postgres://me:hush@h:port/db#web1', /no postgres:\/\/ URL/],
  ['postgres://me:hush@/db#web1', /has a password in it/],
  ['{"database":"postgres://me:hush@h/db","machine":"x","settings":{}}', /has a password in it/],
  ['{"database":"hush"', /not what a journal keeps/],
];

for (const [where, message] of wrong) {
  test(`refused: invirt:${where}`, (t) => {
    const option = parseRecordOption(`invirt:${where}`);
    if (option.kind !== 'invalid') return t.fail(option.kind);
    t.regex(option.message, message);
    t.notRegex(JSON.stringify(option), /hush/);
  });
}

test('a mistyped kind repeats no password', (t) => {
  const option = parseRecordOption('invrit:postgres://me:hu/sh@h/db#web1');
  if (option.kind !== 'invalid') return t.fail();
  t.notRegex(option.message, /sh@/);
});

test("a site's settings become part of the option, which says them again", (t) => {
  const option = withInvirtSettings('invirt:db#web1', {
    tables: { machines: 'vms' },
    columns: { types: { hvm: 'full' } },
    'pv-types': { a: 'b' },
  });
  const { settings, machine, database, option: again } = placeOf(option.slice('invirt:'.length));
  t.is(settings.tables.machines, 'vms');
  t.is(settings.tables.types, 'types');
  t.is(settings.columns.types.hvm, 'full');
  t.is(machine, 'web1');
  t.deepEqual(database, { kind: 'embedded', directory: resolve('db') });
  t.is(again, option);
});

test('without settings, and for other records, the option stays', (t) => {
  for (const record of ['auto', 'xl:/etc/xen/a.cfg', 'invirt:postgres://h/db#web1', 'invirt:nonsense'])
    t.is(withInvirtSettings(record, undefined), record);
});

for (const settings of [
  { tabels: {} },
  { off: {} },
  { off: { command: [] } },
  { 'disk-path': 'relative' },
  3,
]) {
  test(`settings are refused: ${JSON.stringify(settings)}`, (t) => {
    const error = t.throws(() => withInvirtSettings('auto', settings));
    t.regex(error?.message ?? '', /the section invirt of the configuration file/);
  });
}

test('what finds a machine again does so whatever its name is', (t) => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.constantFrom('/srv/db', '/srv/a#b', 'postgres://h/d'),
      (name, at) => {
        const first = withInvirtSettings(`invirt:${at.replace('#', '')}#${name}`, { 'pv-types': { x: 'y' } });
        const place = placeOf(first.slice('invirt:'.length));
        t.is(place.machine, name);
        t.deepEqual(placeOf(place.option.slice('invirt:'.length)), place);
      },
    ),
  );
});
