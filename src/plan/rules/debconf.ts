import { debconfValue, setDebconfValue } from '../../guest-files/debconf.js';
import { nodeAt, textAt } from '../../guest-files/guest-tree.js';
import type { Facts, Notice, Rule, RuleResult } from '../../model.js';
import { isHardwareName } from '../devices/hardware-name.js';

const databasePath = '/var/cache/debconf/config.dat';

/** The disks to which the next upgrade of the package installs GRUB (grub-pc.postinst). */
const questions = ['grub-pc/install_devices', 'grub-efi/install_devices'];

/**
 * The disk that GRUB is installed to keeps being one: under PV its old name isn't there, and the next upgrade of grub-pc
 * would ask for another, or fail where nobody can answer. `/dev/xvda` is its name as PV and as HVM with Xen's drivers.
 */
export const debconfRule: Rule = { name: 'debconf', apply };

function apply({ tree }: Facts): RuleResult {
  const text = textAt(tree, databasePath);
  if (text === undefined)
    return { edits: [], problems: [], notices: unreadNotices(nodeAt(tree, databasePath)) };
  const answers = questions.flatMap((question) => {
    const value = debconfValue(text, question);
    return value === undefined ? [] : [{ question, value, wanted: withPvNames(value) }];
  });
  const after = answers.reduce(
    (before, { question, wanted }) => setDebconfValue(before, question, wanted),
    text,
  );
  const reason = 'the next upgrade of GRUB finds the disk it is installed on, without asking';
  const edits =
    after === text ? [] : [{ path: databasePath, node: { kind: 'file', text: after }, reason } as const];
  return { edits, problems: [], notices: answers.flatMap(goneNotices) };
}

const unreadNotices = (node: ReturnType<typeof nodeAt>): Notice[] =>
  node?.kind === 'unread'
    ? [
        {
          code: 'debconf-unread',
          message: `${databasePath} has ${node.bytes} bytes and wasn't looked at: an upgrade of GRUB in the guest may ask for the disk`,
        },
      ]
    : [];

/** A list with commas. A name made of emulated hardware is the image's where it is the only one. */
function withPvNames(value: string): string {
  const devices = value.split(/,[ \t]*/).filter((device) => device !== '');
  const isOnly = devices.filter(isHardwareName).length === 1 && devices.every(isHardwareName);
  const named = devices.map((device) => {
    const [, letters, number = ''] = /^\/dev\/(?:hd|sd|vd)([a-z])(\d{0,3})$/.exec(device) ?? [];
    if (letters !== undefined) return `/dev/xvd${letters}${number}`;
    const part = /-part(\d{1,3})$/.exec(device)?.[1] ?? '';
    return isOnly ? `/dev/xvda${part}` : device;
  });
  return named.join(', ') === devices.join(', ') ? value : named.join(', ');
}

function goneNotices({ question, wanted }: { question: string; wanted: string }): Notice[] {
  const gone = wanted.split(/,[ \t]*/).filter(isHardwareName);
  if (gone.length === 0) return [];
  const message = `${question} in debconf names ${gone.join(', ')}, which do not exist under PV: run dpkg-reconfigure on that package in the guest`;
  return [{ code: 'hardware-device-name', message }];
}
