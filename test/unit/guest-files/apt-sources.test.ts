import test from 'ava';
import fc from 'fast-check';
import { withMirror } from '../../../src/guest-files/apt-mirror.js';
import { type AptSource, readAptSources } from '../../../src/guest-files/apt-sources.js';
import { sourcesText } from '../../../src/guest-files/apt-sources-text.js';

const source = (suite: string, more: Partial<AptSource> = {}): AptSource => ({
  uri: 'http://a.example/debian',
  suite,
  components: ['main'],
  ...more,
});

const lists: readonly [string, string, readonly AptSource[]][] = [
  ['one line', 'deb http://a.example/debian bookworm main\n', [source('bookworm')]],
  [
    'several components, a comment, tabs and a carriage return',
    '# x\ndeb\thttp://a.example/debian  bookworm\tmain contrib # y\r\n',
    [source('bookworm', { components: ['main', 'contrib'] })],
  ],
  ['no sources of programs', 'deb-src http://a.example/debian bookworm main\n', []],
  [
    'a keyring',
    'deb [arch=amd64,i386 signed-by=/usr/share/keyrings/k.gpg] http://a.example/debian bookworm main',
    [source('bookworm', { signedBy: { names: ['/usr/share/keyrings/k.gpg'] } })],
  ],
  [
    'options that switch checks off are dropped',
    'deb [ trusted=yes allow-insecure=yes check-valid-until=no ] http://a.example/debian bookworm main',
    [source('bookworm')],
  ],
  ['a flat archive', 'deb http://a.example/debian ./\n', [source('./', { components: [] })]],
  [
    'an upper-case scheme',
    'deb HTTP://a.example/debian x main',
    [source('x', { uri: 'HTTP://a.example/debian' })],
  ],
];

for (const [title, text, expected] of lists) {
  test(`sources.list: ${title}`, (t) => {
    t.deepEqual(readAptSources(text, 'list'), { sources: expected, skipped: [] });
  });
}

