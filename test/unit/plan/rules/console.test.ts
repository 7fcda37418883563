import test from 'ava';
import type { Facts, GuestNode, RuleResult } from '../../../../src/model.js';
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
  ['off by the environment', getty('ro systemd.setenv=SYSTEMD_GETTY_AUTO=no'), [`${hvc0} -> ${template}`]],
  [
    'off by the environment that the kernel hands on',
    getty('ro SYSTEMD_GETTY_AUTO=FALSE'),
    [`${hvc0} -> ${template}`],
  ],
  [
    'off by system.conf',
    {
      '/etc/systemd/system.conf.d/x.conf': '[Manager]\nManagerEnvironment="A=1" SYSTEMD_GETTY_AUTO=off\n',
    },
    [`${hvc0} -> ${template}`],
  ],
  ['the last switch counts', getty('systemd.getty_auto=no systemd.getty_auto=1'), []],
  [
    'the generator is not there',
    {
      '/lib': link('usr/lib'),
      '/usr/lib/systemd/system-generators/systemd-fstab-generator': { kind: 'unread', bytes: 1 },
    },
    [`${hvc0} -> ${template}`],
  ],
  [
    'console-getty would read the same device',
    {
      [`${units}/getty.target.wants/console-getty.service`]: link(
        '/lib/systemd/system/console-getty.service',
      ),
    },
    [`${units}/getty.target.wants/console-getty.service gone`],
  ],
  [
    'getty@ttyS0, and a requirement',
    {
      [`${units}/getty.target.wants/getty@ttyS0.service`]: link('/lib/systemd/system/getty@.service'),
      [`${units}/multi-user.target.requires/serial-getty@ttyS0.service`]: link(template),
    },
    [
      `${units}/getty.target.wants/getty@ttyS0.service gone`,
      `${units}/multi-user.target.requires/serial-getty@ttyS0.service gone`,
    ],
  ],
  [
    'a drop-in of every serial-getty that names a port',
    {
      [`${units}/serial-getty@.service.d/autologin.conf`]:
        '# ttyS0\n[Unit]\nBindsTo=dev-ttyS0.device\n[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root ttyS0 115200\nTTYPath=/dev/ttyS0\n',
    },
    [
      `${units}/serial-getty@.service.d/autologin.conf # ttyS0,[Unit],BindsTo=dev-%i.device,[Service],ExecStart=,ExecStart=-/sbin/agetty --autologin root %I 115200,TTYPath=/dev/%I,`,
    ],
  ],
  [
    'a drop-in that names none, and one of ttyS0 alone',
    {
      [`${units}/serial-getty@.service.d/speed.conf`]: '[Service]\nExecStart=-/sbin/agetty 115200 %I\n',
      [`${units}/serial-getty@ttyS0.service.d/x.conf`]: '[Service]\nExecStart=-/sbin/agetty ttyS0\n',
    },
    [],
  ],
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
  ['securetty with hvc0', { '/etc/securetty': 'tty1\nhvc0\nhvc1\n' }, []],
  ['hvc0 in a comment', { '/etc/securetty': '# hvc0\ntty1\n' }, ['/etc/securetty # hvc0,tty1,hvc0,']],
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

for (const text of ['', '\n', '# nobody\n']) {
  test(`a securetty that lets root in nowhere stays: ${JSON.stringify(text)}`, (t) => {
    const { edits, notices } = apply({ '/etc/securetty': text });
    t.deepEqual(edits, []);
    t.deepEqual(
      notices.map(({ code }) => code),
      ['no-root-login'],
    );
  });
}

const tty1 = '1:2345:respawn:/sbin/getty 38400 tty1\n';
const inits: readonly [string, Partial<Facts>, Files, readonly string[]][] = [
  ['inittab is for sysvinit', { initSystem: 'sysvinit' }, { '/etc/inittab': tty1 }, ['/etc/inittab']],
  ['jobs are for upstart', { initSystem: 'upstart' }, { '/etc/inittab': tty1 }, ['/etc/init/hvc0.conf']],
  [
    'and for its first versions',
    { initSystem: 'upstart-events' },
    { '/etc/inittab': tty1 },
    ['/etc/event.d/hvc0'],
  ],
  ['an unknown init is refused by the guest rule', { initSystem: 'unknown' }, { '/etc/inittab': tty1 }, []],
  [
    'init= starts another one',
    { initSystem: 'sysvinit' },
    { '/etc/inittab': tty1, ...generator, ...getty('ro init=/lib/systemd/systemd') },
    [hvc0],
  ],
  [
    'init= of something else says nothing',
    { initSystem: 'sysvinit' },
    { '/etc/inittab': tty1, ...getty('ro init=/sbin/init') },
    ['/etc/inittab'],
  ],
];

for (const [title, changes, files, paths] of inits) {
  test(title, (t) => {
    const { edits } = consoleRule.apply(factsOf(files, changes), request);
    t.deepEqual(
      edits.map(({ path }) => path),
      paths,
    );
  });
}

test('both devices get a login where the kernel may have either', (t) => {
  const config = { ...configOfKernel, console: 'xvc0', xenOnly: true } as const;
  const kernels = [kernelOf('2.6.26-2-xen-amd64', { config })];
  const facts = factsOf({ '/etc/inittab': tty1 }, { kernels, initSystem: 'sysvinit' });
  t.deepEqual(shown(consoleRule.apply(facts, request)).at(-1)?.split(',').slice(0, 3), [
    '/etc/inittab 1:2345:respawn:/sbin/getty 38400 tty1',
    'hvc0:2345:respawn:/sbin/getty 38400 hvc0',
    'xvc0:2345:respawn:/sbin/getty 38400 xvc0',
  ]);
});
