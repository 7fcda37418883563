/**
 * ifupdown's own ifquery as the judge of what /etc/network/interfaces means. Nothing is configured: ifquery reads.
 * It is found by the environment variable IFQUERY or in PATH; scripts/setup unpacks Debian's package ifupdown.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import fc from 'fast-check';
import { withDir } from 'tmp-promise';
import type { GuestNode } from '../../src/model.js';
import { optionLines } from '../../src/network/ifupdown.js';
import { makeStatic, renameInterface } from '../../src/network/ifupdown-edits.js';
import { interfacesFiles } from '../../src/network/ifupdown-files.js';
import { viewOf } from '../../src/network/ifupdown-view.js';
import { guestTree } from '../unit/network/guest-tree-of.js';
import { soundInterfacesText } from '../unit/network/interfaces-text.js';
import { planned, textsOf, withDns } from '../unit/plan/network/planned.js';

const interfaces = '/etc/network/interfaces';
const program = process.env.IFQUERY ?? 'ifquery';
const configuration = {
  address: '18.181.3.4',
  netmask: '255.255.0.0',
  gateway: '18.181.0.1',
  dns: ['1.1.1.1'],
};

/** The lines that ifquery prints for an interface; undefined when it rejects the file or the interface. */
async function ifquery(text: string, name: string): Promise<string[] | undefined> {
  return await withDir(
    async ({ path }) => {
      const file = join(path, 'interfaces');
      await writeFile(file, text, 'latin1');
      const options = { reject: false, timeout: 10_000, encoding: 'latin1', stdin: 'ignore' } as const;
      const { stdout, exitCode, code } = await execa(program, ['-i', file, name], options);
      if (code === 'ENOENT') throw new Error(`no ifquery (${program}): run scripts/setup, or set IFQUERY`);
      return exitCode === 0 ? stdout.split('\n') : undefined;
    },
    { unsafeCleanup: true, prefix: 'convert-image' },
  );
}

const made = [
  'iface eth0 inet dhcp\n',
  'auto eth0\niface eth0 inet dhcp\n\thostname web\n\tclient x\n\tmtu 1400\n\tup true\n',
  '# card\niface eth0 inet \\\n dhcp\n    metric 3\niface eth0 inet6 auto\n    accept_ra 2\n',
  'iface eth0 inet dhcp\r\n    hostname x\r\n    mtu 9\r\n',
  'iface eth0 inet dhcp\n address 1.1.1.1\n netmask 255.255.255.0\n broadcast 1.1.1.255\n gateway 1.1.1.254',
  'iface br0 inet manual\n bridge_ports eth0\n\niface eth0 inet dhcp # the card\n # up \\\n hostname y\n',
];

for (const text of made) {
  test(`ifquery understands the static form of ${JSON.stringify(text)}`, async (t) => {
    const lines = (await ifquery(makeStatic(text, 'eth0', configuration), 'eth0')) ?? [];
    t.deepEqual(
      lines.filter((line) => /^(?:address|netmask|gateway|broadcast|dns|hostname|client)/.test(line)).sort(),
      [
        'address: 18.181.3.4',
        'broadcast: 18.181.255.255',
        'dns-nameservers: 1.1.1.1',
        'gateway: 18.181.0.1',
        'netmask: 255.255.0.0',
      ],
    );
  });
}

test('ifquery shows a renamed interface as it showed the former one', async (t) => {
  for (const text of made) {
    const before = await ifquery(text, 'eth0');
    t.truthy(before);
    t.deepEqual(await ifquery(renameInterface(text, 'eth0', 'enX0'), 'enX0'), before);
  }
});

/** Our reading of an interface's options, as ifquery prints them: several values of one option on lines of their own. */
function optionsRead(text: string, name: string): string[] {
  const definitions = viewOf([{ path: '', text }]).definitions.filter(
    (definition) => definition.name === name,
  );
  return definitions.flatMap(({ stanza }) =>
    optionLines(stanza).flatMap(([option = '', ...value]) =>
      // ifquery writes addresses and netmasks in its own form.
      option === 'address' || option === 'netmask' ? [] : [`${option}: ${value.join(' ')}`],
    ),
  );
}

