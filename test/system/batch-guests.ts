import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { lookUntil } from './live-processes.js';
import { environmentIn } from './program.js';
import { grubConfig, makeTinyGuest, tinyUuid } from './tiny-guest.js';

/** What makes a tiny guest an HVM one: emulated names, a serial console, DHCP on an emulated card. */
const hvmFiles = {
  '/etc/fstab': '/dev/sda / ext4 errors=remount-ro 0 1\n',
  '/etc/network/interfaces': 'auto lo\niface lo inet loopback\n\nauto ens3\niface ens3 inet dhcp\n',
  '/boot/grub/grub.cfg': grubConfig(`root=UUID=${tinyUuid} ro console=ttyS0`),
};

/** Makes copies of one tiny HVM guest, and gives their paths. */
export async function tinyGuests(base: string, folder: string, names: readonly string[]): Promise<string[]> {
  const pristine = `${folder}.pristine`;
  await makeTinyGuest(base, pristine, hvmFiles);
  const images = names.map((name) => join(folder, `${name}.img`));
  for (const image of images) await execa`cp --sparse=always ${pristine} ${image}`;
  await execa`rm ${pristine}`;
  return images;
}

/** A list file of these images, each with an address of its own and these keys. */
export async function listOf(
  folder: string,
  images: readonly string[],
  keys: Readonly<Record<string, string>> = {},
): Promise<string> {
  const lines = images.map((disk, index) => {
    const name = disk.slice(folder.length + 1);
    const own = keys[name] === undefined ? '' : `, ${keys[name]}`;
    return `  - {disk: ${name}, address: 18.181.3.${index + 1}${own}}`;
  });
  const path = join(folder, 'list.yaml');
  await writeFile(path, ['defaults: {site: xvm, record: none}', 'images:', ...lines, ''].join('\n'));
  return path;
}

const holdingScript = `#!/bin/bash
# Stands before qemu-img: a commit waits until it may go on, or its conversion is killed; or no layer over web… can be made.
real=$(PATH=\${PATH#*:} command -v qemu-img)
case $HOW:$1 in
  fail:create) [[ $* != */web* ]] || { echo 'qemu-img: no space on the test' >&2; exit 1; } ;;
  kill:commit) kill -9 "$PPID"; exit 1 ;;
  hold:commit)
    touch "$HOLD/waiting"
    while [[ ! -e $HOLD/go ]]; do sleep 0.05; done ;;
esac
exec "$real" "$@"
`;

/**
 * The environment of a run that has an accident: its commits wait in the middle (there is a file \`waiting\` then, until
 * there is one \`go\`), its process is killed in a commit, or it fails before.
 */
export async function runsThat(
  folder: string,
  how: 'hold' | 'fail' | 'kill',
): Promise<Record<string, string>> {
  const programs = join(folder, 'programs');
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, 'qemu-img'), holdingScript, { mode: 0o755 });
  return { PATH: `${programs}:${process.env.PATH}`, HOW: how, HOLD: programs };
}

/** Lets the commits go on that wait. */
export const letGo = (folder: string): Promise<void> => writeFile(join(folder, 'programs', 'go'), '');

/** A batch that is at work. */
export function startBatch(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
) {
  const env = environmentIn(folder, environment);
  const options = { env, reject: false, stdin: 'ignore' } as const;
  const program = execa(process.execPath, ['dist/program/main.js', 'batch', '--json', ...args], options);
  const events: Record<string, unknown>[] = [];
  let rest = '';
  program.stdout.on('data', (data: Buffer) => {
    const lines = `${rest}${data.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  return { program, events };
}

/** Until a commit waits, and until an event like this one has come. */
export async function untilHeld(
  folder: string,
  events: readonly Record<string, unknown>[],
  isThere: (event: Record<string, unknown>) => boolean = () => true,
): Promise<void> {
  const look = async () => {
    const names = await readdir(join(folder, 'programs'));
    return names.includes('waiting') && events.some(isThere);
  };
  if (!(await lookUntil(look, (seen) => seen, 60_000))) throw new Error('the batch never came there');
}
