import test from 'ava';
import { hostName, isHostName, jobOf, readJob } from '../../../src/fleet/job.js';

const kinds = {
  address: { type: 'string' },
  'boot-test': { type: 'boolean' },
  dns: { type: 'string', array: true },
  access: { choices: ['auto', 'direct'] },
};

const entry = {
  disk: '/srv/web1.img',
  options: { address: '192.0.2.1', 'boot-test': true, dns: ['192.0.2.53'] },
  tags: ['web'],
  labels: { host: 'Dom0-A', rack: 'b7' },
  places: { '': 'web.yaml:3:5', disk: 'web.yaml:3:12' },
};

const job = jobOf(entry, { limit: 5, delaySeconds: 30 });

test('an entry comes back from the queue as it was, for its host in small letters', (t) => {
  t.is(job.host, 'dom0-a');
  const read = readJob(JSON.parse(JSON.stringify(job)), kinds);
  t.deepEqual(read, { kind: 'entry', entry: { ...entry, places: { '': 'web.yaml:3:5' } } });
});

const wrong: readonly [string, unknown, RegExp][] = [
  ['of a later version', { ...job, version: 2 }, /version/],
  ['without a disk', { ...job, disk: undefined }, /disk/],
  ['with a relative disk', { ...job, disk: 'web1.img' }, /disk/],
  [
    'that would write elsewhere',
    { ...job, options: { 'state-dir': '/tmp' } },
    /options that are none: state-dir/,
  ],
  ['with an option of another kind', { ...job, options: { 'boot-test': 'yes' } }, /boot-test/],
  ['with an option that is no text', { ...job, options: { address: true } }, /address/],
  ['with a number', { ...job, options: { address: 7 } }, /address/],
  ['with an inherited name', { ...job, options: { constructor: 'x' } }, /constructor/],
  ['that is no object', 'x', /./],
];

for (const [title, data, reason] of wrong) {
  test(`a job ${title} is not taken`, (t) => {
    const reading = readJob(data, kinds);
    t.is(reading.kind, 'unreadable');
    t.regex(reading.kind === 'unreadable' ? reading.reason : '', reason);
  });
}

test('names of hosts', (t) => {
  for (const name of ['a', 'dom0-a', 'DOM0.example.org', 'x_1']) t.true(isHostName(name), name);
  for (const name of ['', 'a b', '-a', 'a.', 'a/b', 'ä', 'a'.repeat(300)]) t.false(isHostName(name), name);
  t.is(hostName('DOM0'), 'dom0');
});
