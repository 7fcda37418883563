/** The libvirt record with libvirt's own schema, parser and daemon. Its driver for Xen needs a Xen host and isn't here. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { RecordError } from '../../src/errors.js';
import { libvirtRecord } from '../../src/mode-records/libvirt.js';
import { isSameDomain } from '../../src/mode-records/libvirt-same.js';
import { toPvDomain } from '../../src/mode-records/libvirt-to-pv.js';
import { parseDomain } from '../../src/mode-records/libvirt-xml.js';
import type { ModeRecord, RecordFlip } from '../../src/mode-records/mode-record.js';
import {
  example,
  exampleFolder,
  exampleNames,
  mutated,
  mutationCount,
} from '../unit/mode-records/libvirt-examples.js';
import { startLibvirt } from './libvirt-host.js';
import { checksum, convertImage, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests } from './tiny-guest.js';
import { failsUntouched } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

let base = '';

test.before(async () => {
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => rm(join(base, '..'), { recursive: true, force: true }));

const schemaTakes = async (file: string): Promise<{ readonly takes: boolean; readonly says: string }> => {
  const { exitCode, stderr } = await execa({ reject: false })`virt-xml-validate ${file} domain`;
  return { takes: exitCode === 0, says: stderr };
};

test("libvirt's schema takes every converted definition, by whatever way it boots", async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const file = join(folder, 'domain.xml');
  const kernel = {
    kind: 'kernel',
    kernel: '/srv/k',
    initramfs: '/srv/i',
    commandLine: 'root="a" & <b>',
  } as const;
  const pvgrub = { kind: 'pvgrub2', program: '/usr/lib/grub-xen/grub-x86_64-xen.bin' } as const;
  for (const name of exampleNames) {
    const pygrub = await schemaTakes(`${exampleFolder}/${name}.pv.xml`);
    t.true(pygrub.takes, pygrub.says);
    for (const boot of [kernel, pvgrub, { kind: 'pygrub', target: 'pvh' } as const]) {
      const result = toPvDomain(example(name, 'hvm'), { boot });
      await writeFile(file, result.kind === 'converted' ? result.text : '', 'latin1');
      const { takes, says } = await schemaTakes(file);
      t.true(takes, `${name}: ${says}`);
    }
  }
  await writeFile(file, example('minimal', 'pv').replace('<bootloader>', '<nonsense/><bootloader>'));
  t.false((await schemaTakes(file)).takes);
});

test("what this program takes for XML is XML for libvirt's parser, too", async (t) => {
  const folder = await testFolder(t);
  let count = 0;
  for (const [index, name] of exampleNames.entries()) {
    for (let which = 0; which < mutationCount; which++) {
      const text = mutated(example(name, 'hvm'), which, ((index * 37 + which * 61) % 100) / 100);
      if (parseDomain(text).kind !== 'parsed') continue;
      await writeFile(join(folder, `${count++}.xml`), text, 'latin1');
    }
  }
  t.true(count > 200, `${count}`);
  const files = Array.from({ length: count }, (_, number) => join(folder, `${number}.xml`));
  const { stderr } = await execa({ reject: false })`xmllint --noout --nonet ${files}`;
  t.is(
    stderr
      .split('\n')
      .filter((line) => line.includes('error'))
      .join('\n'),
    '',
  );
});

interface Driver {
  readonly uri: string;
  readonly virsh: (...args: readonly string[]) => Promise<string>;
  readonly define: (text: string) => Promise<unknown>;
  readonly textOf: (name: string) => Promise<string>;
}

/**
 * A libvirt whose domains run nowhere, but are parsed, kept and printed as all are (the driver `test`). It forgets them
 * when the last connection ends, so that one is held.
 */
async function startDriver(t: ExecutionContext, folder: string): Promise<Driver> {
  const host = await startLibvirt(t);
  const uri = `test+unix:///default?socket=${host.socket}`;
  const keeper = execa({
    reject: false,
    stdout: 'ignore',
    stderr: 'ignore',
  })`virsh -c ${uri} event --all --loop`;
  t.teardown(async () => {
    keeper.kill('SIGKILL');
    await keeper;
  });
  const options = { stripFinalNewline: false, encoding: 'latin1' } as const;
  const virsh = async (...args: readonly string[]) =>
    (await execa(options)`virsh -q -c ${uri} ${args}`).stdout;
  const define = async (text: string) => {
    const file = join(folder, 'given.xml');
    await writeFile(file, text, 'latin1');
    return virsh('define', file);
  };
  const textOf = (name: string) => virsh('dumpxml', '--inactive', '--security-info', name);
  while (!(await virsh('list', '--name')).includes('test'))
    await new Promise((done) => setTimeout(done, 100));
  return { uri, virsh, define, textOf };
}

