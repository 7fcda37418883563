import { chmod, copyFile, mkdir, open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { asNobody, smallDisk } from './poor-hosts.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';
import { failsUntouched, type Refusal } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

interface BadInput extends Refusal {
  /** Makes the image and gives its path. */
  readonly image: (folder: string) => Promise<string>;
  /** Instead of a complete and right address. */
  readonly args?: readonly string[];
}

const guest = (name: string) => (folder: string) => copyOfGuest(folder, name);

async function qcow2(folder: string, name: string): Promise<string> {
  const raw = await copyOfGuest(folder, name);
  const image = join(folder, `${name}.qcow2`);
  await execa`qemu-img convert -f raw -O qcow2 ${raw} ${image}`;
  return image;
}

/** A layer as older versions of qemu-img made it: the header names its base, and not the base's format. */
async function layer(folder: string): Promise<string> {
  const image = join(folder, 'layer.qcow2');
  await execa`qemu-img create -q -f qcow2 -F raw -b ${await copyOfGuest(folder, 'no-os')} ${image}`;
  const content = await readFile(image);
  // The header extension that says it, made one that nobody knows (QEMU docs/interop/qcow2.txt).
  content.write('1111', content.indexOf(Buffer.from('e2792aca', 'hex')), 'latin1');
  await writeFile(image, content);
  return image;
}

async function encrypted(folder: string): Promise<string> {
  const image = join(folder, 'encrypted.qcow2');
  // Making a LUKS header needs a quiet machine.
  const options = 'encrypt.format=aes,encrypt.key-secret=key';
  await execa`qemu-img create -q -f qcow2 --object secret,id=key,data=abc -o ${options} ${image} 64M`;
  return image;
}

async function zeros(folder: string, bytes: number): Promise<string> {
  const image = join(folder, 'zeros.raw');
  await writeFile(image, '');
  await truncate(image, bytes);
  return image;
}

async function cut(image: string): Promise<string> {
  await truncate(image, (await stat(image)).size / 2);
  return image;
}

async function named(image: string, name: string): Promise<string> {
  await rename(image, join(image, '..', name));
  return join(image, '..', name);
}

/** A guest may write these bytes into its own disk (CVE-2010-3851). */
async function hostile(folder: string): Promise<string> {
  const image = await copyOfGuest(folder, 'bookworm');
  const file = await open(image, 'r+');
  await file.write(Buffer.from('QFI\xfb', 'latin1'), 0, 4, 0);
  await file.close();
  return image;
}

const usage = { exitCode: 2, code: 'usage', image: guest('no-os') } as const;

const inputs: Readonly<Record<string, BadInput>> = {
  'no such file': {
    image: async (folder) => join(folder, 'missing.raw'),
    exitCode: 3,
    code: 'no-such-image',
    says: /missing\.raw does not exist/,
  },
  'a directory': {
    image: async (folder) => {
      await mkdir(join(folder, 'directory'));
      return join(folder, 'directory');
    },
    exitCode: 3,
    code: 'not-a-disk-image',
    says: /is a directory/,
  },
  'a FIFO': {
    image: async (folder) => {
      await execa`mkfifo ${join(folder, 'fifo')}`;
      return join(folder, 'fifo');
    },
    exitCode: 3,
    code: 'not-a-disk-image',
    says: /is a pipe/,
  },
  'an empty file': {
    image: (folder) => zeros(folder, 0),
    exitCode: 3,
    code: 'empty-disk',
    says: /neither a partition table nor a file system/,
  },
  'an empty disk': {
    image: (folder) => zeros(folder, 8 * 1024 * 1024),
    exitCode: 3,
    code: 'empty-disk',
    says: /neither a partition table nor a file system/,
  },
  'a disk without an operating system': {
    image: guest('no-os'),
    exitCode: 3,
    code: 'no-operating-system',
    says: /no operating system was found on \/dev\/sda1 \(ext4\)/,
  },
  'a truncated qcow2 image': {
    image: async (folder) => cut(await qcow2(folder, 'bookworm')),
    exitCode: 3,
    code: 'image-damaged',
    says: /is damaged/,
  },
  'a truncated raw image': {
    image: async (folder) => cut(await copyOfGuest(folder, 'bookworm')),
    exitCode: 3,
    code: 'image-damaged',
    says: /has 1073741824 bytes, and its partition table needs 21\d{8}/,
  },
  'a truncated raw image with an MBR': {
    image: async (folder) => cut(await copyOfGuest(folder, 'no-os')),
    exitCode: 3,
    code: 'image-damaged',
    says: /partition table needs/,
  },
  'a qcow2 image given as raw': {
    image: (folder) => qcow2(folder, 'no-os'),
    args: ['--format', 'raw', ...address],
    exitCode: 3,
    code: 'format-unclear',
    says: /look like qcow2, --format says otherwise/,
  },
  'a qcow2 image with the name of a raw one': {
    image: async (folder) => named(await qcow2(folder, 'no-os'), 'named.raw'),
    exitCode: 3,
    code: 'format-unclear',
    says: /look like qcow2, its name says otherwise/,
    remedy: /--format/,
  },
  'a raw image with the name of a qcow2 one': {
    image: async (folder) => named(await copyOfGuest(folder, 'no-os'), 'named.qcow2'),
    exitCode: 3,
    code: 'image-unreadable',
    says: /not a sound qcow2 image/,
    remedy: /--format/,
  },
  'a qcow2 layer over a base of unknown format': {
    image: layer,
    exitCode: 3,
    code: 'backing-file-unclear',
    says: /does not say the format of its backing file .*no-os\.raw/,
    remedy: /qemu-img rebase/,
  },
  'a qcow2 image with a backing file given as raw': {
    image: layer,
    args: ['--format', 'raw', ...address],
    exitCode: 3,
    code: 'format-unclear',
    says: /look like qcow2/,
  },
  'an encrypted qcow2 image': {
    image: encrypted,
    exitCode: 3,
    code: 'image-encrypted',
    says: /is encrypted/,
  },
  'a raw image that begins like qcow2': {
    image: hostile,
    exitCode: 3,
    code: 'format-unclear',
    says: /look like qcow2/,
    remedy: /--format/,
  },
  'a 32-bit guest': {
    image: guest('bookworm-i386'),
    exitCode: 3,
    code: 'not-64-bit',
    says: /i386, not amd64/,
  },
  'another distribution': {
    image: guest('fedora-tree'),
    exitCode: 3,
    code: 'unsupported-distribution',
    says: /Fedora/,
  },
  'two interfaces with DHCP': {
    image: guest('two-dhcp'),
    exitCode: 3,
    code: 'several-dhcp-interfaces',
    says: /enX0, enX1/,
    remedy: /--interface/,
  },
  'no address given': {
    image: guest('bookworm'),
    args: [],
    exitCode: 3,
    code: 'no-static-address',
    says: /enX0 gets its address by DHCP/,
    remedy: /--address/,
  },
  "an address outside of its gateway's network": {
    ...usage,
    args: ['--address', '10.1.2.3', '--site', 'xvm'],
    says: /10\.1\.2\.3\/16 and the gateway 18\.181\.0\.1/,
  },
  'a malformed address': { ...usage, args: ['--address', '18.181.3'], says: /18\.181\.3 is not an IPv4/ },
  'an address without its network': { ...usage, args: ['--address', '18.181.3.4'], says: /without its net/ },
  'an unknown option': { ...usage, args: ['--adress', '18.181.3.4'], says: /Unknown argument: adress/ },
  'an unknown site': { ...usage, args: ['--site', 'mit'], says: /mit is not known/, remedy: /xvm/ },
  'an unknown kind of record': {
    ...usage,
    args: [...address, '--record', 'vmx:web1'],
    says: /vmx:web1 is none of/,
  },
};

for (const [title, { image, args = address, ...refusal }] of Object.entries(inputs)) {
  test(title, async (t) => {
    t.timeout(120_000);
    const folder = await testFolder(t);
    await failsUntouched(t, { folder, image: await image(folder), args }, refusal);
  });
}

test('for people: what, why, what to do, the state of the image, and where the log is', async (t) => {
  const folder = await testFolder(t);
  const { stdout, stderr } = await convertImage(folder, [...address, await copyOfGuest(folder, 'no-os')]);
  t.is(stdout, '');
  const lines = [
    /can't be converted; the image is untouched$/,
    /no operating system/,
    /what to do: /,
    /log: /,
  ];
  for (const line of lines) t.regex(stderr, new RegExp(line.source, 'm'));
});

test('a raw image that begins like qcow2 is converted as raw when that is said', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = await hostile(folder);
  const run = await convertImage(folder, [...address, '--format', 'raw', '--json', image]);
  t.is(run.exitCode, 0, run.stdout);
  t.is(run.events.at(-1)?.outcome, 'converted');
});

