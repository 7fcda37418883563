import test from 'ava';
import fc from 'fast-check';
import { sysvinitLogins } from '../../../../src/plan/console/sysvinit.js';
import { guestTree } from '../../network/guest-tree-of.js';

const inittab = '/etc/inittab';

/** The files afterwards that changed. */
function after(files: Record<string, string>, devices: readonly string[] = ['hvc0']): Record<string, string> {
  const changed: Record<string, string> = {};
  for (const { path, node } of sysvinitLogins(guestTree(files), devices)) {
    if (node.kind === 'file') changed[path] = node.text;
  }
  return changed;
}

const edited = (text: string, devices?: readonly string[]): string =>
  after({ [inittab]: text }, devices)[inittab] ?? text;

const terminals = `1:2345:respawn:/sbin/getty 38400 tty1
2:23:respawn:/sbin/getty 38400 tty2
3:23:respawn:/sbin/getty 38400 tty3
`;

const cases: readonly [string, string, string][] = [
  [
    "Debian's own: behind the virtual terminals, with tty1's runlevels",
    `id:2:initdefault:\n\n${terminals}\n# Example how to put a getty on a serial line (for a terminal)\n#\n#T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n`,
    `id:2:initdefault:\n\n${terminals}hvc0:2345:respawn:/sbin/getty 38400 hvc0\n\n# Example how to put a getty on a serial line (for a terminal)\n#\n#T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n`,
  ],
  [
    'an active serial line becomes a comment',
    `${terminals}T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n`,
    `${terminals}hvc0:2345:respawn:/sbin/getty 38400 hvc0\n#T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n`,
  ],
  [
    'every kind of login on serial lines',
    `hvc0:2345:respawn:/sbin/getty 38400 hvc0
T1:23:respawn:/sbin/mgetty -x0 -s 57600 ttyS1
S0:2345:respawn:/bin/login -f root </dev/ttyS0 >/dev/ttyS0 2>&1
S2:2345:respawn:+/sbin/agetty 115200 /dev/ttyS2 vt100
S3:2345:off:/sbin/getty -L ttyS3 9600 vt100
P0:2345:respawn:/usr/sbin/pppd ttyS0
`,
    `hvc0:2345:respawn:/sbin/getty 38400 hvc0
#T1:23:respawn:/sbin/mgetty -x0 -s 57600 ttyS1
#S0:2345:respawn:/bin/login -f root </dev/ttyS0 >/dev/ttyS0 2>&1
#S2:2345:respawn:+/sbin/agetty 115200 /dev/ttyS2 vt100
S3:2345:off:/sbin/getty -L ttyS3 9600 vt100
P0:2345:respawn:/usr/sbin/pppd ttyS0
`,
  ],
  [
    "tty1's getty, without its options",
    '1:2345:respawn:/sbin/agetty --noclear --autologin root 38400 tty1 linux\n',
    '1:2345:respawn:/sbin/agetty --noclear --autologin root 38400 tty1 linux\nhvc0:2345:respawn:/sbin/agetty 38400 hvc0\n',
  ],
  [
    'a getty for virtual terminals only is not copied',
    '1:2345:respawn:/sbin/mingetty tty1\n',
    '1:2345:respawn:/sbin/mingetty tty1\nhvc0:2345:respawn:/sbin/getty 38400 hvc0\n',
  ],
  [
    'tty1 is switched off, tty2 is the model',
    '#1:2345:respawn:/sbin/getty 38400 tty1\n2:23:respawn:/sbin/getty 38400 tty2\n',
    '#1:2345:respawn:/sbin/getty 38400 tty1\n2:23:respawn:/sbin/getty 38400 tty2\nhvc0:23:respawn:/sbin/getty 38400 hvc0\n',
  ],
  [
    'no terminal at all',
    'id:2:initdefault:\n',
    'id:2:initdefault:\nhvc0:2345:respawn:/sbin/getty 38400 hvc0\n',
  ],
  [
    'no newline at the end',
    'id:2:initdefault:',
    'id:2:initdefault:\nhvc0:2345:respawn:/sbin/getty 38400 hvc0\n',
  ],
  ['empty', '', 'hvc0:2345:respawn:/sbin/getty 38400 hvc0\n'],
  [
    'carriage returns',
    'id:2:initdefault:\r\n1:2345:respawn:/sbin/getty 38400 tty1\r\n',
    'id:2:initdefault:\r\n1:2345:respawn:/sbin/getty 38400 tty1\r\nhvc0:2345:respawn:/sbin/getty 38400 hvc0\r\n',
  ],
  [
    'it is there',
    'h0:2345:respawn:/sbin/getty -L hvc0 38400 vt100\n',
    'h0:2345:respawn:/sbin/getty -L hvc0 38400 vt100\n',
  ],
  [
    'it is there for every runlevel',
    'h0::respawn:/sbin/getty 38400 /dev/hvc0\n',
    'h0::respawn:/sbin/getty 38400 /dev/hvc0\n',
  ],
  [
    'a login on the console is one on hvc0',
    'C0:2345:respawn:/sbin/getty -8 --noclear --keep-baud console 115200,38400,9600\n',
    'C0:2345:respawn:/sbin/getty -8 --noclear --keep-baud console 115200,38400,9600\n',
  ],
  [
    'its id is taken, and so is the next',
    'id:2:initdefault:\nhvc0:3:off:/bin/true\nh0:3:once:/bin/true\n',
    'id:2:initdefault:\nhvc0:3:off:/bin/true\nh0:3:once:/bin/true\nh1:2345:respawn:/sbin/getty 38400 hvc0\n',
  ],
  [
    'it is there in another runlevel than the default',
    'id:2:initdefault:\nh0:3:respawn:/sbin/getty 38400 hvc0\n',
    'id:2:initdefault:\nh0:3:respawn:/sbin/getty 38400 hvc0\nhvc0:2345:respawn:/sbin/getty 38400 hvc0\n',
  ],
  [
    'hvc01 is another device',
    'x:2:respawn:/sbin/getty 38400 hvc01\n',
    'x:2:respawn:/sbin/getty 38400 hvc01\nhvc0:2345:respawn:/sbin/getty 38400 hvc0\n',
  ],
];

