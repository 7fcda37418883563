import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { checksum } from './program.js';
import { grubConfig, makeTinyGuest, tinyUuid } from './tiny-guest.js';

/** A way to keep the guest, and to start it: `kernel` is a raw image whose kernel dom0 keeps, `new` one that no record names. */
export const forms = ['raw', 'qcow2', 'vhd', 'device', 'kernel', 'new'] as const;
export type Form = (typeof forms)[number];

/** A guest that is converted, hurt and mended again and again, always at the same place. */
export interface Subject {
  readonly form: Form;
  /** Holds everything: image, record, state directory. */
  readonly folder: string;
  /** The file that holds the image; of a device the file behind it. */
  readonly file: string;
  /** What the program is given. */
  readonly disk: string;
  /** The original image. */
  readonly pristine: string;
  /** The file that says how the guest starts, and what it says at first; undefined where there is none yet. */
  readonly record: string;
  readonly recordText: string | undefined;
  /** The arguments of the conversion. */
  readonly args: readonly string[];
  /** SHA-256 of the guest's disk. */
  readonly original: string;
}

/** Enough text that a commit has several requests. */
const comments = Array.from({ length: 3_000 }, (_, line) => `# ${line} ${(line * 7919) % 99_991}\n`).join('');

const files = {
  '/etc/fstab': `/dev/sda / ext4 errors=remount-ro 0 1\n${comments}`,
  '/etc/network/interfaces': `auto lo\niface lo inet loopback\n\nauto ens3\niface ens3 inet dhcp\n${comments}`,
  '/boot/grub/grub.cfg': `${grubConfig(`root=UUID=${tinyUuid} ro console=ttyS0`)}${comments}`,
  '/etc/default/grub': `GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX="console=ttyS0"\n`,
};

const endings: Readonly<Record<Form, string>> = {
  raw: 'img',
  kernel: 'img',
  device: 'img',
  new: 'img',
  qcow2: 'qcow2',
  vhd: 'vhd',
};

/** Makes a tiny HVM guest that needs several edits, as an image of this form with its record, below `folder`. */
export async function makeSubject(base: string, folder: string, form: Form): Promise<Subject> {
  await mkdir(folder, { recursive: true });
  const pristine = `${folder}.pristine`;
  await makeTinyGuest(base, pristine, files);
  if (form === 'qcow2' || form === 'vhd') await wrap(pristine, form);
  const file = join(folder, `web.${endings[form]}`);
  await execa`cp --sparse=always ${pristine} ${file}`;
  const disk = form === 'device' ? (await execa`losetup --show -f ${file}`).stdout : file;
  const record = form === 'new' ? `${file}.pv.cfg` : join(folder, 'web.cfg');
  const recordText = form === 'new' ? undefined : hvmConfig(disk, form);
  const network = ['--address', '18.181.3.4', '--site', 'xvm'];
  const option = form === 'new' ? [] : ['--record', `xl:${record}`];
  const way = form === 'kernel' ? ['--boot-with', 'kernel'] : [];
  const args = [...network, ...option, ...way];
  const subject = { form, folder, file, disk, pristine, record, recordText, args, original: '' };
  return { ...subject, original: await contentOf(subject) };
}

/** Ends what outlives the folder. */
export async function releaseSubject({ form, disk }: Subject): Promise<void> {
  if (form === 'device') await execa`losetup -d ${disk}`;
}

async function wrap(image: string, form: 'qcow2' | 'vhd'): Promise<void> {
  const target = form === 'vhd' ? ['-O', 'vpc', '-o', 'force_size=on'] : ['-O', 'qcow2'];
  await execa`qemu-img convert -f raw ${target} ${image} ${image}.wrapped`;
  await execa`mv ${image}.wrapped ${image}`;
}

function hvmConfig(disk: string, form: Form): string {
  const format = form === 'qcow2' || form === 'vhd' ? form : 'raw';
  return `name = "web"\nbuilder = "hvm"\nmemory = 512\ndisk = [ "format=${format},vdev=hda,target=${disk}" ]\nboot = "c"\n`;
}

const stateOf = ({ folder }: Subject): string => join(folder, 'state');

