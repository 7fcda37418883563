import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { checkRecords } from '../../src/boot-test/record-check.js';
import { toPvConfig } from '../../src/mode-records/xl-to-pv.js';

const folder = 'test/guests/xl';
const cacheDirectory = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
/** One start of the emulated dom0 checks this many, well within its limit. */
const batchSize = 12;

const names = readdirSync(folder).filter((name) => name.endsWith('.pv.cfg'));

for (let first = 0; first < names.length; first += batchSize) {
  const batch = names.slice(first, first + batchSize);
  test(`the real xl accepts the converted records ${batch[0]} to ${batch.at(-1)}`, async (t) => {
    t.timeout(6 * 60_000);
    const texts = await Promise.all(batch.map((name) => readFile(`${folder}/${name}`, 'latin1')));
    const answers = await checkRecords(texts, { cacheDirectory }, new AbortController().signal);
    t.is(answers.length, batch.length);
    for (const [index, { accepted, output }] of answers.entries()) {
      t.true(accepted, `${batch[index]}: ${output}`);
      t.regex(output, /"type": "pv"/, batch[index]);
    }
  });
}

test('the real xl takes them as PVH domains, too', async (t) => {
  t.timeout(6 * 60_000);
  const texts = [];
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.hvm.cfg'))) {
    const before = await readFile(`${folder}/${name}`, 'latin1');
    const result = toPvConfig(before, { boot: { kind: 'pygrub', target: 'pvh' } });
    if (result.kind === 'converted') texts.push(result.text);
  }
  t.true(texts.length >= 30);
  const answers = await checkRecords(texts, { cacheDirectory }, new AbortController().signal);
  t.deepEqual(
    answers.filter(({ accepted, output }) => !accepted || !output.includes('"type": "pvh"')),
    [],
  );
});

test('the real xl refuses what it should, so that its yes means something', async (t) => {
  t.timeout(6 * 60_000);
  const bad = [
    'name = "a"\nbuilder = "hvm"\ntype = "pv"\nmemory = 64\n',
    'name = "b"\ntype = "pv"\nmemory = 64\ndisk = [ "nonsense" ]\n',
  ];
  const answers = await checkRecords(bad, { cacheDirectory }, new AbortController().signal);
  t.deepEqual(
    answers.map(({ accepted }) => accepted),
    [false, false],
  );
});