interface Rights {
  readonly imageMode: number;
  readonly stateMode: number;
}

const rights: Readonly<Record<string, Rights & Refusal>> = {
  'an image that the user may not read': {
    imageMode: 0o600,
    stateMode: 0o755,
    exitCode: 3,
    code: 'image-not-accessible',
    says: /permission denied/,
    remedy: /as root/,
  },
  'an image that the user may only read': {
    imageMode: 0o644,
    stateMode: 0o755,
    exitCode: 3,
    code: 'image-not-accessible',
    says: /permission denied/,
    remedy: /read and write/,
  },
  'a state directory that the user may not write': {
    imageMode: 0o666,
    stateMode: 0o555,
    exitCode: 4,
    code: 'failed',
    says: /state directory .* can't be used: EACCES/,
    remedy: /--state-dir/,
  },
};

for (const [title, { imageMode, stateMode, ...refusal }] of Object.entries(rights)) {
  test(title, async (t) => {
    const folder = await testFolder(t);
    const prefix = await asNobody(folder);
    const image = await copyOfGuest(folder, 'no-os');
    await chmod(image, imageMode);
    await chmod(join(folder, 'state'), stateMode);
    await failsUntouched(t, { folder, image, args: address, prefix }, refusal);
  });
}

test('a state directory in an impossible place', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const args = [...address, '--state-dir', join(image, 'state')];
  const says = /state directory .* can't be used: ENOTDIR/;
  await failsUntouched(
    t,
    { folder, image, args },
    { exitCode: 4, code: 'failed', says, remedy: /--state-dir/ },
  );
});

test('an image on a read-only file system', async (t) => {
  const folder = await testFolder(t);
  const disk = await smallDisk(t, join(folder, 'disk'), '32m');
  const image = join(disk, 'no-os.raw');
  await copyFile(await copyOfGuest(folder, 'no-os'), image);
  await execa`mount -o remount,ro ${disk}`;
  const refusal = { exitCode: 3, code: 'image-not-accessible', says: /read-only file system/ };
  await failsUntouched(t, { folder, image, args: address }, refusal);
});

test('switches before a command are switches', async (t) => {
  const folder = await testFolder(t);
  const run = await convertImage(folder, ['--json', 'plan', join(folder, 'missing.raw')]);
  t.is(run.exitCode, 3, run.stdout);
});
