/** The design's section 3 as a test: who may import whom, what pure folders stay away from, names and sizes. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';

/** Path from the project's root, as `src/plan/plan.ts`, to text. */
type Sources = ReadonlyMap<string, string>;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Without comments and without the insides of quoted strings and regular expressions. */
  readonly code: string;
  /** Paths from the project's root, or names of packages. */
  readonly imports: readonly string[];
  /** Packages that are loaded when they are needed, by `import()`. */
  readonly lazyImports: readonly string[];
}

/** What a file does wrong, in words. */
type Check = (file: SourceFile, all: readonly SourceFile[]) => readonly string[];

const pureFolders = ['plan', 'releases', 'network', 'boot-loaders', 'guest-files', 'report/page'];
/** What a page is made of, and how texts are made harmless. */
const pageParts = [
  'src/run-report.ts',
  'src/events.ts',
  'src/batch/batch-report.ts',
  'src/batch/batch-events.ts',
  'src/reporters/escape.ts',
];
const purePackages = new Set(['diff', 'ipaddr.js', 'yaml', 'node:buffer', 'node:zlib']);

const startsWithAny = (path: string, starts: readonly string[]): boolean =>
  starts.some((start) => path === start || (start.endsWith('/') && path.startsWith(start)));

const isPure = (path: string): boolean =>
  startsWithAny(
    path,
    pureFolders.map((folder) => `src/${folder}/`),
  );

const mayImport = (path: string, name: string): boolean =>
  name === 'src/model.ts' || (path.startsWith('src/report/page/') && pageParts.includes(name));

const checks: Readonly<Record<string, Check>> = {
  'pure folders import pure files and packages only': ({ path, imports }) =>
    isPure(path)
      ? imports.filter((name) => !isPure(name) && !purePackages.has(name) && !mayImport(path, name))
      : [],
  'pure folders have no effects, no clock and no chance': ({ path, code }) =>
    isPure(path) ? (code.match(effects) ?? []) : [],
  'only reporters/ and main.ts print': ({ path, code }) =>
    startsWithAny(path, ['src/reporters/', 'src/main.ts']) ? [] : (code.match(printing) ?? []),
  'a package or part is used in its own places only': ({ path, imports, lazyImports }) =>
    [...imports, ...lazyImports].filter((name) => {
      const owned = Object.entries(owners).find(([owner]) => startsWithAny(name, [owner]));
      return owned !== undefined && !startsWithAny(path, owned[1]);
    }),
  'no file imports itself by way of others': ({ path }, all) => (isInCycle(path, all) ? ['a cycle'] : []),
  'names say what is in a file': ({ path }) =>
    path.split(/[/.-]/).filter((word) => /^(utils?|helpers?|commons?|shared|misc|lib)$/.test(word)),
  'no file is long': ({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    // The one file of all types is read as a whole.
    return lines > (path === 'src/model.ts' ? 380 : 240) ? [`${lines} lines`] : [];
  },
  'every exported function says what it guarantees': ({ text }) => undocumented(text),
};

const effects =
  /\b(?:await|async|require|fetch|globalThis|performance|setTimeout|setInterval|setImmediate|queueMicrotask)\b|\bnew Date\b|\bDate\.now\b|\bMath\.random\b|\bprocess\.\w+|\bconsole\.\w+|\bimport\(/g;

const printing =
  /\bprocess\.(?:stdout|stderr)\b|\bconsole\.(?:log|error|warn|info|debug|trace|table|dir|write)\b/g;

/** Who may import what is named on the left: a package, a folder or a file. */
const owners: Readonly<Record<string, readonly string[]>> = {
  execa: ['src/tools/', 'src/guest-access/', 'src/boot-test/'],
  'node:child_process': [],
  'tar-stream': ['src/guest-access/'],
  '@xmldom/xmldom': ['src/mode-records/', 'src/tools/'],
  pg: ['src/database/'],
  pgpass: ['src/database/'],
  '@electric-sql/pglite': ['src/database/'],
  'pg-boss': ['src/fleet/queue/'],
  'src/database/': ['src/database/', 'src/mode-records/', 'src/fleet/'],
  'xen-api': ['src/xapi/'],
  undici: ['src/xapi/'],
  'src/xapi/': ['src/xapi/', 'src/mode-records/'],
  yargs: ['src/cli.ts', 'src/commands/'],
  'yargs/helpers': ['src/cli.ts', 'src/commands/'],
  'fast-glob': ['src/batch/'],
  'fastest-levenshtein': ['src/batch/'],
  'log-update': ['src/reporters/'],
  'src/main.ts': [],
  'src/cli.ts': ['src/main.ts'],
  'src/commands/': ['src/main.ts', 'src/cli.ts', 'src/commands/'],
  'src/convert.ts': ['src/commands/'],
  'src/look.ts': ['src/commands/'],
  'src/undo.ts': ['src/commands/'],
  'src/journals.ts': ['src/commands/'],
  'src/doctor.ts': ['src/commands/'],
  'src/convert-guest.ts': ['src/convert.ts'],
  // main.ts and the reporters see its events only.
  'src/batch/': [
    'src/main.ts',
    'src/commands/',
    'src/batch/',
    'src/reporters/',
    'src/report/',
    // Its jobs are images of a list, run as a batch runs them.
    'src/fleet/',
    // How much memory a conversion takes is known there.
    'src/doctor/',
  ],
  // A record that is in the queue's own database completes the job together with its flip.
  'src/fleet/queue/complete-with-record.ts': ['src/fleet/serve.ts', 'src/mode-records/invirt-flip.ts'],
  'src/fleet/': ['src/commands/', 'src/fleet/', 'src/report/', 'src/reporters/'],
  'src/report/': ['src/commands/', 'src/report/'],
  'src/stages/': [
    'src/convert.ts',
    'src/convert-guest.ts',
    'src/convert-options.ts',
    'src/look.ts',
    'src/undo.ts',
    'src/journals.ts',
    'src/doctor/',
    'src/commands/',
    'src/stages/',
    // What a conversion's process that died can't say itself: is the image half written?
    'src/batch/run-image.ts',
  ],
  // A page escapes what a terminal does, and then some.
  'src/reporters/escape.ts': ['src/main.ts', 'src/reporters/', 'src/report/page/html.ts'],
  'src/reporters/': ['src/main.ts', 'src/reporters/'],
};

function undocumented(text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const [, name] = /^export (?:async )?function\*? (\w+)/.exec(line) ?? arrowFunction(lines, index) ?? [];
    return name === undefined || lines[index - 1]?.endsWith('*/') ? [] : [name];
  });
}

