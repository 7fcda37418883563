import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { ToolError } from '../../../src/errors.js';
import type { KernelCompression } from '../../../src/model.js';
import { decompress } from '../../../src/tools/decompress.js';

const folder = await mkdtemp(join(tmpdir(), 'convert-image-test-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

const content = Buffer.from('0123456789'.repeat(1_000_000));
const offset = 2_500_000;

const commands: Partial<Record<KernelCompression, string>> = {
  none: 'cat',
  gzip: 'gzip -c',
  xz: 'xz -c -0',
  lzma: 'lzma -c -0',
  lz4: 'lz4 -l -c -',
  zstd: 'zstd -q -c',
};

async function sample(compression: KernelCompression): Promise<string> {
  const [file = '', ...args] = commands[compression]?.split(' ') ?? [];
  const { stdout } = await execa(file, args, { input: content, encoding: 'buffer' });
  const path = join(folder, compression);
  await writeFile(path, Buffer.concat([Buffer.alloc(offset, 1), stdout]));
  return path;
}

for (const compression of Object.keys(commands) as KernelCompression[]) {
  test.serial(`decompress: ${compression} from the middle of a file`, async (t) => {
    const path = await sample(compression);
    const pieces: Buffer[] = [];
    const end = await decompress(
      { path, offset, compression, limitBytes: 1e9 },
      (piece) => pieces.push(piece) > 0,
    );
    t.is(end.kind, 'end');
    t.true(Buffer.concat(pieces).equals(content));
  });

  test.serial(`decompress: ${compression}, enough and limit`, async (t) => {
    const path = await sample(compression);
    let calls = 0;
    const once = await decompress({ path, offset, compression, limitBytes: 1e9 }, () => {
      calls += 1;
      return false;
    });
    t.is(once.kind, 'enough');
    t.is(calls, 1);
    let bytes = 0;
    const limited = await decompress({ path, offset, compression, limitBytes: 5_000_000 }, (piece) => {
      bytes += piece.length;
      return true;
    });
    t.is(limited.kind, 'limit');
    t.true(bytes <= 5_000_000);
  });
}

test.serial('decompress: a program that is missing', async (t) => {
  const { PATH } = process.env;
  process.env.PATH = join(folder, 'empty');
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  const path = join(folder, 'any');
  await writeFile(path, 'x');
  const error = await t.throwsAsync(
    decompress({ path, offset: 0, compression: 'zstd', limitBytes: 1 }, () => true),
    { instanceOf: ToolError, message: /zstd is not installed/ },
  );
  t.is(error?.remedy, 'apt install zstd');
});

test.serial('decompress: bad data and an unknown compression are values', async (t) => {
  const path = join(folder, 'bad');
  await writeFile(path, 'this is nothing that any program could decompress');
  for (const compression of ['gzip', 'xz', 'lzma', 'zstd', 'lz4', 'unknown'] as const) {
    const end = await decompress({ path, offset: 0, compression, limitBytes: 1000 }, () => true);
    t.is(end.kind, 'failed');
  }
});
