import type { DomainMode, RecordDisk, RecordState, RecordVif } from './mode-record.js';
import { parseDiskSpec } from './xl-disk-spec.js';
import { itemsOf, settingsOf, stringOf, type XlDocument } from './xl-syntax.js';

/** What kind of domain a file describes, or why xl would refuse to say. */
export type XlMode =
  | { readonly kind: 'mode'; readonly mode: DomainMode }
  | { readonly kind: 'unclear'; readonly reason: string };

/**
 * The mode as xl finds it: `type`, else `builder`, else PV (xl_parse.c). xl compares with `strncmp` over the length of
 * the value, so that a beginning of a word counts for the word. `builder = "linux"` is xm's word for PV.
 */
export function modeOf(document: XlDocument): XlMode {
  const byType = wordMode(document, 'type', ['hvm', 'pv', 'pvh']);
  const byBuilder = wordMode(document, 'builder', ['hvm', 'generic', 'linux']);
  if (byType?.kind === 'unclear') return byType;
  if (byBuilder?.kind === 'unclear') return byBuilder;
  if (byType !== undefined && byBuilder !== undefined && byType.mode !== byBuilder.mode) {
    return { kind: 'unclear', reason: 'its type and builder contradict each other, which xl refuses' };
  }
  return byType ?? byBuilder ?? { kind: 'mode', mode: 'pv' };
}

function wordMode(document: XlDocument, key: string, words: readonly string[]): XlMode | undefined {
  if (settingsOf(document, key).length === 0) return undefined;
  const value = stringOf(document, key);
  const word = value === undefined ? undefined : words.find((one) => one.startsWith(value));
  if (word === undefined) {
    return {
      kind: 'unclear',
      reason: `its ${key} is ${value === undefined ? 'a list' : `"${value}"`}, which xl doesn't know`,
    };
  }
  return { kind: 'mode', mode: word === 'hvm' || word === 'pvh' ? word : 'pv' };
}

/** What a file says about its domain. Disks and vifs that can't be read are left out. */
export function stateOf(document: XlDocument, mode: DomainMode): RecordState {
  return {
    mode,
    domain: stringOf(document, 'name') ?? '',
    disks: disksOf(document),
    vifs: specsOf(document, 'vif').map(vifOf),
  };
}

/** The disks that a file names, in its order. */
export function disksOf(document: XlDocument): RecordDisk[] {
  return specsOf(document, 'disk').flatMap((spec) => {
    const disk = parseDiskSpec(spec);
    if (disk.kind !== 'disk') return [];
    const { target, format, readOnly, cdrom, vdev, script } = disk;
    return [{ target, device: vdev, format, readOnly, cdrom, ...(script === undefined ? {} : { script }) }];
  });
}

const specsOf = (document: XlDocument, key: string): string[] =>
  itemsOf(document, key).flatMap((item) => (item.kind === 'atom' ? [item.text] : []));

/** The last of equal keys counts; blanks before a key are skipped (parse_nic_config in xl_parse.c). */
function vifOf(spec: string): RecordVif {
  const vif: { mac?: string; bridge?: string; ip?: string } = {};
  for (const part of spec.split(',')) {
    const [, key, value] = /^ *(mac|bridge|ip)=(.*)$/s.exec(part) ?? [];
    if (value !== undefined && (key === 'mac' || key === 'bridge' || key === 'ip')) vif[key] = value;
  }
  return vif;
}