/** `export const name = (…) =>`, where the arrow may stand some lines below. */
function arrowFunction(lines: readonly string[], index: number): RegExpExecArray | null {
  const declaration = /^export const (\w+)(?::[^=]*)? = (?:async )?(?:<[^>]*>)?\(/.exec(lines[index] ?? '');
  const rest = lines.slice(index, index + 8).join('\n');
  return declaration !== null && /^[^;]*?\)(?::[^;]*?)? =>/.test(rest) ? declaration : null;
}

const tokens = new RegExp(
  [
    String.raw`(?<template>\x60(?:\\.|[^\x60\\])*\x60)`,
    String.raw`(?<quoted>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")`,
    String.raw`(?<comment>\/\*[^]*?\*\/|\/\/.*)`,
    String.raw`(?<regex>(?<=[(,=:[!&|?{};>]\s*|\breturn\s+|^\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*)`,
  ].join('|'),
  'gm',
);

/** In templates what stands in `${…}` is code. */
const codeOf = (text: string): string =>
  text.replace(tokens, (token) => {
    if (!token.startsWith('`')) return token.startsWith('/') ? ' ' : "''";
    return (token.match(/\$\{[^}]*\}/g) ?? []).join(' ');
  });

const importPattern = /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const name = match[1] ?? match[2] ?? '';
    if (!name.startsWith('.')) return name;
    return posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');
  });
}

function isInCycle(path: string, all: readonly SourceFile[]): boolean {
  const importsBy = new Map(all.map((file) => [file.path, file.imports]));
  const todo = [...(importsBy.get(path) ?? [])];
  const seen = new Set<string>();
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next === path) return true;
    if (!seen.has(next)) todo.push(...(importsBy.get(next) ?? []));
    seen.add(next);
  }
  return false;
}

/** Everything that breaks a rule: `src/plan/x.ts: the rule: what`. */
function violations(sources: Sources): string[] {
  const files = [...sources].map(([path, text]) => ({
    path,
    text,
    code: codeOf(text),
    imports: importsOf(path, text),
    lazyImports: [...text.matchAll(/\bimport\('([^']+)'\)/g)].flatMap(([, name]) => name ?? []),
  }));
  return files.flatMap((file) =>
    Object.entries(checks).flatMap(([rule, check]) =>
      check(file, files).map((what) => `${file.path}: ${rule}: ${what}`),
    ),
  );
}

function readSources(directory: string): Map<string, string> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return new Map(paths.map((path) => [`${directory}/${path}`, readFileSync(`${directory}/${path}`, 'utf8')]));
}

test('the sources keep to the design', (t) => {
  const sources = readSources('src');
  t.true(sources.size > 100);
  t.deepEqual(violations(sources), []);
});

// ------------------------------------------------------------------------------------- a test that can't fail is none

