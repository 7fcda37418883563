import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { prepareDom0 } from '../../src/boot-test/dom0.js';
import { type Report, sendFile } from '../../src/boot-test/protocol.js';
import { runXen } from '../../src/boot-test/xen-session.js';

const cacheDirectory = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
const limitMs = 180_000;

/** What dom0's script gets to do one more thing: run a script that was sent to it. */
const newRequest =
  '    run) sh "/rig/$name" >/rig/output 2>&1 </dev/null; tell checked "$name" $? "$(encoded /rig/output)" ;;\n';
const anchor = '    ping) ';

/**
 * Boots the rig's Xen and dom0, whose disk /dev/vda is a layer over this raw image, and runs shell scripts there one after
 * the other. Returns the last 64 KB that each one said, one character per byte.
 */
export async function runInDom0(
  folder: string,
  image: string,
  scripts: readonly string[],
): Promise<string[]> {
  const signal = AbortSignal.timeout(limitMs);
  const dom0 = await prepareDom0({ cacheDirectory, signal });
  const initramfs = join(folder, 'initramfs');
  await copyFile(dom0.initramfs, initramfs);
  await replaceInit(folder, initramfs);
  const requests = scripts.flatMap((text, index) => [sendFile(`${index}.sh`, text), `run ${index}.sh`]);
  const outputs: string[] = [];
  const machine = {
    dom0: { ...dom0, initramfs },
    memoryMiB: 200,
    drives: [{ path: image, format: 'raw' as const, access: 'throw-away' as const }],
  };
  await runXen({ machine, temporaryDirectory: folder, signal }, requests, {
    report: (report: Report) => {
      if (report.kind === 'checked') outputs.push(report.output);
    },
    console: () => {},
    end: () => (outputs.length === scripts.length ? true : undefined),
  });
  return outputs;
}

/** Linux unpacks one archive behind the other; the later file counts. */
async function replaceInit(folder: string, initramfs: string): Promise<void> {
  const original = await readFile('src/boot-test/dom0/init', 'latin1');
  if (!original.includes(anchor)) throw new Error('the rig has another init than this test knows');
  await writeFile(join(folder, 'init'), original.replace(anchor, `${newRequest}${anchor}`), 'latin1');
  await chmod(join(folder, 'init'), 0o755);
  await execa({ cwd: folder, shell: 'sh' })`echo init | cpio --quiet -o -H newc -R 0:0 >>${initramfs}`;
}
