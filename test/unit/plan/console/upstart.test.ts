import test from 'ava';
import type { InitSystem } from '../../../../src/model.js';
import { upstartLogins } from '../../../../src/plan/console/upstart.js';
import { factsOf } from '../sample-guest.js';

type Files = Record<string, string>;

/** Paths that changed, with their text afterwards; undefined for one that goes. */
function changes(
  files: Files,
  version: string | undefined,
  initSystem: InitSystem = 'upstart',
  device = 'hvc0',
): Record<string, string | undefined> {
  const packages = new Map(version === undefined ? [] : [['upstart', version]]);
  const edits = upstartLogins(factsOf(files, { initSystem, packages }), [device]);
  return Object.fromEntries(
    edits.map(({ path, node }) => [path, node.kind === 'file' ? node.text : undefined]),
  );
}

/** As lucid's package upstart has it. */
const job = (device: string): string => `# ${device} - getty
#
# This service maintains a getty on ${device} from the point the system is
# started until it is shut down again.

start on stopped rc RUNLEVEL=[2345]
stop on runlevel [!2345]

respawn
exec /sbin/getty -8 38400 ${device}
`;

/** With brackets over several lines, as precise has it. */
const bracketed = (device: string): string => `start on stopped rc RUNLEVEL=[2345] and (
            not-container or
            container CONTAINER=lxc or
            container CONTAINER=lxc-libvirt)

stop on runlevel [!2345]

respawn
exec /sbin/getty -8 38400 ${device}
`;

/** As hardy's package system-services has it. */
const event = (device: string): string => `# ${device} - getty
#

start on stopped rc2
start on stopped rc3
start on stopped rc4
start on stopped rc5

stop on runlevel 0
stop on runlevel 1
stop on runlevel 6

respawn
exec /sbin/getty 38400 ${device}
`;

/** As cloud images of precise have it. */
const serial = `start on stopped rc or RUNLEVEL=[12345]
stop on runlevel [!12345]

pre-start script
    # getty will not be started if the serial console is not present
    stty -F /dev/ttyS0 -a 2> /dev/null > /dev/null || { stop ; exit 0; }
end script

respawn
exec /sbin/getty -L ttyS0 115200 vt102
`;

const own =
  '# hvc0 - getty\n\nstart on stopped rc RUNLEVEL=[2345]\nstop on runlevel [!2345]\n\nrespawn\nexec /sbin/getty 38400 hvc0\n';
const folder = '/etc/init';

