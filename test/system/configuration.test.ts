/** The configuration file and the environment, which every command reads. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { convertImage, testFolder } from './program.js';

/** The README's example, with more of what only a conversion has an option for. */
const settings = `site: office
boot-with: pygrub
boot-test: false
sites:
  office: {netmask: 255.255.255.0, gateway: 192.0.2.1, dns: [192.0.2.53]}
`;

const commands: readonly (readonly string[])[] = [
  ['status'],
  ['undo', '/nowhere.img'],
  ['forget', '/nowhere.img'],
  ['verify', '/nowhere.img'],
  ['inspect', '/nowhere.img'],
  ['plan', '--address', '192.0.2.9', '/nowhere.img'],
  ['boot-test', '--address', '192.0.2.9', '/nowhere.img'],
  ['report', '--output', '/nowhere/page.html'],
  ['--address', '192.0.2.9', '/nowhere.img'],
];

for (const command of commands) {
  test(`a file for conversions is none for complaints: ${command.join(' ')}`, async (t) => {
    const folder = await testFolder(t);
    const file = join(folder, 'site.yaml');
    await writeFile(file, settings);
    const environment = { CONVERT_IMAGE_CONFIG: file, CONVERT_IMAGE_MIRROR: 'http://mirror.example/debian' };
    const run = await convertImage(folder, [...command], environment);
    t.is(run.exitCode, command[0] === 'status' ? 0 : 3, run.stdout + run.stderr);
  });
}

test('what is no option is told, wherever it stands', async (t) => {
  const folder = await testFolder(t);
  const file = join(folder, 'site.yaml');
  await writeFile(file, 'sote: office\n');
  const inFile = await convertImage(folder, ['status', '--config', file]);
  t.is(inFile.exitCode, 2);
  t.regex(inFile.stderr, /site\.yaml says sote, which is no option/);
  const inEnvironment = await convertImage(folder, ['status'], { CONVERT_IMAGE_SOTE: 'x' });
  t.is(inEnvironment.exitCode, 2);
  const onLine = await convertImage(folder, ['undo', '--address', '192.0.2.9', '/nowhere.img']);
  t.is(onLine.exitCode, 2);
  t.regex(onLine.stderr, /Unknown argument: address/);
});
