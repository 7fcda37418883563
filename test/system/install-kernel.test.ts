import { chmod, mkdtemp, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { bootUnderXen } from '../../src/boot-test/rig.js';
import { program, withMounted } from './ext-images.js';
import { makePackages, type SamplePackage, serveArchive } from './package-files.js';
import { convertImage, copyOfGuest, guestText, rootOffset, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests, removeTinyGuests, type TinyFiles } from './tiny-guest.js';
import { failsUntouched, type Refusal } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];
const minutes = 60_000;

/** A folder that apt's unprivileged user may enter, and what makes the program keep its packages there. */
async function place(t: ExecutionContext) {
  const folder = await testFolder(t);
  await chmod(folder, 0o755);
  const cache = await mkdtemp('/var/tmp/convert-image-test-cache-');
  await chmod(cache, 0o755);
  t.teardown(() => program`rm -rf ${cache}`);
  return { folder, environment: { CONVERT_IMAGE_CACHE: cache } };
}

// ------------------------------------------------------------------------------------------ tiny guests, no appliance

let base = '';

test.before('the files of tiny guests', async () => {
  const folder = await mkdtemp('/var/tmp/convert-image-test-tiny-');
  base = await prepareTinyGuests(folder);
});

test.after.always('they go again', () => removeTinyGuests(base));