/** ifquery prints the blanks of a value as they are. */
const plain = (line: string): string => line.replace(/[ \t]+/g, ' ').trim();

async function agrees(t: ExecutionContext, text: string): Promise<void> {
  for (const name of ['eth0', 'ens3', 'br0', 'eth0.5']) {
    const printed = await ifquery(text, name);
    if (printed === undefined) continue;
    const words = new Set(printed.map(plain));
    for (const option of new Set(optionsRead(text, name))) {
      // A repeated option comes as one, its values on lines of their own.
      const value = option.slice(option.indexOf(':') + 2);
      t.true(
        words.has(option) || words.has(value),
        `${option} of ${name} in ${JSON.stringify(text)}: ${printed}`,
      );
    }
    const fixed = makeStatic(text, name, configuration);
    if (fixed !== text) {
      t.true((await ifquery(fixed, name))?.includes('gateway: 18.181.0.1'), JSON.stringify(fixed));
    }
  }
}

test('ifquery reads what we read, and what we wrote', async (t) => {
  t.timeout(100_000);
  await fc.assert(
    fc.asyncProperty(soundInterfacesText, async (text) => {
      await agrees(t, text);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

const untouched = 'source-directory /etc/network/interfaces.d\n\nauto lo\niface lo inet loopback\n';

for (const [title, before] of [
  ['no file', {}],
  ['loopback only', { [interfaces]: untouched }],
  ['no line end', { [interfaces]: untouched.trim() }],
] as const) {
  test(`ifquery understands what a guest without configuration gets: ${title}`, async (t) => {
    const guest = {
      files: { ...before, '/etc/resolvconf/resolv.conf.d/base': '' },
      packages: { ifupdown: '0.8.41', resolvconf: '1.91' },
    };
    const result = planned(guest, withDns);
    t.deepEqual(result.problems, []);
    // The folder that it includes is this machine's, not the guest's.
    const text = (textsOf(result)[interfaces] ?? '').replace(/^source.*$/m, '');
    t.deepEqual((await ifquery(text, 'enX0'))?.filter((line) => line !== '').sort(), [
      'address: 18.181.3.4',
      'broadcast: 18.181.255.255',
      'dns-nameservers: 18.70.0.160 18.71.0.151',
      'gateway: 18.181.0.1',
      'netmask: 255.255.0.0',
    ]);
    t.truthy(await ifquery(text, 'lo'));
  });
}

const included: readonly Record<string, string>[] = [
  {
    interfaces: 'source-directory d\nsource e/*\n',
    'd/b.cfg': '',
    'd/a': '',
    'd/A': '',
    'd/.h': '',
    'e/x.cfg': 'source ../f\n',
    'e/y': '',
    f: '',
  },
  { interfaces: 'source [de]/*.cfg\nsource none\nsource d/{a,b}\n', 'd/b.cfg': '', 'e/1.cfg': '', 'd/a': '' },
  { interfaces: 'source a\nsource c\n', a: 'source sub/b\n', 'sub/b': '', c: '' },
];

for (const files of included) {
  test(`ifquery reads the same files: ${JSON.stringify(files.interfaces)}`, async (t) => {
    await withDir(
      async ({ path }) => {
        const guest: Record<string, string | GuestNode> = {};
        for (const [name, text] of Object.entries(files)) {
          await mkdir(dirname(join(path, name)), { recursive: true });
          await writeFile(join(path, name), text);
          guest[`/etc/network/${name}`] = text;
        }
        const { stderr } = await execa(program, ['-v', '-i', join(path, 'interfaces'), '-l'], {
          timeout: 10_000,
          stdin: 'ignore',
        });
        const read = [...stderr.matchAll(/parsing file (.*)/gi)].map(([, file = '']) => join(file));
        const ours = interfacesFiles(guestTree(guest)).map((file) => file.replace('/etc/network', path));
        t.deepEqual(
          read.filter((file) => file !== join(path, 'interfaces') && !/none|\{/.test(file)),
          ours.slice(1),
        );
      },
      { unsafeCleanup: true, prefix: 'convert-image' },
    );
  });
}