const skipped: readonly [string, string, RegExp][] = [
  [
    'cdrom',
    'deb cdrom:[Debian GNU/Linux 4.0 _Etch_]/ etch main',
    /^cdrom:\[Debian GNU\/Linux: reached neither/,
  ],
  ['file', 'deb file:/srv/mirror bookworm main', /reached neither by http nor by https/],
  ['ssh', 'deb ssh://root@host/debian bookworm main', /reached neither/],
  ['copy', 'deb copy:/etc/shadow ./', /reached neither/],
  ['mirror+file', 'deb mirror+file:/etc/mirrors bookworm main', /reached neither/],
  ['a program of another name', 'deb httpx://a.example/debian bookworm main', /reached neither/],
  ['another architecture', 'deb [arch=arm64] http://a.example/debian bookworm main', /not for amd64/],
  ['quotes', 'deb http://a.example/"; bookworm main', /not understood/],
  ['no suite', 'deb http://a.example/debian', /not understood/],
];

for (const [title, text, reason] of skipped) {
  test(`sources.list: ${title} is skipped`, (t) => {
    const read = readAptSources(text, 'list');
    t.deepEqual(read.sources, []);
    t.is(read.skipped.length, 1);
    t.regex(read.skipped[0] ?? '', reason);
  });
}

const debian = `Types: deb deb-src
URIs: http://a.example/debian
Suites: bookworm bookworm-updates
# a remark
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
Enabled: no
URIs: http://b.example/
Suites: x
Components: main
`;

test('deb822: suites, comments, entries that are switched off', (t) => {
  const signedBy = { names: ['/usr/share/keyrings/k.gpg'] };
  t.deepEqual(readAptSources(debian, 'sources'), {
    sources: [source('bookworm', { signedBy }), source('bookworm-updates', { signedBy })],
    skipped: [],
  });
});

const armoured = `Types: deb
URIs: http://a.example/debian
Suites: x
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`;

test('deb822: a key inside, written out as a file of its own', (t) => {
  const { sources } = readAptSources(armoured, 'sources');
  const { text, keys } = sourcesText(sources, new Map(), '/r/keys');
  t.deepEqual(
    [...keys],
    [['key-1.asc', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINBF\n-----END PGP PUBLIC KEY BLOCK-----\n']],
  );
  t.is(
    text,
    'Types: deb\nURIs: http://a.example/debian\nSuites: x\nComponents: main\nArchitectures: amd64\nSigned-By: /r/keys/key-1.asc\n',
  );
});

test('keyrings: one file for each content, an empty one for what is missing, fingerprints as they are', (t) => {
  const names = (...all: string[]) => source('x', { components: [], signedBy: { names: all } });
  const keyrings = new Map([
    ['/a.gpg', '\x99key'],
    ['/b.gpg', '\x99key'],
  ]);
  const { text, keys } = sourcesText(
    [names('/a.gpg'), names('/b.gpg', '/missing.gpg'), names('ABCD1234!')],
    keyrings,
    '/r',
  );
  t.deepEqual(
    [...keys],
    [
      ['key-1.gpg', '\x99key'],
      ['key-2.gpg', ''],
    ],
  );
  t.deepEqual(
    text.split('\n').filter((line) => line.startsWith('Signed-By')),
    ['Signed-By: /r/key-1.gpg', 'Signed-By: /r/key-1.gpg, /r/key-2.gpg', 'Signed-By: ABCD1234!'],
  );
});

test('whatever the guest says, nothing but http and https comes out, and no line of its own making', (t) => {
  const word = fc.constantFrom(
    'deb',
    'deb [',
    ']',
    'http://x/',
    'file:/',
    '\n',
    ' ',
    '\r',
    'Types: deb',
    'URIs:',
    'Suites:',
    '\t',
    'a',
    '[x',
    ':',
  );
  const line =
    /^(|Types: deb|URIs: https?:\/\/\S+|Suites: \S+|Components: .+|Architectures: amd64|Signed-By: .+)$/i;
  const words = fc.array(fc.oneof(word, fc.string({ maxLength: 6 })));
  const format = fc.constantFrom('list' as const, 'sources' as const);
  const holds = fc.property(words, format, (parts, kind) => {
    const { sources } = readAptSources(parts.join(' '), kind);
    const { text } = sourcesText(sources, new Map(), '/r');
    return text.split('\n').every((each) => line.test(each));
  });
  t.notThrows(() => fc.assert(holds, { numRuns: 1000 }));
});

const mirror = 'http://m.example/debian';

const mirrored: readonly [string, AptSource[], string, string, (readonly [string, string])[]][] = [
  [
    'security updates are beside the main archive',
    [source('etch'), source('etch/updates', { uri: 'http://s.example/' })],
    `${mirror}/`,
    'debian etch',
    [
      ['etch', mirror],
      ['etch/updates', `${mirror}-security`],
    ],
  ],
  [
    'names that move, other archives stay',
    [source('stable-updates'), source('bookworm-security'), source('docker', { uri: 'https://d.example' })],
    mirror,
    'debian bookworm',
    [
      ['stable-updates', mirror],
      ['bookworm-security', `${mirror}-security`],
      ['docker', 'https://d.example'],
    ],
  ],
  [
    'Ubuntu keeps everything in one',
    [source('hardy-security'), source('hardy')],
    'http://m.example/ubuntu',
    'ubuntu hardy',
    [
      ['hardy-security', 'http://m.example/ubuntu'],
      ['hardy', 'http://m.example/ubuntu'],
    ],
  ],
  ['a guest without sources', [], mirror, 'debian lenny', [['lenny', mirror]]],
];

for (const [title, sources, url, release, expected] of mirrored) {
  test(`mirror: ${title}`, (t) => {
    const [id = '', codename = ''] = release.split(' ');
    const result = withMirror(sources, url, { id, codename });
    t.deepEqual(
      result.map(({ suite, uri }) => [suite, uri]),
      expected.map((each) => [...each]),
    );
    t.deepEqual(withMirror(result, url, { id, codename }), result);
  });
}

test('a key that is neither a file nor a fingerprint is one that is missing, not none', (t) => {
  for (const name of ['debian.gpg', 'xyz', '../k.gpg']) {
    const { text, keys } = sourcesText([source('x', { signedBy: { names: [name] } })], new Map(), '/r');
    t.regex(text, /^Signed-By: \/r\/key-1\.gpg$/m, name);
    t.deepEqual([...keys], [['key-1.gpg', '']], name);
  }
});

test('a codename is a word, whatever is in it', (t) => {
  const release = { id: 'debian', codename: '(a+)+$' };
  t.notThrows(() => withMirror([source('a'.repeat(50))], 'http://b.example/debian', release));
});
