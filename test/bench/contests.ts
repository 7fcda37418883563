import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { atMostSeconds, type Contender, type Contest, timesAsFast } from './contest.js';

const own = [process.execPath, 'dist/program/main.js', '--quiet', '--record', 'none'];
const address = ['--address', '18.181.3.4', '--site', 'xvm'];

/** The same edits as a person would have virt-customize make: the interface's file, GRUB's command line, its menu. */
interface Edits {
  readonly file: string;
  readonly text: string;
}

const ifupdown: Edits = {
  file: '/etc/network/interfaces',
  text: 'auto lo\niface lo inet loopback\n\nallow-hotplug enX0\niface enX0 inet static\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1\n',
};
const networkd: Edits = {
  file: '/etc/systemd/network/20-wired.network',
  text: '[Match]\nName=enX0\n\n[Network]\nAddress=18.181.3.4/16\nGateway=18.181.0.1\n',
};
const grubEdit = 's/^(GRUB_CMDLINE_LINUX=.*)"$/$1 console=hvc0"/';

/** Makes the contests, whose files lie in `folder`. */
export function contestsIn(folder: string): Contest[] {
  const copy = join(folder, 'guest.raw');
  const environment = { CONVERT_IMAGE_STATE_DIR: join(folder, 'state') };
  const copyOf = (guest: string) => async () => {
    const { stdout: built } = await execa('scripts/build-image', [guest]);
    await execa('cp', ['--sparse=always', built, copy]);
  };
  const ours = (name: string, guest: string, ...args: string[]): Contender => ({
    name,
    prepare: copyOf(guest),
    command: [...own, ...address, ...args, copy],
    environment,
  });
  const customized = (name: string, guest: string, edits: Edits, ...before: string[]): Contender => {
    const upload = join(folder, 'upload');
    const change = ['--upload', `${upload}:${edits.file}`, '--edit', `/etc/default/grub:${grubEdit}`];
    const run = [...before, ...change, '--run-command', 'update-grub'];
    return {
      name,
      prepare: async () => {
        await copyOf(guest)();
        await writeFile(upload, edits.text);
      },
      command: ['virt-customize', '--quiet', '--no-network', '--format', 'raw', '-a', copy, ...run],
    };
  };
  const editsOn = (guest: string, title: string, edits: Edits): Contest => ({
    id: `edits-${guest}`,
    title,
    pace: 'quick',
    contenders: [ours('convert-image', guest), customized('virt-customize', guest, edits)],
    goals: [timesAsFast('virt-customize', 1, 1)],
  });
  const packages = join(folder, 'packages');
  const copyIn = ['--copy-in', `${packages}:/var/tmp`, '--run-command', 'dpkg -i /var/tmp/packages/*.deb'];
  return [
    {
      id: 'inspect',
      title: 'inspect an ext4 guest',
      pace: 'quick',
      contenders: [
        {
          ...ours('convert-image inspect', 'bookworm'),
          command: [...own.slice(0, 2), 'inspect', '--json', copy],
        },
        {
          name: 'virt-inspector',
          prepare: copyOf('bookworm'),
          command: ['virt-inspector', '--format=raw', '-a', copy, '--no-applications', '--no-icon'],
        },
      ],
      goals: [atMostSeconds(0.5)],
    },
    {
      id: 'edits-ext4',
      title: 'convert an ext4 guest, edits only',
      pace: 'quick',
      contenders: [
        ours('convert-image', 'bookworm'),
        customized('virt-customize', 'bookworm', ifupdown),
        ours('convert-image --access appliance', 'bookworm', '--access', 'appliance'),
      ],
      goals: [atMostSeconds(1.5), timesAsFast('virt-customize', 15, 1)],
    },
    {
      id: 'undo',
      title: 'undo that conversion',
      pace: 'quick',
      contenders: [
        {
          name: 'convert-image undo',
          prepare: async () => {
            await copyOf('bookworm')();
            await execa(own[0] ?? '', [...own.slice(1), ...address, copy], { env: environment });
          },
          command: [...own.slice(0, 2), 'undo', copy],
          environment,
        },
        { name: 'cp of the image', prepare: copyOf('bookworm'), command: ['cp', copy, `${copy}.copy`] },
      ],
      goals: [],
    },
    editsOn('bookworm-xfs', 'convert an XFS guest, edits only', networkd),
    editsOn('bullseye-lvm', 'convert a guest on LVM, edits only', ifupdown),
    {
      id: 'sparse-200-gb',
      title: 'the ext4 guest on a sparse image of 200 GB',
      pace: 'quick',
      contenders: [
        {
          ...ours('200 GB', 'bookworm'),
          prepare: async () => {
            await copyOf('bookworm')();
            await execa('truncate', ['--size=200G', copy]);
            await execa('sfdisk', ['--quiet', '--relocate', 'gpt-bak-std', copy]);
          },
        },
        ours('2 GB', 'bookworm'),
      ],
      goals: [
        {
          text: 'at most 1.2 times the time',
          figure: ([large = Number.NaN, small = Number.NaN]) => large / small,
          isReached: (figure) => figure <= 1.2,
          unit: 'times',
        },
      ],
    },
    jobsContest(folder, environment),
    {
      id: 'kernel',
      title: 'install a kernel that can boot PV',
      pace: 'slow',
      contenders: [
        ours('convert-image', 'bookworm-no-pv-kernel', '--packages', packages, '--no-headers'),
        customized(
          'virt-customize, dpkg -i',
          'bookworm-no-pv-kernel',
          ifupdown,
          '--memsize',
          '2048',
          '--smp',
          '2',
          ...copyIn,
        ),
      ].map((contender) => ({
        ...contender,
        prepare: async () => {
          await contender.prepare();
          await fetchKernel(packages);
        },
      })),
      goals: [timesAsFast('virt-customize', 2, 1)],
    },
  ];
}

const batchSize = 8;

function jobsContest(folder: string, environment: Readonly<Record<string, string>>): Contest {
  const images = Array.from({ length: batchSize }, (_, index) => join(folder, `batch${index}.raw`));
  const prepare = async () => {
    const { stdout: built } = await execa('scripts/build-image', ['bookworm-xfs']);
    for (const image of images) await execa('cp', ['--sparse=always', built, image]);
  };
  const withJobs = (jobs: number): Contender => ({
    name: jobs === 1 ? 'one job' : `${jobs} jobs`,
    prepare,
    command: [
      ...own.slice(0, 2),
      'batch',
      '--quiet',
      '--record',
      'none',
      '--keep-dhcp',
      '--jobs',
      `${jobs}`,
      ...images,
    ],
    environment,
  });
  return {
    id: 'jobs',
    title: `${batchSize} guests that need the appliance (XFS)`,
    pace: 'slow',
    contenders: [withJobs(2), withJobs(1)],
    goals: [timesAsFast('one job', 1.6, 1)],
  };
}

/** Debian's kernel for this machine's release, as both are to install it. */
async function fetchKernel(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { stdout } = await execa('apt-cache', ['depends', '--important', 'linux-image-amd64']);
  const kernel = /Depends: (linux-image-\S+)/.exec(stdout)?.[1] ?? '';
  await rm(join(folder, 'partial'), { recursive: true, force: true });
  await execa('apt-get', ['-qq', 'download', 'linux-image-amd64', kernel], { cwd: folder });
}
