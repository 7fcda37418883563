import test from 'ava';
import { createConsoleWatch, findSigns, plainText, tailBytes } from '../../../src/boot-test/console-watch.js';

const login = { kind: 'login', prompt: 'vm1 login:', banner: 'Debian GNU/Linux 12 vm1 hvc0' };

test('a login prompt is found with the line that names its terminal', (t) => {
  const { feed } = createConsoleWatch();
  t.deepEqual(feed(Buffer.from('\r\nDebian GNU/Linux 12 vm1 hvc0\r\n\r\nvm1 login: ')), [login]);
});

test('a prompt that comes byte by byte is found once, at its last byte', (t) => {
  const { feed } = createConsoleWatch();
  const bytes = Buffer.from('Debian GNU/Linux 12 vm1 hvc0\r\n\r\nvm1 login: \r\nvm1 login: ');
  const found = [...bytes].map((byte) => feed(Buffer.from([byte])));
  t.deepEqual(found.flat(), [login]);
  t.is(
    found.findIndex((signs) => signs.length > 0),
    bytes.indexOf('login: ') + 'login: '.length - 1,
  );
});

test('colours and messages of systemd around the prompt do not hide it', (t) => {
  const { feed } = createConsoleWatch();
  const text =
    '[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mgetty.target\x1b[0m.\r\n' +
    'Debian GNU/Linux 12 vm1 hvc0\r\n\r\n\x1b[?2004l\x1b[0mvm1 login: [   30.1] random: crng init done\r\n';
  t.deepEqual(feed(Buffer.from(text)), [login]);
});

const unremarkable = [
  'systemd[1]: Starting Getty on hvc0...\n',
  'pam_unix: failed login: root\n',
  'Last login: Mon Nov 22\n',
  'vm1 login:',
  'Dropped into (initramfs) earlier\n',
];
for (const text of unremarkable) {
  test(`no sign in ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(findSigns(text), []);
  });
}

const shells = [
  ['ALERT! UUID=1 does not exist. Dropping to a shell!\n\n(initramfs) ', '(initramfs)'],
  ['You are in emergency mode.\nGive root password for maintenance\n', 'Give root password for maintenance'],
  ['Press Enter for maintenance\n(or press Control-D to continue): ', 'Press Enter for maintenance'],
] as const;
for (const [text, line] of shells) {
  test(`a shell that waits: ${line}`, (t) => {
    t.deepEqual(findSigns(text), [{ kind: 'rescue-shell', line }]);
  });
}

test("a panic is reported with the kernel's reason", (t) => {
  const text =
    '[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n[    2.1] CPU: 0\n';
  t.deepEqual(findSigns(text), [
    {
      kind: 'panic',
      line: 'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    },
  ]);
});

test('the tail holds the last bytes as they came, and no more than its limit', (t) => {
  const watch = createConsoleWatch();
  watch.feed(Buffer.alloc(tailBytes, 'a'));
  watch.feed(Buffer.from('\x1b[0m\xff', 'latin1'));
  t.is(watch.tail().length, tailBytes);
  t.is(watch.tail().subarray(-6).toString('latin1'), 'a\x1b[0m\xff');
});

test('terminal codes of every common kind go', (t) => {
  t.is(plainText('\x1b]0;title\x07a\x1b[1;31mb\x1b[K\x1b(Bc\x1b7\x1b[?25h\r\nd'), 'abc\nd');
});
