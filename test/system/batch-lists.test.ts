/** What `batch` answers to lists with mistakes: all of them at once, with file, line and column; nothing is started. */
import { chmod, link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { convertImage, environmentIn, type Run, testFolder } from './program.js';
import { problemsOf } from './untouched.js';

const lists = 'test/system/batch-lists';

/** Messages and remedies without the folder's name, which is another one in every run. */
const answerOf = (run: Run, folder: string): string =>
  problemsOf(run)
    .map(({ message, remedy }) => `${message}\n    ${remedy}\n`)
    .join('')
    .replaceAll(`${folder}/`, '');

test('a list with a mistake of every kind', async (t) => {
  const folder = await testFolder(t);
  for (let number = 1; number <= 14; number += 1) await writeFile(join(folder, `web${number}.img`), '');
  await writeFile(join(folder, 'web1.cfg'), '');
  await symlink('web1.cfg', join(folder, 'link-to-web1.cfg'));
  await symlink('web1.img', join(folder, 'link-to-web1.img'));
  await link(join(folder, 'web2.img'), join(folder, 'hard-link-to-web2.img'));
  await mkdir(join(folder, 'folder'));
  const list = join(folder, 'mistakes.yaml');
  await writeFile(list, await readFile(`${lists}/mistakes.yaml`));
  const run = await convertImage(folder, ['batch', '--json', list]);
  t.is(run.exitCode, 2, run.stderr);
  t.like(run.events, [{ type: 'outcome', outcome: 'failed', exitCode: 2 }]);
  t.is(run.events.length, 1);
  t.is(answerOf(run, folder), await readFile(`${lists}/mistakes.txt`, 'utf8'));
  t.false((await readdir(folder)).includes('state'));
});

const wrong: readonly [string, readonly string[], RegExp][] = [
  ['an image that is not there', ['none.img'], /^none\.img: there is no image none\.img\n/],
  ['a pattern without a match', ['none*.img'], /none\*\.img: no image matches\n/],
  ['a list that is not there', ['none.yaml'], /none\.yaml: the list can't be read: ENOENT/],
  [
    'an image that is named twice',
    ['web.img', 'w*.img'],
    /^w\*\.img \(web\.img\): web\.img is named more than once, first at \S*web\.img\n/,
  ],
  [
    'two images with one address',
    ['--address=18.181.3.4/16', 'web.img', 'db.img'],
    /the address 18\.181\.3\.4\/16/,
  ],
  ['half a job', ['--jobs', '0.5', 'web.img'], /--jobs 0\.5 is not a number of images/],
  ['no image at all', [], /Not enough non-option arguments/],
  ['an unknown option', ['--jbos', '2', 'web.img'], /Unknown argument: jbos/],
];

for (const [title, args, says] of wrong) {
  test(`a mistake on the command line: ${title}`, async (t) => {
    const folder = await testFolder(t);
    for (const name of ['web.img', 'db.img']) await writeFile(join(folder, name), '');
    const words = args.map((word) => (/\.(img|yaml)$/.test(word) ? join(folder, word) : word));
    const run = await convertImage(folder, ['batch', '--json', '--keep-dhcp=false', ...words]);
    t.is(run.exitCode, 2, run.stdout + run.stderr);
    t.regex(answerOf(run, folder) + run.stderr, says);
    t.false((await readdir(folder)).includes('state'));
  });
}

test("a folder that can't be read is no reason to leave out what may be in it", async (t) => {
  const folder = await testFolder(t);
  await mkdir(join(folder, 'closed'), { mode: 0o700 });
  await writeFile(join(folder, 'closed', 'web.img'), '');
  await chmod(folder, 0o755);
  const nobody = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'];
  const pattern = join(folder, '*', '*.img');
  const run = await convertImage(folder, ['batch', '--json', pattern], {}, nobody);
  t.is(run.exitCode, 2, run.stdout + run.stderr);
  t.regex(answerOf(run, folder), /^\*\/\*\.img: what it matches can't be told: EACCES.*\n.*as root/);
});

test('devices match, too; folders do not', async (t) => {
  const folder = await testFolder(t);
  await mkdir(join(folder, 'a-folder.img'));
  await execa`mknod ${join(folder, 'a-device.img')} b 7 250`;
  const run = await convertImage(folder, ['batch', '--json', join(folder, 'a-*.img')]);
  t.like(run.events.at(-1), { counts: { total: 1 } });
  t.regex(run.stdout, /"image-started","disk":"[^"]*\/a-device\.img"/);
});

test('on a terminal what runs is drawn in place, and the summary is what stays', async (t) => {
  const folder = await testFolder(t);
  // An empty image is refused soon.
  for (const name of ['web1.img', 'web2.img']) await writeFile(join(folder, name), '');
  const program = `${process.execPath} dist/program/main.js batch --color never '${folder}/web*.img'`;
  const { stdout } = await execa({
    env: environmentIn(folder, { TERM: 'xterm' }),
    reject: false,
    stdin: 'ignore',
  })`script -qec ${`stty cols 120 rows 30; ${program}`} /dev/null`;
  t.regex(stdout, /web1\.img {2}start {2}\d+ s/);
  t.regex(stdout, /0\/2 done/);
  t.regex(stdout, /1\/2 done, 1 refused/);
  const [, summary = ''] = stdout.split('2 images: 2 refused');
  t.regex(summary, /^\r\n2 × empty-disk/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this shows the cursor again
  t.regex(stdout, /\x1b\[\?25h[^\x1b]*2 images/);
});

test('one line for each without a terminal, and the exit code of a batch', async (t) => {
  const folder = await testFolder(t);
  for (const name of ['web1.img', 'web2.img']) await writeFile(join(folder, name), '');
  const run = await convertImage(folder, ['batch', join(folder, 'web*.img')]);
  t.is(run.exitCode, 7);
  t.regex(
    run.stderr,
    /^converting 2 images, at most \d+ at the same time\n1\/2 \S+web\d\.img: refused.*\n2\/2 /,
  );
});

test('completion knows the command, and goes on with nothing else', async (t) => {
  const folder = await testFolder(t);
  const script = await convertImage(folder, ['completion']);
  t.is(script.exitCode, 0);
  t.is(script.stderr, '');
  const words = await convertImage(folder, ['--get-yargs-completions', 'convert-image', 'ba']);
  t.true(words.stdout.split('\n').includes('batch'));
});
