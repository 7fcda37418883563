import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Definition, otherRecord, planFor, problem, readingOf } from './libvirt-plan.js';
import { maxXmlBytes } from './libvirt-xml.js';
import type { ModeRecord, RecordReading } from './mode-record.js';
import { replaceFile } from './replace-file.js';

/** The libvirt definition in `file`, as the record of the virtual machine whose disk is the image at `imagePath`. */
export function libvirtFile(file: string, imagePath: string): ModeRecord {
  const read = async (): Promise<RecordReading> => {
    const source = await readSource(file);
    return 'kind' in source ? source : readingOf(source);
  };
  return {
    kind: 'libvirt',
    option: `libvirt:${file}`,
    name: `the libvirt definition ${file}`,
    read,
    plan: async (boot) => {
      const source = await readSource(file);
      return 'kind' in source ? source : planFor(source, imagePath, boot);
    },
    flip: ({ before, after }) => replaceFile(file, before, after),
    readBack: read,
    undo: ({ before, after }) => replaceFile(file, after, before),
  };
}

async function readSource(file: string): Promise<Definition | ReturnType<typeof problem>> {
  const { dir, name } = path.parse(file);
  if (/^\/(?:etc|run)\/libvirt\//.test(`${dir}/`)) {
    return problem(
      'record-not-convertible',
      `${file} is libvirt's own, which doesn't look at it again and writes over it`,
      `Name the domain: --record libvirt:${name}`,
    );
  }
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > maxXmlBytes) {
      return problem('record-unreadable', `${file} is not a libvirt definition`, otherRecord);
    }
    return { text: await readFile(file, 'latin1'), name: file, where: file };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return problem('record-unreadable', `${file} can't be read: ${cause}`, otherRecord);
  }
}