const definition = (image: string, name = 'web'): string =>
  example('from-native-xl', 'hvm')
    .replace('>mail<', `>${name}<`)
    .replace("type='block'", "type='file'")
    .replace(
      /<driver name='phy' type='raw'\/>\n *<source dev='[^']*'/,
      `<driver name='qemu' type='raw'/>\n<source file='${image}'`,
    )
    .replace(" format='raw'>/usr", '>/usr')
    .replace("listen='127.0.0.1'", "listen='127.0.0.1' passwd='secret'");

async function flipOf(t: ExecutionContext, record: ModeRecord): Promise<RecordFlip> {
  const plan = await record.plan({ kind: 'pygrub' });
  if (plan.kind !== 'flip') throw new Error(JSON.stringify(plan));
  t.regex(plan.before, /passwd='secret'/);
  return plan;
}

test('a definition of libvirt is flipped, read back and undone, each as often as one likes', async (t) => {
  t.timeout(60_000);
  const folder = await testFolder(t);
  const image = join(folder, 'disk.img');
  await writeFile(image, '');
  const { uri, define, textOf, virsh } = await startDriver(t, folder);
  await define(definition(image));
  const before = await textOf('web');
  const record = libvirtRecord(`${uri}#web`, image);
  t.is(record.option, `libvirt:${uri}#web`);
  const plan = await flipOf(t, record);
  t.is(plan.before, before);
  t.is(await textOf('web'), before);
  for (const _ of ['once', 'again']) {
    await record.flip(plan);
    const after = await textOf('web');
    t.true(isSameDomain(plan.after, after), after);
    t.regex(after, /<bootloader>pygrub</);
  }
  t.like(await record.readBack(), { kind: 'state', state: { mode: 'pv', domain: 'web' } });
  t.like(await record.plan({ kind: 'pygrub' }), { kind: 'already-pv' });
  for (const _ of ['once', 'again']) {
    await record.undo(plan);
    t.is(await textOf('web'), before);
  }

  // What libvirt refuses changes nothing; what it writes otherwise than this program knows is taken back.
  for (const [after, message] of [
    [plan.after.replace('<vcpu', '<nonsense/><vcpu'), /couldn't be defined: .*nonsense/s],
    [plan.after.replace(/<memory.*<\/memory>/, "<memory unit='MiB'>579</memory>"), /makes something else/],
  ] as const) {
    await t.throwsAsync(record.flip({ ...plan, after }), { instanceOf: RecordError, message });
    t.is(await textOf('web'), before);
  }

  // Somebody else was there.
  await virsh('setmaxmem', 'web', '1G', '--config');
  const other = await textOf('web');
  for (const turn of ['flip', 'undo'] as const) {
    const error = await t.throwsAsync(
      record[turn]({ ...plan, before: plan.before.replace('utc', 'localtime') }),
      {
        instanceOf: RecordError,
        message: /changed by somebody else/,
      },
    );
    t.not(error?.remedy, '');
    t.is(await textOf('web'), other);
  }
});

test('a domain that runs, is saved, is called like a number or is not there is a problem', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = join(folder, 'disk.img');
  await writeFile(image, '');
  const { uri, define, virsh } = await startDriver(t, folder);
  await define(definition(image));
  const record = libvirtRecord(`${uri}#web`, image);
  const plan = await flipOf(t, record);
  await virsh('start', 'web');
  const problemOf = async (of: ModeRecord) => {
    const found = await of.plan({ kind: 'pygrub' });
    return found.kind === 'problem' ? `${found.problem.code}: ${found.problem.message}` : found.kind;
  };
  t.regex(await problemOf(record), /^record-not-convertible: .* not shut off but running/);
  await t.throwsAsync(record.flip(plan), { instanceOf: RecordError, message: /not shut off but running/ });
  await virsh('managedsave', 'web');
  t.regex(await problemOf(record), /^record-not-convertible: .* a saved memory/);
  await virsh('managedsave-remove', 'web');
  t.is(await problemOf(record), 'flip');
  t.regex(
    await problemOf(libvirtRecord(`${uri}#nobody`, image)),
    /^record-unreadable: .*failed to get domain/,
  );
  // 1 is the number of the driver's own domain, which runs.
  await define(definition(image, '1').replace(/<uuid>.*<\/uuid>/, ''));
  t.regex(await problemOf(libvirtRecord(`${uri}#1`, image)), /takes "1" for another domain/);
  t.regex(await problemOf(libvirtRecord('xen:///system#web', image)), /^record-unreadable/);
});

