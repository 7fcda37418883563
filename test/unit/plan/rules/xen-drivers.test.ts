import test from 'ava';
import { xenDriversRule } from '../../../../src/plan/rules/xen-drivers.js';
import { factsOf, grubConfig, rootUuid } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();
const commandLine = (text: string) => ({
  '/boot/grub/grub.cfg': grubConfig(`root=UUID=${rootUuid} ${text}`),
});

const cases: readonly [string, Record<string, string>, number][] = [
  ['nothing', {}, 0],
  ['another module', commandLine('modprobe.blacklist=floppy'), 0],
  ['on the command line', commandLine('modprobe.blacklist=floppy,xen_blkfront'), 1],
  ['the kernel itself', commandLine('module_blacklist=xen-netfront'), 1],
  ['a file', { '/etc/modprobe.d/bl.conf': 'blacklist xen-netfront\n' }, 1],
  ['an install line', { '/etc/modprobe.d/bl.conf': 'install xen_blkfront /bin/true\n' }, 1],
  [
    'an install line that loads it',
    { '/etc/modprobe.d/bl.conf': 'install xen_blkfront /sbin/modprobe -i xen_blkfront\n' },
    0,
  ],
  ['a comment', { '/etc/modprobe.d/bl.conf': '# blacklist xen_blkfront\n' }, 0],
  ['a file that modprobe does not read', { '/etc/modprobe.d/bl.conf.off': 'blacklist xen_blkfront\n' }, 0],
];

for (const [title, files, expected] of cases) {
  test(`drivers turned off: ${title}`, (t) => {
    const { problems } = xenDriversRule.apply(factsOf(files), request);
    t.is(problems.length, expected);
  });
}
