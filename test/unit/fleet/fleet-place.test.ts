import test from 'ava';
import { UsageError } from '../../../src/errors.js';
import { fleetPlace } from '../../../src/fleet/fleet-place.js';

const schema = 'convert_image';

for (const url of [
  'postgres://db/fleet',
  'postgresql://me@/fleet?host=/run/postgresql',
  'postgres://[::1]:5433/f',
])
  test(`${url} is a fleet`, (t) => {
    t.deepEqual(fleetPlace(url, schema), { url, schema });
  });

const wrong: readonly [string | undefined, string, RegExp][] = [
  [undefined, schema, /no fleet is named/],
  ['', schema, /no fleet is named/],
  ['/srv/fleet', schema, /no postgres:\/\/ URL/],
  ['mysql://db/fleet', schema, /no postgres:\/\/ URL/],
  ['postgres://me:hush@db/fleet', schema, /has a password/],
  ['postgres://me@/fleet?host=/x&password=hush', schema, /has a password/],
  ['postgres://db/fleet', 'a; DROP TABLE job', /no plain name/],
  ['postgres://db/fleet', 'A', /no plain name/],
  ['postgres://db/fleet', 'a'.repeat(51), /no plain name/],
];

for (const [url, name, message] of wrong)
  test(`${url} with the schema ${name} is none`, (t) => {
    const error = t.throws(() => fleetPlace(url, name), { instanceOf: UsageError, message });
    t.notRegex(`${error?.message}${error?.remedy}`, /hush/);
  });