const status = (name: string) =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n`;

/** Its only kernel is one that can't boot PV. */
const withoutPvKernel: TinyFiles = {
  '/boot/config-6.1.0-56-cloud-amd64':
    'CONFIG_XEN=y\nCONFIG_PARAVIRT=y\nCONFIG_XEN_PVHVM=y\n# CONFIG_XEN_PV is not set\n',
  '/var/lib/dpkg/status': ['ifupdown', 'initramfs-tools'].map(status).join(''),
};

const kernel: SamplePackage = { name: 'linux-image-amd64', files: { '/boot/vmlinuz-9.9': 'no kernel' } };
const headers: SamplePackage = { name: 'linux-headers-amd64' };

interface RefusedInstallation extends Refusal {
  readonly packages?: readonly SamplePackage[];
  readonly sources?: string;
}

const refused: Readonly<Record<string, RefusedInstallation>> = {
  'a guest without sources': {
    exitCode: 3,
    code: 'no-package-source',
    says: /names no archive/,
    remedy: /--mirror/,
  },
  'a guest that was installed from a CD': {
    sources: 'deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n',
    exitCode: 3,
    code: 'no-package-source',
    says: /cdrom:.*neither by http nor by https/,
  },
  'a source that can not be reached': {
    sources: 'deb http://127.0.0.1:9/debian bookworm main\n',
    exitCode: 4,
    code: 'failed',
    says: /sources can't be read: .*127\.0\.0\.1.*onnect/,
    remedy: /--packages DIR/,
  },
  'a folder without the package': {
    packages: [{ name: 'linux-image-686' }],
    exitCode: 3,
    code: 'package-not-found',
    says: /linux-image-amd64 or linux-image-cloud-amd64 or linux-image-rt-amd64.*locate package/,
  },
  'a kernel that needs what is not to be had': {
    packages: [{ ...kernel, fields: { Depends: 'missing-thing' } }, headers],
    exitCode: 3,
    code: 'packages-conflict',
    says: /Depends: missing-thing/,
  },
  'a kernel for which apt would remove a package': {
    packages: [{ ...kernel, fields: { Conflicts: 'ifupdown' } }, headers],
    exitCode: 3,
    code: 'packages-conflict',
    says: /remove ifupdown/,
  },
};

for (const [title, { packages, sources, ...refusal }] of Object.entries(refused)) {
  test(`${title} is refused`, async (t) => {
    t.timeout(2 * minutes);
    const { folder, environment } = await place(t);
    const image = join(folder, 'tiny.img');
    await makeTinyGuest(base, image, { ...withoutPvKernel, '/etc/apt/sources.list': sources });
    const from = packages === undefined ? [] : ['--packages', await makePackages(folder, packages)];
    await failsUntouched(t, { folder, image, args: [...address, ...from], environment }, refusal);
  });
}

test('a package that was changed on its way is refused by apt', async (t) => {
  t.timeout(2 * minutes);
  const { folder, environment } = await place(t);
  const image = join(folder, 'tiny.img');
  const corrupt = (path: string, content: Buffer): Buffer => {
    if (path === 'linux-image-amd64.deb') content[content.length - 100] = (content.at(-100) ?? 0) ^ 1;
    return content;
  };
  const archive = await serveArchive(t, await makePackages(folder, [kernel, headers]), { corrupt });
  await makeTinyGuest(base, image, {
    ...withoutPvKernel,
    '/etc/apt/sources.list.d/test.sources': `Types: deb\nURIs: ${archive.url}\nSuites: ./\nSigned-By: /usr/share/keyrings/test.gpg\n`,
    '/usr/share/keyrings/test.gpg': { bytes: archive.key },
  });
  const refusal = { exitCode: 4, code: 'failed', says: /can't be fetched: .*Hash Sum mismatch/ };
  await failsUntouched(t, { folder, image, args: address, environment }, refusal);
});

test('an archive that nobody known has signed is refused by apt, also where the guest trusts it blindly', async (t) => {
  t.timeout(2 * minutes);
  const { folder, environment } = await place(t);
  const image = join(folder, 'tiny.img');
  const archive = await serveArchive(t, await makePackages(folder, [kernel, headers]));
  const sources = `deb [trusted=yes] ${archive.url} ./\n`;
  // Commands of the guest's apt.conf run nowhere.
  const command = `APT::Update::Pre-Invoke {"touch ${folder}/ran";};\n`;
  const files = { ...withoutPvKernel, '/etc/apt/sources.list': sources, '/etc/apt/apt.conf': command };
  await makeTinyGuest(base, image, files);
  const refusal = { exitCode: 4, code: 'failed', says: /sources can't be read: .*(NO_PUBKEY|not signed)/ };
  await failsUntouched(t, { folder, image, args: address, environment }, refusal);
});

test('a mirror stands in for dead sources, its signed list expired long ago, and that is said', async (t) => {
  t.timeout(2 * minutes);
  const { folder, environment } = await place(t);
  const image = join(folder, 'tiny.img');
  const removing = { ...kernel, fields: { Conflicts: 'ifupdown' } };
  const options = { isExpired: true };
  const archive = await serveArchive(t, await makePackages(folder, [removing, headers]), options);
  await makeTinyGuest(base, image, {
    ...withoutPvKernel,
    '/etc/apt/sources.list': 'deb http://127.0.0.1:9/debian bookworm/\n',
    '/etc/apt/trusted.gpg.d/test.gpg': { bytes: archive.key },
  });
  const args = [...address, '--mirror', archive.url];
  const refusal = { exitCode: 3, code: 'packages-conflict', says: /remove ifupdown/ };
  const run = await failsUntouched(t, { folder, image, args, environment }, refusal);
  t.regex(run.stdout, /"code":"mirror"/);
});

test('a guest without room is refused with the numbers', async (t) => {
  t.timeout(5 * minutes);
  const { folder, environment } = await place(t);
  const image = join(folder, 'tiny.img');
  await makeTinyGuest(base, image, withoutPvKernel);
  const big = { ...kernel, files: { '/lib/modules/9.9/big.ko': 300_000_000 } };
  const args = [...address, '--packages', await makePackages(folder, [big, headers])];
  const refusal = {
    exitCode: 3,
    code: 'no-space',
    says: /no room for the packages: \/ needs 39\d MB and has \d+ MB free/,
    remedy: /apt-get clean/,
  };
  await failsUntouched(t, { folder, image, args, environment }, refusal);
});

// ------------------------------------------------------------------------------------------------------- a real guest

const mountOptions = `ro,noload,offset=${rootOffset}`;

/** The `bookworm` guest with a kernel whose configuration says that it can't boot PV. */
async function guestWithoutPvKernel(folder: string): Promise<string> {
  const image = await copyOfGuest(folder, 'bookworm');
  const [[path = '', text] = []] = Object.entries(withoutPvKernel);
  await replaceFile(folder, image, path, String(text).padEnd(200_000, '#\n'));
  return image;
}

async function replaceFile(
  folder: string,
  image: string,
  path: string,
  content: string | Buffer,
): Promise<void> {
  const file = join(folder, 'replacement');
  await writeFile(file, content);
  for (const command of [`rm ${path}`, `write ${file} ${path}`])
    await program`debugfs -w -R ${command} ${`${image}?offset=${rootOffset}`}`;
  await program`rm ${file}`;
}

/** Debian's cloud kernel, as a package whose installation takes no time: its initramfs is made already. */
async function quickKernel(folder: string, postinst: string): Promise<SamplePackage> {
  const image = await copyOfGuest(folder, 'bookworm');
  const files = await withMounted(image, mountOptions, async (root) => {
    const names = (await readdir(join(root, 'boot'))).filter((name) => name.endsWith('-cloud-amd64'));
    const contents = names.map(async (name) => {
      const path = `/boot/${name.replace(/-[^-]+-\d+-cloud-amd64$/, '')}-6.1.0-99-quick`;
      return [path, await readFile(join(root, 'boot', name))] as const;
    });
    return Object.fromEntries(await Promise.all(contents));
  });
  await program`rm ${image}`;
  return { name: 'linux-image-amd64', postinst, files };
}

/** Type, mode, owner, size and content of everything in the root file system. */
const treeOf = (image: string): Promise<Map<string, string>> =>
  withMounted(image, mountOptions, async (root) => {
    const script =
      "find . -printf '%P\\t%y %m %U %G %l\\n'; find . -type f -print0 | xargs -0 sha256sum | sed 's,^\\(.*\\)  ./\\(.*\\)$,\\2\\t\\1,'";
    const { stdout } = await program({ cwd: root, maxBuffer: 1e9 })`sh -c ${script}`;
    const tree = new Map<string, string>();
    for (const line of stdout.split('\n')) {
      const [path = '', what = ''] = line.split('\t');
      tree.set(`/${path}`, `${tree.get(`/${path}`) ?? ''} ${what}`);
    }
    return tree;
  });

const changesBetween = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();

/** Fails unless it runs as it should: no service may start, no network, and what it leaves behind is gone afterwards. */
const cheekyScript = `#!/bin/sh
set -e
code=0; /usr/sbin/policy-rc.d ssh start || code=$?
[ $code = 101 ]
[ "$DEBIAN_FRONTEND $LC_ALL" = 'noninteractive C' ]
[ "$(echo /sys/class/net/*)" = /sys/class/net/lo ]
[ ! -t 0 ]
touch /tmp/left /var/tmp/left /run/left
sleep 5000 &
update-grub
`;

/** What an installation of one package changes, and the conversion after it. */
const expectedChanges =
  /^\/(boot\/(vmlinuz|config|initrd\.img|System\.map)-6\.1\.0-99-quick|boot\/grub\/grub\.cfg|var\/lib\/dpkg\/(status|status-old|info\/linux-image-amd64\.\w+|triggers\/Lock)|var\/log\/dpkg\.log|etc\/(network\/interfaces|default\/grub(\.d\/.*)?))$/;

test.serial('a kernel from a folder: nothing but it and the plan changes the guest', async (t) => {
  t.timeout(10 * minutes);
  const { folder, environment } = await place(t);
  const packages = await makePackages(folder, [await quickKernel(folder, cheekyScript)]);
  const image = await guestWithoutPvKernel(folder);
  const before = await treeOf(image);
  const args = [...address, '--packages', packages, '--no-headers', '--json', image];
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  t.is(run.events.at(-1)?.outcome, 'converted');
  t.deepEqual(
    changesBetween(before, await treeOf(image)).filter((path) => !expectedChanges.test(path)),
    [],
  );
  t.regex(
    await guestText(image, '/boot/grub/grub.cfg'),
    /linux\s+\/boot\/vmlinuz-6\.1\.0-99-quick root=UUID/,
  );
});

test.serial(
  'a kernel beside one that can boot PV: it is committed, though nothing else has to change',
  async (t) => {
    t.timeout(10 * minutes);
    const { folder, environment } = await place(t);
    const packages = await makePackages(folder, [
      await quickKernel(folder, '#!/bin/sh\nset -e\nupdate-grub\n'),
    ]);
    const image = await copyOfGuest(folder, 'bookworm');
    t.is((await convertImage(folder, [...address, image], environment)).exitCode, 0);
    const options = ['--kernel', 'linux-image-amd64', '--packages', packages, '--no-headers', '--json'];
    const run = await convertImage(folder, [...address, ...options, image], environment);
    t.is(run.events.at(-1)?.outcome, 'converted', run.stdout);
    t.regex(await guestText(image, '/var/lib/dpkg/status'), /Package: linux-image-amd64\nStatus: install ok/);
    t.regex(
      await guestText(image, '/boot/grub/grub.cfg'),
      /vmlinuz-6\.1\.0-99-quick root=UUID=\S+ .*console=hvc0/,
    );
  },
);

test.serial('a package whose script fails: its last words, and an untouched image', async (t) => {
  t.timeout(10 * minutes);
  const { folder, environment } = await place(t);
  const script = '#!/bin/sh\necho the kernel does not like this machine\nexit 3\n';
  const packages = await makePackages(folder, [{ ...kernel, postinst: script }]);
  const image = await guestWithoutPvKernel(folder);
  const args = [...address, '--packages', packages, '--no-headers'];
  const refusal = {
    exitCode: 4,
    code: 'failed',
    says: /can't be installed[\s\S]*does not like this machine[\s\S]*error exit status 3/,
  };
  await failsUntouched(t, { folder, image, args, environment }, refusal);
});

test.serial(
  "the guest's own apt fetches over the appliance's network, and leaves no trace of that",
  async (t) => {
    t.timeout(10 * minutes);
    const { folder, environment } = await place(t);
    const script = '#!/bin/sh\nset -e\nupdate-grub\n';
    const archive = await serveArchive(t, await makePackages(folder, [await quickKernel(folder, script)]));
    const image = await guestWithoutPvKernel(folder);
    // libguestfs calls the host so (guestfs(3), set-network; QEMU's user network with net=169.254.0.0/16).
    const url = archive.url.replace('127.0.0.1', '169.254.2.2');
    await replaceFile(folder, image, '/etc/apt/sources.list', `deb ${url} ./\n`);
    await replaceFile(folder, image, '/etc/apt/trusted.gpg.d/test.gpg', archive.key);
    const before = await treeOf(image);
    const args = [...address, '--packages', 'guest-network', '--no-headers', '--json', image];
    const run = await convertImage(folder, args, environment);
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    const changes = changesBetween(before, await treeOf(image)).filter((path) => !expectedChanges.test(path));
    t.deepEqual(
      changes.filter((path) => !/^\/var\/(log\/apt\/|lib\/apt\/extended_states|log\/apt$)/.test(path)),
      [],
    );
  },
);

const network = { address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1' } as const;

/** The login prompt that a PV domain with that disk shows, once it has answered on its address. */
async function promptUnderXen(t: ExecutionContext, image: string): Promise<string> {
  const cacheDirectory = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
  const limits = { idleSeconds: 240, answerSeconds: 90, totalSeconds: 900 };
  const options = { image: { path: image, format: 'raw' }, cacheDirectory, network, limits } as const;
  const result = await bootUnderXen(options, new AbortController().signal);
  t.is(result.end.kind, 'booted', result.console.toString('latin1').slice(-2000));
  return result.login?.prompt ?? '';
}

test.serial(
  "Debian's kernel and headers from Debian's archive: dpkg finds nothing amiss, and it boots",
  async (t) => {
    t.timeout(60 * minutes);
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, 'bookworm-no-pv-kernel');
    const links = ['/etc/resolv.conf', '/usr/sbin/policy-rc.d', '/etc/apt/sources.list'];
    const textsOf = (root: string) =>
      Promise.all(
        links.map((path) =>
          readFile(join(root, path), 'utf8').catch(() => readlink(join(root, path)).catch(() => 'none')),
        ),
      );
    const before = await withMounted(image, mountOptions, textsOf);
    const run = await convertImage(folder, [...address, '--json', image]);
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    const fetched = run.events.filter(({ stage, type }) => stage === 'fetch' && type === 'progress');
    t.true(
      fetched.some(({ detail }) =>
        /^linux-image-6\.1\.0-\d+-amd64 6\.1\.\d+-\d+, \d+\.\d MB$/.test(String(detail)),
      ),
    );
    await withMounted(image, mountOptions, async (root) => {
      t.deepEqual(await textsOf(root), before);
      const dpkg = async (...args: string[]) => (await program`dpkg --root=${root} ${args}`).stdout;
      t.is(await dpkg('--audit'), '');
      for (const name of ['linux-image-amd64', 'linux-headers-amd64']) {
        t.regex(await dpkg('--status', name), /^Status: install ok installed$/m);
      }
      const [version = ''] = /linux-image-(6\S+)/.exec(await dpkg('--status', 'linux-image-amd64')) ?? [];
      t.is(await dpkg('--verify', version), '');
      t.is(await dpkg('--verify', version.replace('image', 'headers')), '');
      const { size } = await stat(join(root, 'boot', version.replace('linux-image-', 'initrd.img-')));
      t.true(size > 10_000_000);
      t.deepEqual(
        (await readdir(join(root, 'etc/initramfs-tools/conf.d'))).filter((name) => /convert/.test(name)),
        [],
      );
      const automatic = await readFile(join(root, 'var/lib/apt/extended_states'), 'utf8');
      t.regex(
        automatic,
        new RegExp(
          `^Package: ${version.replaceAll('.', '\\.')}\nArchitecture: amd64\nAuto-Installed: 1$`,
          'm',
        ),
      );
      t.notRegex(automatic, /^Package: linux-image-amd64$/m);
    });
    const again = await convertImage(folder, [...address, '--json', image]);
    t.is(again.events.at(-1)?.outcome, 'already-pv', again.stdout);
    t.regex(await promptUnderXen(t, image), /^bookworm-noxen login:/);
  },
);
