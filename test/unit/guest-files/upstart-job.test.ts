import test from 'ava';
import fc from 'fast-check';
import { commandsOf, readJob, startsByItself, withoutStart } from '../../../src/guest-files/upstart-job.js';

const job = `# tty1 - getty

description "a getty"
start on stopped rc RUNLEVEL=[2345] and (
            not-container or
            container CONTAINER=lxc) # why

stop on runlevel [!2345]
env X=1 \\
    Y=2
pre-start script
    start on nothing
end script
script
    # exec /bin/false
    exec /sbin/getty tty1
end script
`;

test('stanzas', (t) => {
  t.deepEqual(
    readJob(job).map(({ keyword, from, to }) => [keyword, from, to]),
    [
      ['description', 2, 2],
      ['start', 3, 5],
      ['stop', 7, 7],
      ['env', 8, 9],
      ['pre-start', 10, 12],
      ['script', 13, 16],
    ],
  );
});

test('commands, without what is a comment or comes before', (t) => {
  t.is(commandsOf(job), 'script\n\n    exec /sbin/getty tty1\nend script');
  t.is(commandsOf('respawn\nexec /sbin/getty 38400 tty2\n'), 'exec /sbin/getty 38400 tty2');
});

const starts: readonly [string, string, string, boolean][] = [
  ['a job', job, '', true],
  ['overridden', job, 'manual\n', false],
  ['overridden by another start', `${job}manual\n`, 'start on startup\n', true],
  ['switched off in its file', `${job}manual\n`, '', false],
  ['started again below', `manual\n${job}`, '', true],
  ['no start', 'exec /bin/true\n', '', false],
  ['another word', 'starton x\nmanually\n', '', false],
  ['a comment', '# start on x\n', '', false],
];

for (const [title, text, override, expected] of starts) {
  test(`starts by itself: ${title}`, (t) => {
    t.is(startsByItself(text, override), expected);
    t.false(startsByItself(withoutStart(text), ''));
  });
}

const piece = fc.constantFrom(
  'start on x',
  '(',
  ')',
  'script',
  'end script',
  'manual',
  '\\',
  '#',
  ' ',
  '\n',
  '\xc3\xa0',
  'exec /sbin/getty ttyS0',
);

test('any text: it never throws, and lines are at most turned into comments', (t) => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const before = text.split('\n');
      const after = withoutStart(text).split('\n');
      t.is(after.length, before.length);
      t.true(after.every((line, index) => line === before[index] || line === `#${before[index]}`));
      t.false(startsByItself(after.join('\n'), ''));
      commandsOf(text);
    }),
  );
});

test('hostile text takes no longer than its length', (t) => {
  t.timeout(60_000);
  const start = performance.now();
  for (const line of ['script\nend script\n', 'start on x (\n', 'start on x\n', 'script\n']) {
    const text = line.repeat(100_000);
    withoutStart(text);
    commandsOf(text);
  }
  t.true(performance.now() - start < 20_000);
});
