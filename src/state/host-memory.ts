import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type KvmAnswer, probeKvm } from '../tools/kvm.js';
import { runFolder } from './run-folder.js';

const memorySchema = z.object({ boot: z.string(), works: z.boolean(), reason: z.string() });

/** Whether KVM works on this host; tried once a boot and remembered, since finding out that it hangs takes seconds. */
export async function rememberedKvm(stateDirectory: string): Promise<KvmAnswer> {
  const file = join(await runFolder(stateDirectory, 'host'), 'kvm.json');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const known = await readFile(file, 'utf8')
    .then((text) => memorySchema.parse(JSON.parse(text)))
    .catch(() => undefined);
  if (known?.boot === boot) return known;
  const answer = await probeKvm();
  await writeFile(`${file}.${process.pid}`, JSON.stringify({ boot, ...answer }));
  await rename(`${file}.${process.pid}`, file);
  return answer;
}
