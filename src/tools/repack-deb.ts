import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { archiveStart, type Member, memberHeader, membersOf } from './deb-archive.js';
import { dieWithUs } from './die-with-us.js';
import { run } from './run.js';
import { sandboxed } from './sandbox.js';
import { endWholeGroup, ownGroup } from './whole-group.js';

/**
 * Writes the same package without compression of its files. Decompressing takes ten times as long under the appliance's
 * emulated processor as here, and every dpkg since 2004 reads such a package (deb(5): data.tar since dpkg 1.10.24).
 */
export async function repackUncompressed(deb: string, target: string, signal: AbortSignal): Promise<void> {
  const members = await membersOf(deb);
  const kept = members.filter(({ name }) => !name.startsWith('data.tar'));
  if (kept.length !== members.length - 1) throw new ToolError(`${deb} is no sound Debian package`);
  let start = await writeStart(deb, target, kept);
  await writeTar(deb, target, start, signal);
  const bytes = (await stat(target)).size - start;
  const file = await open(target, 'r+');
  start -= memberHeader('', 0).length;
  await file.write(memberHeader('data.tar', bytes), start, 'latin1');
  await file.close();
}

/** All parts but the files themselves, and room for the header of those. Returns where they begin. */
async function writeStart(deb: string, target: string, members: readonly Member[]): Promise<number> {
  const output = createWriteStream(target);
  await pipeline(async function* () {
    yield Buffer.from(archiveStart, 'latin1');
    for (const { name, offset, bytes } of members) {
      yield Buffer.from(memberHeader(name, bytes), 'latin1');
      if (bytes > 0) yield* createReadStream(deb, { start: offset, end: offset + bytes - 1 });
      if (bytes % 2 === 1) yield Buffer.from('\n');
    }
    yield Buffer.from(memberHeader('data.tar', 0), 'latin1');
  }, output);
  return output.bytesWritten;
}

/** A tar archive's length is a multiple of 512, so that nothing has to follow it. */
async function writeTar(deb: string, target: string, start: number, signal: AbortSignal): Promise<void> {
  const words = await sandboxed({
    program: 'dpkg-deb',
    args: ['--fsys-tarfile', deb],
    readOnly: [deb],
    temporary: true,
  });
  const options = {
    ...ownGroup,
    cancelSignal: signal,
    encoding: 'buffer',
    buffer: { stdout: false },
  } as const;
  const child = endWholeGroup(run(options)`${dieWithUs} ${words}`, signal);
  try {
    await Promise.all([pipeline(child.stdout, createWriteStream(target, { flags: 'r+', start })), child]);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.exitCode === 127) {
      throw new ToolError('dpkg-deb is not installed on this host', { remedy: 'install dpkg', cause: error });
    }
    throw new ToolError(`${deb} is no sound Debian package: ${String(error.stderr ?? '').trim()}`, {
      cause: error,
    });
  }
}
