import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { convertImage, copyOfGuest, guestText, rootOffset, testFolder } from './program.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

/** Sets a terminal's title, clears it, goes back over what stands there, and turns the reading direction. One byte a character. */
const nasty = '\x1b]0;owned\x07\x1b[2J\b\b\x9b31m\xc2\x9b31m\xe2\x80\xaetxt\x7f';
/** The same in UTF-8 throughout. */
const nastyUtf8 = nasty.replace('\x9b31m', '');

/** Whatever a terminal or its reader could take for something else than text; tab and newline are fine. */
const unprintable = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u;

/** Runs debugfs commands on the guest's root file system. Texts are byte strings. */
async function edit(folder: string, image: string, commands: readonly string[]): Promise<void> {
  const script = join(folder, 'commands');
  await writeFile(script, `${commands.join('\n')}\n`, 'latin1');
  await execa`debugfs -w -f ${script} ${`${image}?offset=${rootOffset}`}`;
}

/** The commands that put a text into a file of the guest. */
async function put(folder: string, path: string, text: string): Promise<string[]> {
  const file = await execa`mktemp -p ${folder}`;
  await writeFile(file.stdout, text, 'latin1');
  return [`rm "${path}"`, `write ${file.stdout} "${path}"`, `set_inode_field "${path}" mode 0100644`];
}

/** A guest that has the characters wherever a person may put text without breaking the guest. */
async function nastyGuest(t: ExecutionContext, more: (image: string) => Promise<readonly string[][]>) {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const commands = [
    [`set_super_value volume_name "${nasty.slice(8, 23)}"`],
    await put(folder, `/boot/vmlinuz-9.9-${nasty}`, 'no kernel'),
    await put(folder, `/boot/config-9.9-${nasty}`, 'CONFIG_XEN_PV=y\n'),
    await put(folder, `/etc/network/interfaces.d/${nasty}`, `# \r${nasty}\n`),
    ...(await more(image)),
  ];
  await edit(folder, image, commands.flat());
  return { folder, image };
}

async function replaced(folder: string, image: string, path: string, what: RegExp, by: string) {
  const text = Buffer.from(await guestText(image, path)).toString('latin1');
  return put(
    folder,
    path,
    text.replace(what, () => by),
  );
}

const prettyName = `PRETTY_NAME="Debian ${nasty}"`;

type Edit = (folder: string, image: string) => Promise<string[]>;

/** Edits that make different parts of the program speak, and what they should still say. */
const guests: Readonly<Record<string, { edits: readonly Edit[]; says: RegExp }>> = {
  'in a guest that can be converted': {
    edits: [
      (folder, image) => replaced(folder, image, '/usr/lib/os-release', /^PRETTY_NAME=.*/m, prettyName),
      (folder, image) =>
        replaced(folder, image, '/etc/network/interfaces', /^allow-hotplug/m, `# ${nasty}\nallow-hotplug`),
    ],
    says: /^Debian \\x1b\]0;owned/m,
  },
  'in the name of another distribution': {
    edits: [(folder) => put(folder, '/usr/lib/os-release', `ID=other\n${prettyName}\n`)],
    says: /Debian \\x1b\]0;owned\\x07.*not Debian or Ubuntu/,
  },
  'in fstab': {
    edits: [
      (folder, image) => replaced(folder, image, '/etc/fstab', /$/, `\nLABEL=${nasty} /usr ext4 ro 0 0\n`),
    ],
    says: /mounts \/usr from LABEL=\\x1b/,
  },
  'in the boot entries': {
    edits: [
      (folder, image) =>
        replaced(
          folder,
          image,
          '/boot/grub/grub.cfg',
          /^(\tlinux|\s*linux)\s+\S+/gm,
          `linux /boot/vmlinuz-${nastyUtf8}`,
        ),
    ],
    says: /pygrub .* with \/boot\/vmlinuz-\\x1b\]0;owned/,
  },
};

const commands = [
  ['inspect'],
  ['inspect', '--verbose'],
  ['inspect', '--json'],
  ['plan', ...address],
  ['plan', '--json', ...address],
  ['verify', '--verbose'],
  ['--verbose', ...address],
];

for (const [title, { edits, says }] of Object.entries(guests)) {
  test(`escape sequences ${title} reach no terminal`, async (t) => {
    t.timeout(120_000);
    const folder = await testFolder(t);
    const { image } = await nastyGuest(t, (copy) => Promise.all(edits.map((make) => make(folder, copy))));
    const said: string[] = [];
    for (const command of commands) {
      const { stdout, stderr } = await convertImage(folder, [...command, image]);
      said.push(stdout, stderr);
      t.is(
        unprintable.exec(stdout + stderr)?.[0],
        undefined,
        `${command.join(' ')}: ${JSON.stringify(stdout + stderr)}`,
      );
    }
    t.regex(said.join('\n'), says);
  });
}