const wrong: readonly [string, string, string][] = [
  ['src/plan/a.ts', "import { run } from '../tools/run.js';", 'src/tools/run.ts'],
  ['src/report/page/a.ts', "import { runBatch } from '../../batch/run-batch.js';", 'src/batch/run-batch.ts'],
  ['src/report/page/a.ts', 'const now = Date.now();', 'Date.now'],
  ['src/report/page/a.ts', "import { safe } from '../../reporters/escape.js';", 'src/reporters/escape.ts'],
  ['src/network/a.ts', "import type { Outcome } from '../events.js';", 'src/events.ts'],
  ['src/network/a.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
  ['src/guest-files/a.ts', "import {\n  withDir,\n} from 'tmp-promise';", 'tmp-promise'],
  ['src/guest-files/a.ts', "export * from '../errors.js';", 'src/errors.ts'],
  ['src/releases/a.ts', "import 'node:fs';", 'node:fs'],
  ['src/plan/a.ts', 'const now = () => Date.now();', 'Date.now'],
  ['src/plan/a.ts', `const now = \`\${new Date().toISOString()}\`;`, 'new Date'],
  ['src/plan/a.ts', 'const x = /[^"]\\/*/; const y = Math.random();', 'Math.random'],
  ['src/boot-loaders/a.ts', "const glob = '/etc/*'; const p = async () => 1; // */", 'async'],
  ['src/boot-loaders/a.ts', 'const home = process.env.HOME;', 'process.env'],
  ['src/releases/a.ts', "console.assert('x');", 'console.assert'],
  ['src/releases/a.ts', "const lazy = import('node:fs');", 'import('],
  ['src/stages/a.ts', "process.stderr.write('x');", 'process.stderr'],
  ['src/commands/a.ts', "console.error('x');", 'console.error'],
  ['src/stages/a.ts', "import { execa } from 'execa';", 'execa'],
  ['src/stages/a.ts', "const { default: pg } = await import('pg');", 'pg'],
  ['src/fleet/a.ts', "const { default: Boss } = await import('pg-boss');", 'pg-boss'],
  ['src/convert.ts', "import { addJobs } from './fleet/queue/add-jobs.js';", 'src/fleet/queue/add-jobs.ts'],
  ['src/tools/a.ts', "import { spawn } from 'node:child_process';", 'node:child_process'],
  ['src/stages/a.ts', "import { safe } from '../reporters/escape.js';", 'src/reporters/escape.ts'],
  ['src/convert.ts', "import { runBatch } from './batch/run-batch.js';", 'src/batch/run-batch.ts'],
  ['src/batch/a.ts', "import { open } from '../stages/open.js';", 'src/stages/open.ts'],
  ['src/tools/a.ts', "import { open } from '../stages/open.js';", 'src/stages/open.ts'],
  ['src/convert.ts', "import type { Argv } from 'yargs';", 'yargs'],
  ['src/state/a.ts', "export { a } from './a.js';", 'a cycle'],
  ['src/tools/string-utils.ts', '', 'utils'],
  ['src/common/a.ts', '', 'common'],
  ['src/state/a.ts', '// x\n'.repeat(241), '241 lines'],
  ['src/state/a.ts', 'export async function undone(): Promise<void> {}', 'undone'],
  ['src/state/a.ts', '/** Says it. */\n\nexport function undone(): void {}', 'undone'],
  ['src/state/a.ts', 'export const undone = (x: string): number => 1;', 'undone'],
  ['src/state/a.ts', 'export const undone = (\n  x: string,\n): number =>\n  1;', 'undone'],
];

for (const [path, text, what] of wrong) {
  test(`it notices ${what} in ${path}: ${text.slice(0, 60)}`, (t) => {
    const found = violations(new Map([[path, text]]));
    t.is(found.length, 1, found.join('\n'));
    t.true(found[0]?.endsWith(`: ${what}`), found[0]);
  });
}

const right: readonly [string, string][] = [
  ['src/plan/a.ts', "import { createTwoFilesPatch } from 'diff';\nimport type { Plan } from '../model.js';"],
  ['src/network/a.ts', "import { Buffer } from 'node:buffer';\nimport { x } from '../guest-files/x.js';"],
  [
    'src/plan/a.ts',
    "// await process.exit\n/* Date.now */ const says = 'console.log async', re = /await\\/*/;",
  ],
  ['src/plan/a.ts', `const text = \`await the console.log of \${name}\`;`],
  ['src/state/a.ts', '/** Waits. */\nexport async function waits(): Promise<void> {}\nexport const a = 1;'],
  ['src/state/a.ts', 'export const list = (1 + 2) * 3;\nconst f = () => 1;'],
  ['src/main.ts', "process.stdout.write('x');"],
  ['src/state/a.ts', '// x\n'.repeat(240)],
];

for (const [path, text] of right) {
  test(`it allows in ${path}: ${text.slice(0, 60)}`, (t) => {
    t.deepEqual(violations(new Map([[path, text]])), []);
  });
}
