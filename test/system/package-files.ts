import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { sha256Of } from '../../src/state/package-cache.js';
import { program } from './ext-images.js';

/** A package to be made: control fields, scripts and files by path; a number is a file of that many zeros. */
export interface SamplePackage {
  readonly name: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly postinst?: string;
  readonly files?: Readonly<Record<string, Buffer | string | number>>;
}

/** Builds packages with dpkg-deb into a folder and returns it. */
export async function makePackages(parent: string, packages: readonly SamplePackage[]): Promise<string> {
  const folder = await mkdtemp(join(parent, 'packages-'));
  for (const sample of packages) await makePackage(folder, sample);
  return folder;
}

async function makePackage(folder: string, { name, fields = {}, postinst, files = {} }: SamplePackage) {
  const tree = await mkdtemp('/var/tmp/convert-image-test-package-');
  const control = {
    Package: name,
    Version: '1.0',
    Architecture: 'amd64',
    Maintainer: 'Test <test@localhost>',
    Description: 'sample',
    ...fields,
  };
  await program`chmod 755 ${tree}`;
  await mkdir(join(tree, 'DEBIAN'));
  const lines = Object.entries(control).map(([key, value]) => `${key}: ${value}\n`);
  await writeFile(join(tree, 'DEBIAN/control'), lines.join(''));
  if (postinst !== undefined) await writeFile(join(tree, 'DEBIAN/postinst'), postinst, { mode: 0o755 });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(tree, path, '..'), { recursive: true });
    if (typeof content === 'number') await program`truncate -s ${content} ${join(tree, path)}`;
    else await writeFile(join(tree, path), content);
  }
  await program`dpkg-deb --root-owner-group -Zgzip --build ${tree} ${join(folder, `${name}.deb`)}`;
  await program`rm -rf ${tree}`;
}

/** A server on this machine with a flat archive of a folder's packages, signed by a key of its own. */
export interface SampleArchive {
  readonly url: string;
  /** The public key, as a binary keyring. */
  readonly key: Buffer;
}

/** Serves the folder until the test ends, below any path. `corrupt` changes what is sent of a path after everything was signed. */
export async function serveArchive(
  t: ExecutionContext,
  folder: string,
  {
    corrupt = (_, content) => content,
    isExpired = false,
  }: { corrupt?: (path: string, content: Buffer) => Buffer; isExpired?: boolean } = {},
): Promise<SampleArchive> {
  await writeIndex(folder, isExpired);
  const key = await sign(folder);
  const server = createServer((request, response) => {
    const path = basename(request.url ?? '');
    readFile(join(folder, path)).then(
      (content) => response.end(corrupt(path, content)),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, key };
}

async function writeIndex(folder: string, isExpired: boolean): Promise<void> {
  const stanzas: string[] = [];
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.deb'))) {
    const path = join(folder, name);
    const { stdout } = await program`dpkg-deb --field ${path}`;
    const { size } = await stat(path);
    stanzas.push(`${stdout}\nFilename: ./${name}\nSize: ${size}\nSHA256: ${await sha256Of(path)}\n`);
  }
  const index = join(folder, 'Packages');
  await writeFile(index, stanzas.join('\n'));
  const { size } = await stat(index);
  const entry = ` ${await sha256Of(index)} ${size} Packages\n`;
  // As old as the archives of releases that are over.
  const dates = 'Date: Sat, 14 Feb 2009 23:31:30 UTC\nValid-Until: Sat, 21 Feb 2009 23:31:30 UTC\n';
  const text = `${isExpired ? dates : `Date: ${new Date().toUTCString()}\n`}SHA256:\n${entry}`;
  await writeFile(join(folder, 'Release'), text);
}

/** The signed list of files as InRelease; the key is made for it and thrown away. */
async function sign(folder: string): Promise<Buffer> {
  const home = await mkdtemp('/var/tmp/convert-image-test-gpg-');
  const gpg = program({ env: { GNUPGHOME: home } });
  const batch = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
  try {
    await gpg`gpg ${batch} --quick-generate-key test@localhost ed25519 sign never`;
    await gpg`gpg ${batch} --clearsign --output ${join(folder, 'InRelease')} ${join(folder, 'Release')}`;
    await gpg`gpg ${batch} --output ${join(folder, 'key.gpg')} --export`;
    return await readFile(join(folder, 'key.gpg'));
  } finally {
    await gpg({ reject: false })`gpgconf --kill all`;
    await program`rm -rf ${home}`;
  }
}
