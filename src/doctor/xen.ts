import { cannotUnpackHere, hasPvGrub, isDom0 } from '../tools/host-xen.js';
import { findPygrub } from '../tools/pygrub.js';
import { xenCapabilities } from '../tools/xl.js';
import { xlDomains } from '../tools/xl-domains.js';
import { type Finding, good, limited, missing } from './finding.js';

const topic = 'Xen';

/** Whether this host starts PV guests, as far as it can be asked. */
export async function examineXen(): Promise<Finding[]> {
  const tools = [await examinePygrub(), await examineUnpacking()];
  if (!(await isDom0()))
    return [
      limited(
        topic,
        'this is no dom0: who else has a disk is known of this host only',
        'run it in the dom0 whose guests these are',
      ),
      ...tools,
    ];
  return [...(await examineToolStack()), await examineGrub(), ...tools];
}

/** Without xl's answer nothing is converted in a dom0, since a domain may have the disk. */
async function examineToolStack(): Promise<Finding[]> {
  try {
    const domains = await xlDomains();
    if (domains === undefined)
      return [
        missing(
          topic,
          'xl is not installed, and who has a disk is not known without it',
          'apt install xen-utils',
        ),
      ];
    const { startsPv, text } = await xenCapabilities();
    if (!startsPv) return [withoutPv(text)];
    return [
      good(
        topic,
        `a dom0 that starts 64-bit PV guests, beside which ${domains.filter(({ id }) => id !== 0).length} run`,
      ),
    ];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [
      missing(
        topic,
        `xl does not answer, so nothing is converted here: ${message}`,
        'systemctl status xen xenstored',
      ),
    ];
  }
}

/** A Xen that is built without PV may start PVH guests all the same. */
function withoutPv(capabilities: string): Finding {
  const message = `this Xen starts no 64-bit PV guests: ${capabilities}`;
  return capabilities.includes('hvm-3.0-x86_64')
    ? limited(topic, message, 'convert with --target pvh, or use a Xen that is built with PV')
    : missing(topic, message, 'use a Xen that is built with PV');
}

const examineGrub = async (): Promise<Finding> =>
  (await hasPvGrub(undefined))
    ? good('GRUB for PV', 'guests on XFS, btrfs and LVM can start')
    : limited(
        'GRUB for PV',
        'guests on XFS, btrfs and LVM can only start by --boot-with kernel',
        'apt install grub-xen-host',
      );

async function examinePygrub(): Promise<Finding> {
  const path = await findPygrub();
  return path === undefined
    ? limited(
        'pygrub',
        'there is none: that it takes the boot entry is not tried',
        'apt install xen-utils-4.17, or the one of your Xen',
      )
    : good('pygrub', path);
}

/** What Debian's and Ubuntu's kernels are packed with. Nobody's are packed with bzip2 or lzo any more. */
const usual = ['gzip', 'xz', 'lzma', 'lz4', 'zstd'];

async function examineUnpacking(): Promise<Finding> {
  const lacking = await cannotUnpackHere();
  const names = lacking.filter((name) => usual.includes(name)).join(', ');
  if (names === '') {
    const rest = lacking.length === 0 ? '' : ` (not ${lacking.join(', ')}, which hardly any kernel uses)`;
    return good('kernels', `the domain builder of this host unpacks what Debian and Ubuntu use${rest}`);
  }
  return limited(
    'kernels',
    `the domain builder of this Xen does not unpack ${names}`,
    'use a newer Xen (4.15 or later for zstd), or --boot-with pvgrub2 for guests whose GRUB does',
  );
}