test('a libvirt that never answers is given up', async (t) => {
  t.timeout(60_000);
  const socket = join(await testFolder(t), 'silent');
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  const plan = await libvirtRecord(`test+unix:///default?socket=${socket}#web`, '/none').plan();
  if (plan.kind !== 'problem') return t.fail(plan.kind);
  t.regex(plan.problem.message, /didn't answer within 30 s/);
});

test('every example that libvirt takes is flipped and undone by it', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const { uri, define, textOf, virsh } = await startDriver(t, folder);
  let taken = 0;
  for (const name of exampleNames) {
    if (
      await define(example(name, 'hvm')).then(
        () => false,
        () => true,
      )
    )
      continue;
    const parsed = parseDomain(example(name, 'hvm'));
    if (parsed.kind !== 'parsed') return t.fail(parsed.reason);
    const [domain = ''] = parsed.document.domain.children.flatMap((one) =>
      one.name === 'name' ? one.text : [],
    );
    const called = Buffer.from(domain, 'latin1').toString();
    const before = await textOf(called);
    const result = toPvDomain(before);
    if (result.kind !== 'converted') return t.fail(`${name}: ${JSON.stringify(result)}`);
    const plan = { kind: 'flip', where: name, before, after: result.text, changes: [] } as const;
    const record = libvirtRecord(`${uri}#${called}`, '/none');
    await t.notThrowsAsync(record.flip(plan), name);
    t.like(await record.readBack(), { state: { mode: 'pv' } }, name);
    await t.notThrowsAsync(record.undo(plan), name);
    t.is(await textOf(called), before, name);
    await virsh('undefine', called);
    taken += 1;
  }
  t.log(`${taken} of ${exampleNames.length}`);
  t.true(taken > 30);
});

test('a conversion flips a definition in a file, and undo gives it back bit for bit', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = join(folder, 'guest.img');
  await makeTinyGuest(base, image);
  const file = join(folder, 'web.xml');
  const text = definition(image);
  await writeFile(file, text, 'latin1');
  const original = await checksum(image);
  const run = await convertImage(folder, [...address, '--record', `libvirt:${file}`, '--json', image]);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  const outcome = run.events.at(-1);
  t.like(outcome, {
    outcome: 'converted',
    record: { kind: 'flipped', record: `the libvirt definition ${file}` },
  });
  t.regex(await readFile(file, 'latin1'), /machine='xenpv'>linux</);
  t.true((await schemaTakes(file)).takes);
  const back = await convertImage(folder, ['undo', '--json', image]);
  t.is(back.exitCode, 0, back.stdout + back.stderr);
  t.is(await readFile(file, 'latin1'), text);
  t.is(await checksum(image), original);
});

test("a conversion flips libvirt's own definition, and undo finds its connection again by itself", async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = join(folder, 'guest.img');
  await makeTinyGuest(base, image);
  const { uri, define, textOf } = await startDriver(t, folder);
  await define(definition(image));
  const before = await textOf('web');
  const environment = { LIBVIRT_DEFAULT_URI: uri };
  const run = await convertImage(
    folder,
    [...address, '--record', 'libvirt:web', '--json', image],
    environment,
  );
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  t.regex(await textOf('web'), /machine='xenpv'>/);
  t.false(run.stdout.includes('secret'));
  const back = await convertImage(folder, ['undo', '--json', image]);
  t.is(back.exitCode, 0, back.stdout + back.stderr);
  t.is(await textOf('web'), before);
});

test('auto finds the domain among the definitions of libvirt, and says when libvirt has no driver for it', async (t) => {
  const folder = await testFolder(t);
  const image = join(folder, 'guest.img');
  await makeTinyGuest(base, image);
  const { prefix } = await startLibvirt(t);
  await writeFile(join(folder, 'web.xml'), definition(image), 'latin1');
  await execa`${prefix} install -D -t /etc/libvirt/libxl ${join(folder, 'web.xml')}`;
  await failsUntouched(
    t,
    { folder, image, args: address, prefix },
    {
      exitCode: 3,
      code: 'record-unreadable',
      says: /the libvirt domain web can't be read: failed to connect/,
    },
  );
});
