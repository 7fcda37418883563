import type { ImageFormat } from '../model.js';
import type { RecordVif } from './mode-record.js';
import { bootSettings, type RecordBoot } from './record-boot.js';
import { encodeXlString } from './xl-strings.js';

export interface PvConfigRequest {
  /** Absolute. */
  readonly imagePath: string;
  readonly format: ImageFormat;
  /** How the domain finds its kernel; by pygrub when missing. */
  readonly boot?: RecordBoot;
  /** Name of the domain; made from the image's name when missing. */
  readonly name?: string;
  /** MiB. */
  readonly memory?: number;
  readonly vcpus?: number;
  /** Network cards as far as they are known. */
  readonly vifs?: readonly RecordVif[];
}

export type PvConfig =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'impossible'; readonly reason: string; readonly remedy: string };

/**
 * The text of an xl configuration that boots the converted image as a PV domain, for an image without a record. One
 * character per byte, write it as Latin-1. Impossible only where xl can't express the path: a line break in it.
 */
export function pvConfig(request: PvConfigRequest): PvConfig {
  const { imagePath } = request;
  if (/[\n\0]/.test(imagePath)) {
    return {
      kind: 'impossible',
      reason: "xl can't name a disk whose path has a line break in it",
      remedy: 'Rename the image, or give the domain a configuration by hand.',
    };
  }
  return { kind: 'text', text: `${linesOf(request).join('\n')}\n` };
}

function linesOf(request: PvConfigRequest): string[] {
  const { imagePath, format, boot = { kind: 'pygrub' }, name, memory, vcpus, vifs = [] } = request;
  return [
    '# Written by convert-image, because no configuration of a virtual machine with this disk was found.',
    `# It boots the converted image as a ${boot.target === 'pvh' ? 'PVH' : 'PV'} domain: xl create -c FILE. Adapt memory, vcpus and vif.`,
    `name = ${encodeXlString(asBytes(name ?? domainName(imagePath)))}`,
    `type = "${boot.target ?? 'pv'}"`,
    ...bootLines(boot),
    `memory = ${memory ?? 512}`,
    `vcpus = ${vcpus ?? 1}`,
    `disk = [ ${encodeXlString(diskSpec(imagePath, format))} ]`,
    ...vifLines(vifs),
    'on_poweroff = "destroy"',
    'on_reboot = "restart"',
    'on_crash = "destroy"',
  ];
}

function bootLines(boot: RecordBoot): string[] {
  const settings = bootSettings(boot).map(({ name, value }) => `${name} = ${encodeXlString(value)}`);
  if (boot.kind !== 'pygrub') return settings;
  return ['# -q: boot at once, wait for no key.', ...settings, 'bootloader_args = [ "-q" ]'];
}

const asBytes = (text: string): string => Buffer.from(text).toString('latin1');

/**
 * `target=` comes last because it alone takes everything behind it, commas and blanks included, but for one comma at
 * the very end (xl-disk-configuration(5); libxlu_disk_l.l).
 */
const diskSpec = (imagePath: string, format: ImageFormat): string =>
  `format=${format},vdev=xvda,access=rw,target=${asBytes(imagePath)}${imagePath.endsWith(',') ? ',' : ''}`;

/** xl takes a name of digits for a domain's number, and tools of dom0 put names into paths. */
function domainName(imagePath: string): string {
  const base = imagePath.split('/').at(-1) ?? '';
  const stem = base.replace(/\.(?:img|raw|qcow2?|vhd|vpc|disk|bin)$/i, '');
  const name = stem.replace(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  if (name === '') return 'converted';
  return /^[0-9]+$/.test(name) ? `vm-${name}` : name;
}

function vifLines(vifs: readonly RecordVif[]): string[] {
  const known = vifs.filter((vif) => Object.keys(vif).length > 0);
  if (known.length === 0) {
    return [
      '# The network card: nothing is known about it. A fixed mac keeps the same card at every start.',
      sampleVif,
    ];
  }
  return [`vif = [ ${known.map((vif) => encodeXlString(vifSpec(vif))).join(', ')} ]`];
}

const sampleVif = '#vif = [ "mac=00:16:3e:XX:XX:XX,bridge=xenbr0" ]';

const vifSpec = (vif: RecordVif): string =>
  (['mac', 'bridge', 'ip'] as const)
    .flatMap((key) => (vif[key] === undefined ? [] : [`${key}=${vif[key]}`]))
    .join(',');
