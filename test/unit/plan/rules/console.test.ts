import test from 'ava';
import type { GuestNode, RuleResult } from '../../../../src/model.js';
import { consoleRule } from '../../../../src/plan/rules/console.js';
import { configOfKernel, factsOf, grubConfig, kernelOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();
type Files = Record<string, string | GuestNode>;

const apply = (files: Files): RuleResult => consoleRule.apply(factsOf(files), request);
const link = (target: string): GuestNode => ({ kind: 'symlink', target });

const units = '/etc/systemd/system';
const template = '/lib/systemd/system/serial-getty@.service';
const masked = link('/dev/null');
const generator = { '/etc/systemd/system-generators/systemd-getty-generator': masked };
const getty = (commandLine: string) => ({ '/boot/grub/grub.cfg': grubConfig(commandLine) });
const hvc0 = `${units}/getty.target.wants/serial-getty@hvc0.service`;

const cases: readonly [string, Files, readonly string[]][] = [
  ['an untouched guest: systemd starts the login by itself', {}, []],
  [
    'a login on ttyS0 goes, in every .wants',
    {
      [`${units}/getty.target.wants/serial-getty@ttyS0.service`]: link(template),
      [`${units}/multi-user.target.wants/serial-getty@ttyS1.service`]: link(template),
      [`${units}/getty.target.wants/getty@tty1.service`]: link('/lib/systemd/system/getty@.service'),
      [`${units}/serial-getty@ttyS0.service`]: 'own unit',
    },
    [
      `${units}/getty.target.wants/serial-getty@ttyS0.service gone`,
      `${units}/multi-user.target.wants/serial-getty@ttyS1.service gone`,
    ],
  ],
  [
    'masks by a link or by an empty file go',
    {
      [`${units}/serial-getty@hvc0.service`]: masked,
      [`${units}/serial-getty@.service`]: '',
      [`${units}/getty.target`]: masked,
      [`${units}/getty@tty1.service`]: masked,
    },
    [
      `${units}/serial-getty@hvc0.service gone`,
      `${units}/serial-getty@.service gone`,
      `${units}/getty.target gone`,
    ],
  ],
  ['an own unit is no mask', { [`${units}/serial-getty@.service`]: '[Service]\n' }, []],
  ['a mask for ttyS0 may stay', { [`${units}/serial-getty@ttyS0.service`]: masked }, []],
  ['the generator is masked', generator, [`${hvc0} -> ${template}`]],
  ['the generator is off', getty('ro systemd.getty_auto=no'), [`${hvc0} -> ${template}`]],
  ['off is written otherwise', getty('systemd.getty_auto=0 ro'), [`${hvc0} -> ${template}`]],
  ['the generator is on', getty('ro systemd.getty_auto=yes'), []],
  ['another parameter', getty('ro xsystemd.getty_auto=no systemd.getty_auto=nobody'), []],
  ['enabled by hand already', { ...generator, [hvc0]: link(template) }, []],
  [
    'enabled by hand, and the wants directory is a link',
    {
      ...generator,
      [`${units}/getty.target.wants`]: link('/x'),
      '/x/serial-getty@hvc0.service': link(template),
    },
    [],
  ],
  ['securetty without hvc0', { '/etc/securetty': 'console\ntty1\n' }, ['/etc/securetty console,tty1,hvc0,']],
  ['securetty without newline at its end', { '/etc/securetty': 'tty1' }, ['/etc/securetty tty1,hvc0,']],
  ['an empty securetty', { '/etc/securetty': '' }, ['/etc/securetty hvc0,']],
  ['securetty with hvc0', { '/etc/securetty': 'tty1\nhvc0\nhvc1\n' }, []],
  ['hvc0 in a comment', { '/etc/securetty': '# hvc0\n' }, ['/etc/securetty # hvc0,hvc0,']],
];

const shown = ({ edits }: RuleResult): string[] =>
  edits.map(({ path, node }) => {
    if (node.kind === 'absent') return `${path} gone`;
    return node.kind === 'symlink'
      ? `${path} -> ${node.target}`
      : `${path} ${node.text.replaceAll('\n', ',')}`;
  });

for (const [title, files, expected] of cases) {
  test(title, (t) => {
    const result = apply(files);
    t.deepEqual(shown(result), expected);
    t.deepEqual([...result.problems, ...result.notices], []);
    t.true(result.edits.every(({ reason }) => reason.length > 20));
  });
}

for (const [title, files] of cases) {
  test(`twice: ${title}`, (t) => {
    const after: Files = { ...files };
    for (const { path, node } of apply(files).edits) {
      if (node.kind === 'absent') delete after[path];
      else if (node.kind === 'symlink') after[path] = node;
      else after[path] = node.text;
    }
    t.deepEqual(shown(apply(after)), []);
  });
}

test('the console of a xenlinux kernel', (t) => {
  const kernels = [kernelOf('6.1', { config: { ...configOfKernel, console: 'xvc0' } })];
  const facts = factsOf({ '/etc/securetty': 'tty1\n' }, { kernels });
  t.deepEqual(shown(consoleRule.apply(facts, request)), ['/etc/securetty tty1,xvc0,']);
});

test('without systemd it says nothing: the guest is refused for that', (t) => {
  const facts = factsOf({ '/etc/securetty': 'tty1\n' }, { initSystem: 'sysvinit' });
  t.deepEqual(consoleRule.apply(facts, request), { edits: [], problems: [], notices: [] });
});