/** Makes everything what it was at first. The image stays the same file. */
export async function reset(subject: Subject): Promise<void> {
  await rm(stateOf(subject), { recursive: true, force: true });
  await putImage(subject, subject.pristine);
  for (const name of await readdir(subject.folder))
    if (join(subject.folder, name) !== subject.file)
      await rm(join(subject.folder, name), { recursive: true, force: true });
  if (subject.recordText !== undefined) await writeFile(subject.record, subject.recordText);
}

async function putImage({ form, disk, file }: Subject, from: string): Promise<void> {
  if (form === 'device') await execa`dd if=${from} of=${disk} bs=1M conv=fsync,notrunc status=none`;
  else await execa`cp --sparse=always ${from} ${file}`;
}

/** Keeps a copy of everything as it is now, under a name. */
export async function keep(subject: Subject, name: string): Promise<void> {
  const place = `${subject.folder}.${name}`;
  await rm(place, { recursive: true, force: true });
  if (subject.form === 'device') await execa`blockdev --flushbufs ${subject.disk}`;
  await execa`cp -a --sparse=always ${subject.folder} ${place}`;
}

/** Makes everything what it was when it was kept. The image stays the same file, as it is in the journal. */
export async function giveBack(subject: Subject, kept: string): Promise<void> {
  const place = `${subject.folder}.${kept}`;
  const image = subject.file.slice(subject.folder.length + 1);
  for (const name of await readdir(subject.folder))
    if (name !== image) await rm(join(subject.folder, name), { recursive: true, force: true });
  for (const name of await readdir(place))
    if (name !== image) await cp(join(place, name), join(subject.folder, name), { recursive: true });
  await putImage(subject, join(place, image));
}

/** SHA-256 of the disk as the guest sees it. */
export async function contentOf(subject: Pick<Subject, 'form' | 'disk' | 'folder'>): Promise<string> {
  const { form, disk } = subject;
  if (form !== 'qcow2' && form !== 'vhd') return checksum(disk);
  return hashOfImage(subject, JSON.stringify({ driver: qemuDriver(form), file: fileNode(disk) }));
}

/** SHA-256 of what the conversion's overlay makes of the original; undefined where there is no overlay. */
export async function convertedContent(subject: Subject): Promise<string | undefined> {
  const [conversion] = await conversionsOf(subject);
  if (conversion === undefined || !conversion.files.includes('overlay.qcow2')) return undefined;
  const overlay = fileNode(join(conversion.folder, 'overlay.qcow2'));
  const backing = { driver: qemuDriver(subject.form), file: fileNode(subject.pristine) };
  return hashOfImage(subject, JSON.stringify({ driver: 'qcow2', file: overlay, backing }));
}

async function hashOfImage({ folder }: Pick<Subject, 'folder'>, node: string): Promise<string> {
  const raw = `${folder}.raw`;
  await execa`qemu-img convert -O raw ${`json:${node}`} ${raw}`;
  try {
    return await checksum(raw);
  } finally {
    await rm(raw);
  }
}

const fileNode = (filename: string) => ({ driver: 'file', filename, locking: 'off' });
const qemuDriver = (form: Form): string => (form === 'vhd' ? 'vpc' : form === 'qcow2' ? 'qcow2' : 'raw');

/** A conversion's folder, as anybody finds it. `state` is that of the journal's last whole line. */
export interface Found {
  readonly folder: string;
  readonly files: readonly string[];
  readonly state: string;
}

/** The conversions in the subject's state directory, read without the program's help. */
export async function conversionsOf(subject: Pick<Subject, 'folder'>): Promise<Found[]> {
  const place = join(subject.folder, 'state', 'conversions');
  const found: Found[] = [];
  for (const name of (await readdir(place).catch(() => [])).sort()) {
    const folder = join(place, name);
    const lines = (await readFile(join(folder, 'journal'), 'utf8')).split('\n').slice(0, -1);
    const last: { state: string } = JSON.parse(lines.at(-1) ?? '{"state":"none"}');
    found.push({ folder, files: (await readdir(folder)).sort(), state: last.state });
  }
  return found;
}

/** What the record says; undefined where there is none. */
export const recordNow = ({ record }: Subject): Promise<string | undefined> =>
  readFile(record, 'utf8').catch(() => undefined);