const cases: readonly [string, Files, string | undefined, Record<string, string | undefined>][] = [
  [
    "like tty1's",
    { [`${folder}/tty1.conf`]: job('tty1') },
    '0.6.5-8',
    { [`${folder}/hvc0.conf`]: job('hvc0') },
  ],
  [
    "like tty1's, with brackets",
    { [`${folder}/tty1.conf`]: bracketed('tty1') },
    '1.5-0ubuntu7.3',
    { [`${folder}/hvc0.conf`]: bracketed('hvc0') },
  ],
  [
    'a serial port, in an override where upstart reads it',
    { [`${folder}/hvc0.conf`]: job('hvc0'), [`${folder}/ttyS0.conf`]: serial },
    '1.3-0ubuntu13',
    { [`${folder}/ttyS0.override`]: 'manual\n' },
  ],
  [
    'a serial port, before there were overrides',
    { [`${folder}/hvc0.conf`]: job('hvc0'), [`${folder}/ttyS0.conf`]: serial },
    '0.6.7-8',
    { [`${folder}/ttyS0.conf`]: serial.replace('start on', '#start on') },
  ],
  [
    'a serial port, with brackets, and the version is not known',
    { [`${folder}/hvc0.conf`]: job('hvc0'), [`${folder}/ttyS1.conf`]: bracketed('ttyS1') },
    undefined,
    { [`${folder}/ttyS1.conf`]: bracketed('ttyS1').replace(/^(?=start| {4})/gm, '#') },
  ],
  [
    'an override that does something else gets a line',
    {
      [`${folder}/hvc0.conf`]: job('hvc0'),
      [`${folder}/ttyS0.conf`]: serial,
      [`${folder}/ttyS0.override`]: 'respawn limit 1 5',
    },
    '1.12.1-0ubuntu4',
    { [`${folder}/ttyS0.override`]: 'respawn limit 1 5\nmanual\n' },
  ],
  [
    'a serial port that is switched off already',
    {
      [`${folder}/hvc0.conf`]: job('hvc0'),
      [`${folder}/ttyS0.conf`]: serial,
      [`${folder}/ttyS0.override`]: 'manual\n',
      [`${folder}/ttyS1.conf`]: serial.replace('start on', '#start on'),
      [`${folder}/ttyS2.conf`]: `${serial}manual\n`,
      [`${folder}/ttyS3.conf.dpkg-old`]: serial,
    },
    '1.5',
    {},
  ],
  ['there already, under another name', { [`${folder}/xen-console.conf`]: job('hvc0') }, '1.5', {}],
  ['a login on the console', { [`${folder}/console.conf`]: job('console') }, '1.5', {}],
  [
    'there, but overridden',
    { [`${folder}/hvc0.conf`]: job('hvc0'), [`${folder}/hvc0.override`]: 'manual\n' },
    '1.5',
    { [`${folder}/hvc0.override`]: undefined },
  ],
  [
    'there, but never started',
    {
      [`${folder}/hvc0.conf`]: job('hvc0').replace('start on', '#start on'),
      [`${folder}/tty1.conf`]: job('tty1'),
    },
    '1.5',
    { [`${folder}/hvc0.conf`]: job('hvc0') },
  ],
  ['no job to take after', {}, '1.5', { [`${folder}/hvc0.conf`]: own }],
  [
    'tty1 logs somebody in unasked: that is not copied',
    { [`${folder}/tty1.conf`]: job('tty1').replace('-8 38400', '-a joe 38400') },
    '1.5',
    { [`${folder}/hvc0.conf`]: own },
  ],
  [
    'the script of a job that mentions ttyS0 is no login',
    {
      [`${folder}/hvc0.conf`]: job('hvc0'),
      [`${folder}/setserial.conf`]: 'start on startup\nscript\n  setserial /dev/ttyS0\nend script\n',
    },
    '1.5',
    {},
  ],
  [
    'a login in a script is one',
    {
      [`${folder}/hvc0.conf`]: job('hvc0'),
      [`${folder}/s.conf`]:
        'start on startup\nscript\n  # x\n  exec /sbin/getty -L 115200 ttyS0\nend script\n',
    },
    '1.5',
    { [`${folder}/s.override`]: 'manual\n' },
  ],
];

for (const [title, files, version, expected] of cases) {
  test(`upstart: ${title}`, (t) => {
    t.deepEqual(changes(files, version), expected);
    const after: Files = { ...files };
    for (const [path, text] of Object.entries(expected)) {
      if (text === undefined) delete after[path];
      else after[path] = text;
    }
    t.deepEqual(changes(after, version), {});
  });
}

test('event.d: a copy, and serial ports lose what starts them', (t) => {
  const files = {
    '/etc/event.d/tty1': event('tty1'),
    '/etc/event.d/ttyS0': event('ttyS0'),
    '/etc/event.d/rc2': 'start on runlevel 2\nexec /etc/init.d/rc 2\n',
  };
  const expected = {
    '/etc/event.d/ttyS0': event('ttyS0').replace(/^start/gm, '#start'),
    '/etc/event.d/xvc0': event('xvc0'),
  };
  t.deepEqual(changes(files, '0.3.9-8', 'upstart-events', 'xvc0'), expected);
  t.deepEqual(changes({ ...files, ...expected }, '0.3.9-8', 'upstart-events', 'xvc0'), {});
});

test('event.d without tty1', (t) => {
  t.deepEqual(changes({}, '0.3.9-8', 'upstart-events', 'xvc0'), {
    '/etc/event.d/xvc0': event('xvc0').replace('#\n\n', '\n'),
  });
});
