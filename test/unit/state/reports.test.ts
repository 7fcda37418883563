import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { namesToSweep, saveReport, timeStamp } from '../../../src/state/reports.js';

const now = new Date('2026-11-27T12:00:00Z');
const nameAt = (time: string) => `${timeStamp(new Date(time))}-web1.img-1.json`;

test('reports of 400 days stay, older ones go', (t) => {
  const kept = nameAt('2025-10-23T12:00:00Z');
  const old = [nameAt('2019-01-01T00:00:00Z'), nameAt('2025-10-23T11:59:59Z')];
  t.deepEqual(namesToSweep([kept, ...old.toReversed()], now), old);
});

test('of too many the oldest go, at most as many as are too many', (t) => {
  const names = [1, 2, 3, 4, 5].map((minute) => nameAt(`2026-11-27T11:0${minute}:00Z`));
  t.deepEqual(namesToSweep(names.toReversed(), now, 3), names.slice(0, 2));
  t.deepEqual(namesToSweep(names, now, 5), []);
});

test('what a killed run left half written is swept like a report', (t) => {
  t.deepEqual(namesToSweep([`${nameAt('2019-01-01T00:00:00Z')}.tmp`], now), [
    '20190101T000000Z-web1.img-1.json.tmp',
  ]);
});

test('other files are never swept', (t) => {
  const others = ['notes.txt', '2019.json', '20190101T000000Z-web1.log', '20190101-web1.json'];
  t.deepEqual(namesToSweep(others, now, 0), []);
});

test('a report is there as a whole, for root alone, and sweeps old ones', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'convert-image-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const first = saveReport(folder, 'reports', '20190101T000000Z-a-1.json', { version: 1 });
  // It is too old already when it is written.
  t.is(first, join(folder, 'reports', '20190101T000000Z-a-1.json'));
  t.deepEqual(readdirSync(join(folder, 'reports')), []);
  writeFileSync(join(folder, 'reports', 'notes'), '');
  const name = `${timeStamp(new Date())}-a-1.json`;
  const path = saveReport(folder, 'reports', name, { version: 1 }) ?? '';
  t.deepEqual(readdirSync(join(folder, 'reports')).sort(), [name, 'notes'].sort());
  t.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { version: 1 });
  t.is(statSync(path).mode & 0o777, 0o600);
  t.is(statSync(join(folder, 'reports')).mode & 0o777, 0o700);
});

test('a folder that takes no report is no failure', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'convert-image-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'reports'), 'a file where the folder should be');
  chmodSync(folder, 0o500);
  t.is(saveReport(folder, 'reports', '20260101T000000Z-a-1.json', {}), undefined);
});
