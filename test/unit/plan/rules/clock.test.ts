import test from 'ava';
import type { InitSystem } from '../../../../src/model.js';
import { clockRule } from '../../../../src/plan/rules/clock.js';
import { factsOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

type Files = Record<string, string>;

const rcS = '/etc/default/rcS';
const hwclock = '/etc/default/hwclock';
const script = '/etc/init.d/hwclock.sh';
const asksRcS = '. /etc/default/rcS\n[ "$HWCLOCKACCESS" = no ] && exit 0\n';
const asksBoth = `${asksRcS}[ ! -r /etc/default/hwclock ] || . /etc/default/hwclock\n`;

const cases: readonly [string, Files, InitSystem, Files][] = [
  ['rcS', { [script]: asksRcS, [rcS]: 'UTC=yes\n' }, 'sysvinit', { [rcS]: 'UTC=yes\nHWCLOCKACCESS=no\n' }],
  [
    'where it was said otherwise',
    { [script]: asksRcS, [rcS]: 'HWCLOCKACCESS=yes # x\nUTC=yes\n' },
    'sysvinit',
    { [rcS]: 'HWCLOCKACCESS=no # x\nUTC=yes\n' },
  ],
  [
    'the file that is read last',
    { [script]: asksBoth, [rcS]: 'UTC=yes\n', [hwclock]: '#HWCLOCKACCESS=yes\n' },
    'sysvinit',
    { [hwclock]: '#HWCLOCKACCESS=yes\nHWCLOCKACCESS=no\n' },
  ],
  [
    'upstart',
    { '/etc/init/hwclock-save.conf': asksRcS, [rcS]: 'UTC=yes\n' },
    'upstart',
    { [rcS]: 'UTC=yes\nHWCLOCKACCESS=no\n' },
  ],
  ['done', { [script]: asksRcS, [rcS]: 'HWCLOCKACCESS="no"\n' }, 'sysvinit', {}],
  [
    "bookworm's script does not ask",
    { [script]: '. /etc/default/rcS\n. /etc/default/hwclock\n', [rcS]: '', [hwclock]: '' },
    'sysvinit',
    {},
  ],
  ['no script', { [rcS]: 'UTC=yes\n' }, 'sysvinit', {}],
  ['systemd', { [script]: asksRcS, [rcS]: 'UTC=yes\n' }, 'systemd', {}],
];

for (const [title, files, initSystem, expected] of cases) {
  test(title, (t) => {
    const apply = (tree: Files) => clockRule.apply(factsOf(tree, { initSystem }), requestOf());
    const { edits, problems, notices } = apply(files);
    t.deepEqual([...problems, ...notices], []);
    const changed = Object.fromEntries(
      edits.map(({ path, node }) => [path, node.kind === 'file' ? node.text : '']),
    );
    t.deepEqual(changed, expected);
    t.deepEqual(apply({ ...files, ...changed }).edits, []);
  });
}