for (const [title, before, expected] of cases) {
  test(`inittab: ${title}`, (t) => {
    t.is(edited(before), expected);
    t.is(edited(expected), expected);
  });
}

test('inittab: both devices', (t) => {
  t.is(
    edited(terminals, ['hvc0', 'xvc0']),
    `${terminals}hvc0:2345:respawn:/sbin/getty 38400 hvc0\nxvc0:2345:respawn:/sbin/getty 38400 xvc0\n`,
  );
});

test('the parts in /etc/inittab.d count, if their names end in .tab', (t) => {
  const files = {
    [inittab]: terminals,
    '/etc/inittab.d/xen.tab': 'hvc0:2345:respawn:/sbin/getty 38400 hvc0\n',
    '/etc/inittab.d/serial.tab': 'T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n',
    '/etc/inittab.d/old': 'T1:23:respawn:/sbin/getty -L ttyS1 9600 vt100\n',
  };
  t.deepEqual(after(files), {
    '/etc/inittab.d/serial.tab': '#T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n',
  });
});

const line = fc.constantFrom(
  '1:2345:respawn:/sbin/getty 38400 tty1',
  'T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100',
  'hvc0:2345:off:/sbin/getty 38400 hvc0',
  'id:3:initdefault:',
  '# a comment: of:four:fields',
  '::::',
  'x:y',
  '\xc3\xa0:2:respawn:/bin/\xe9',
  '',
  'l2:2:wait:/etc/init.d/rc 2\r',
);

test('any inittab: once is enough, other lines stay in order, ids stay short and unique', (t) => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const before = lines.join('\n');
      const text = edited(before);
      t.is(edited(text), text);
      const added = /^(?:hvc0|h\d+):\d*:respawn:\/sbin\/getty 38400 hvc0\r?$/;
      const others = text
        .split('\n')
        .filter((each) => !added.test(each))
        .map((each) => each.replace(/^#(?=T0:)/, ''));
      t.deepEqual(others.join('\n').trim(), before.trim());
      const own = text.split('\n').filter((each) => added.test(each));
      t.is(own.length, 1);
      const id = own[0]?.split(':')[0] ?? '';
      t.false(before.split('\n').some((each) => each.startsWith(`${id}:`)));
      t.true(id.length <= 4);
    }),
  );
});
