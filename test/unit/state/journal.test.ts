import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { appendEntry, readJournal } from '../../../src/state/journal.js';
import type { CommittingEntry, JournalEntry } from '../../../src/state/journal-entry.js';

const begun: CommittingEntry = {
  state: 'committing',
  version: 1,
  time: '2026-11-27T13:20:23.563Z',
  image: {
    path: '/srv/xen/wéb1.img',
    format: 'raw',
    virtualBytes: 2147483648,
    identity: {
      device: '65024',
      inode: '12',
      bytes: 2147483648,
      bornNs: '1',
      modifiedNs: '2',
      changedNs: '3',
    },
  },
  ranges: [{ start: 0, length: 65536 }],
  record: {
    kind: 'flip',
    option: 'xl:/etc/xen/web1',
    where: '/etc/xen/web1',
    before: 'a\xff\n',
    after: 'b\n',
  },
  boot: { way: 'pygrub', kernel: '/boot/vmlinuz', commandLine: 'root=UUID=x ro' },
  archiveBytes: 327680,
};

const done: JournalEntry = { state: 'done', time: '2026-11-27T13:20:24.000Z' };
const undoing: JournalEntry = { state: 'undoing', time: '2026-11-27T13:21:24.000Z' };

async function journalIn(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return join(folder, 'journal');
}

test('entries come back as they were written, in their order', async (t) => {
  const path = await journalIn(t);
  for (const entry of [begun, done, undoing]) await appendEntry(path, entry);
  t.deepEqual(await readJournal(path), { kind: 'entries', entries: [begun, done, undoing] });
});

test('a line that was cut off anywhere never counted, and the next one takes its place', async (t) => {
  const path = await journalIn(t);
  await appendEntry(path, begun);
  const whole = await readFile(path);
  const line = Buffer.from(`${JSON.stringify(done)}\n`);
  for (let length = 0; length < line.length; length += 1) {
    await writeFile(path, Buffer.concat([whole, line.subarray(0, length)]));
    t.deepEqual(await readJournal(path), { kind: 'entries', entries: [begun] }, `${length} bytes`);
    await appendEntry(path, undoing);
    t.deepEqual(await readJournal(path), { kind: 'entries', entries: [begun, undoing] }, `${length} bytes`);
  }
});

test('zeros, as a file system may leave them behind the last write, are no line', async (t) => {
  const path = await journalIn(t);
  await appendEntry(path, begun);
  await appendFile(path, Buffer.alloc(512));
  t.deepEqual(await readJournal(path), { kind: 'entries', entries: [begun] });
});

const damages: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'a first line that was cut off': JSON.stringify(begun),
  'another beginning': `${JSON.stringify(done)}\n`,
  'a state of a later version': `${JSON.stringify(begun)}\n{"state":"dancing"}\n`,
  'a later version of the first line': `${JSON.stringify({ ...begun, version: 2 })}\n`,
  'a line in the middle that is no JSON': `${JSON.stringify(begun)}\n{\n${JSON.stringify(done)}\n`,
};

for (const [title, text] of Object.entries(damages)) {
  test(`damaged, and nothing is guessed from it: ${title}`, async (t) => {
    const path = await journalIn(t);
    await writeFile(path, text);
    const reading = await readJournal(path);
    t.is(reading.kind, 'damaged');
    if (reading.kind === 'damaged') t.true(reading.reason.includes(path));
  });
}
