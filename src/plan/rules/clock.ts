import { textAt } from '../../guest-files/guest-tree.js';
import { setAssignment, sourceAssignments } from '../../guest-files/key-value.js';
import type { Edit, GuestTree, Rule } from '../../model.js';

/**
 * A PV guest has no hardware clock; Xen gives its kernel the time. hwclock, called by the scripts of sysvinit and
 * upstart, then complains at once, or, where an old one reads the ports itself, waits for a tick that never comes.
 * Debian and Ubuntu's scripts asked HWCLOCKACCESS up to jessie and trusty. Later ones don't, and need nothing: they
 * name /dev/rtc0 and fail at once (util-linux-extra 2.38: only at shutdown). systemd calls no hwclock.
 */
export const clockRule: Rule = {
  name: 'clock',
  apply: ({ tree, initSystem }) => ({
    edits: initSystem === 'systemd' || initSystem === 'unknown' ? [] : keepOffClock(tree),
    problems: [],
    notices: [],
  }),
};

const scripts = [
  '/etc/init.d/hwclock.sh',
  '/etc/init.d/hwclockfirst.sh',
  '/etc/init.d/hwclock',
  '/etc/init/hwclock.conf',
  '/etc/init/hwclock-save.conf',
];

/** The scripts source rcS and then, where they know it, hwclock: the last one decides. */
const settings = ['/etc/default/hwclock', '/etc/default/rcS'];

function keepOffClock(tree: GuestTree): Edit[] {
  const asking = scripts
    .map((path) => textAt(tree, path) ?? '')
    .filter((text) => text.includes('HWCLOCKACCESS'));
  const path = settings.find(
    (each) => textAt(tree, each) !== undefined && asking.some((text) => text.includes(each)),
  );
  const text = path === undefined ? undefined : textAt(tree, path);
  if (path === undefined || text === undefined || isOff(text)) return [];
  const node = { kind: 'file', text: setAssignment(text, 'HWCLOCKACCESS', 'no') } as const;
  return [
    { path, node, reason: 'a PV guest has no hardware clock for hwclock to read or set; Xen keeps the time' },
  ];
}

const isOff = (text: string): boolean => sourceAssignments([text])('HWCLOCKACCESS') === 'no';
