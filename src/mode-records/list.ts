import path from 'node:path';
import type { Problem } from '../model.js';
import { type FoundLibvirtDomains, findLibvirtDomains } from './find-libvirt-record.js';
import { type FoundXlRecord, findXlRecord } from './find-xl-record.js';
import { invirtRecord } from './invirt.js';
import { parseInvirtOption } from './invirt-option.js';
import { libvirtRecord } from './libvirt.js';
import { libvirtDomain } from './libvirt-domain.js';
import type { ModeRecord } from './mode-record.js';
import { xapiRecord } from './xapi.js';
import { parseXapiOption } from './xapi-option.js';
import { xlRecord } from './xl.js';

interface RecordKind {
  readonly kind: string;
  /** As it is written behind `--record`. */
  readonly form: string;
  /** `where` is what stands behind the colon. Opens nothing. */
  readonly parse: (where: string) => Where;
}

type Where =
  | { readonly kind: 'named'; readonly open: (imagePath: string) => ModeRecord }
  | { readonly kind: 'invalid'; readonly message: string; readonly remedy: string };

/** Every kind of mode record, one a line. */
export const recordKinds: readonly RecordKind[] = [
  {
    kind: 'xl',
    form: 'xl:PATH',
    parse: (where) => ({ kind: 'named', open: (imagePath) => xlRecord(path.resolve(where), imagePath) }),
  },
  {
    kind: 'libvirt',
    form: 'libvirt:NAME-or-XML',
    parse: (where) => ({ kind: 'named', open: (imagePath) => libvirtRecord(where, imagePath) }),
  },
  { kind: 'invirt', form: 'invirt:URL-or-DIRECTORY#MACHINE', parse: parseInvirt },
  { kind: 'xapi', form: 'xapi:https://HOST#VM', parse: parseXapi },
];

function parseInvirt(where: string): Where {
  const option = parseInvirtOption(where);
  return option.kind === 'invalid'
    ? option
    : { kind: 'named', open: (imagePath) => invirtRecord(option.place, imagePath) };
}

function parseXapi(where: string): Where {
  const option = parseXapiOption(where);
  return option.kind === 'invalid'
    ? option
    : { kind: 'named', open: (imagePath) => xapiRecord(option.place, imagePath) };
}

/** What `--record` asks for. */
export type RecordOption = { readonly kind: 'auto' } | { readonly kind: 'none' } | Where;

/** Reads the value of `--record`: `auto`, `none`, or a kind and where it is. Opens nothing. */
export function parseRecordOption(text: string): RecordOption {
  if (text === 'auto' || text === 'none') return { kind: text };
  const colon = text.indexOf(':');
  const row = recordKinds.find(({ kind }) => colon !== -1 && kind === text.slice(0, colon));
  const where = text.slice(colon + 1);
  if (row === undefined || where === '') {
    return invalid(`--record ${withoutPassword(text)} is none of ${['auto', 'none', ...forms()].join(', ')}`);
  }
  return row.parse(where);
}

const forms = (): string[] => recordKinds.map(({ form }) => form);

/** Messages go to logs. */
const withoutPassword = (text: string): string => text.replace(/:\/\/.*@/s, '://…@');

const invalid = (message: string): RecordOption => ({
  kind: 'invalid',
  message,
  remedy:
    'Use --record xl:PATH, libvirt:NAME, invirt:DATABASE#MACHINE or xapi:https://HOST#VM, or --record none and change the record by hand.',
});

/** The record that an option and an image lead to. `none`: there is none, and why. */
export type ChosenRecord =
  | { readonly kind: 'record'; readonly record: ModeRecord }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Carries out `--record`. `auto` takes the only xl configuration in `folder` or libvirt domain in `libvirtFolder` that
 * names the image; changes nothing.
 */
export async function chooseRecord(
  text: string,
  imagePath: string,
  folder = '/etc/xen',
  libvirtFolder = '/etc/libvirt/libxl',
): Promise<ChosenRecord> {
  const option = parseRecordOption(text);
  switch (option.kind) {
    case 'invalid':
      return problem('record-option', option.message, option.remedy);
    case 'named':
      return { kind: 'record', record: option.open(imagePath) };
    case 'none':
      return { kind: 'none', reason: '--record none was given' };
    case 'auto':
      return chosen(
        await findXlRecord(imagePath, folder),
        await findLibvirtDomains(imagePath, libvirtFolder),
        imagePath,
        `no file in ${folder} and no libvirt domain in ${libvirtFolder} names the disk ${imagePath}`,
      );
  }
}

const problem = (code: string, message: string, remedy: string): ChosenRecord => ({
  kind: 'problem',
  problem: { code, message, remedy },
});

function chosen(
  xl: FoundXlRecord,
  libvirt: FoundLibvirtDomains,
  imagePath: string,
  reason: string,
): ChosenRecord {
  const records = [
    ...xlPaths(xl).map((file) => xlRecord(file, imagePath)),
    ...libvirt.names.map((name) => libvirtDomain({ uri: 'xen:///system', name }, imagePath)),
  ];
  const [record] = records;
  if (record !== undefined && records.length === 1) return { kind: 'record', record };
  if (record !== undefined) {
    const options = records.map(({ option }) => option).join(', ');
    return problem(
      'record-ambiguous',
      `${records.length} records name the disk ${imagePath}: ${options}`,
      'Say which one with --record, as it stands there.',
    );
  }
  const [doubtful] = [...(xl.kind === 'none' ? xl.unreadable : []), ...libvirt.unreadable];
  if (doubtful === undefined) return { kind: 'none', reason };
  return problem(
    'record-unreadable',
    `${doubtful.path} mentions ${imagePath} and can't be read: ${doubtful.reason}`,
    'Mend that file, name the right one with --record xl:PATH or libvirt:NAME, or use --record none.',
  );
}

function xlPaths(found: FoundXlRecord): readonly string[] {
  if (found.kind === 'none') return [];
  return found.kind === 'found' ? [found.path] : found.paths;
}
