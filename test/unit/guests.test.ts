/**
 * Golden guests: `test/guests/<case>/` holds the texts of a guest at their real paths (`tree/`), its other facts, the
 * request, and what the tool then says (`expected.diff`). `release-*` shows each release of the catalogue as its installer or
 * its cloud image leaves it. To write what the tool says now, for review as a diff in git:
 *
 *     npm run build && UPDATE_GOLDEN=1 npx ava dist/test/unit/guests.test.js
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { Event } from '../../src/events.js';
import type {
  DesiredNode,
  Facts,
  FileStep,
  GuestNode,
  GuestTree,
  Kernel,
  Planning,
  Step,
} from '../../src/model.js';
import { plan } from '../../src/plan/plan.js';
import { rules } from '../../src/plan/rules/list.js';
import { readRelease } from '../../src/releases/release.js';
import { choosePaint } from '../../src/reporters/paint.js';
import { createTextReporter } from '../../src/reporters/text.js';
import { builtInSites, type KernelFlags, makeRequest, type NetworkFlags } from '../../src/request.js';
import { guestTree } from './network/guest-tree-of.js';

const root = 'test/guests';

/** `facts.json`: what isn't in the texts. */
interface CaseFacts extends Omit<Facts, 'tree' | 'release' | 'kernels' | 'packages'> {
  /** Installed packages with their versions; none where nothing is said. */
  readonly packages?: Readonly<Record<string, string>>;
  readonly kernels: readonly (Omit<Kernel, 'initramfs'> & { readonly initramfs?: CaseInitramfs })[];
  /** What isn't a text: links, directories, files that weren't read. */
  readonly nodes: Readonly<Record<string, GuestNode>>;
  /** In octal, as chmod takes them; 644 where nothing is said. */
  readonly modes: Readonly<Record<string, string>>;
}

/** A case that has a `base` is that case with other texts, nodes, modes and packages on top and other kernels. */
type VariantFacts = Partial<CaseFacts> & { readonly base: string };

type CaseInitramfs = Omit<NonNullable<Kernel['initramfs']>, 'texts'> & {
  readonly texts: Readonly<Record<string, string>>;
};

function readCase(folder: string): { facts: Facts; flags: NetworkFlags & KernelFlags } {
  const { nodes, kernels, packages = {}, modes: _, ...rest } = readCaseFacts(folder);
  const flags: NetworkFlags & KernelFlags = JSON.parse(readFileSync(`${folder}/request.json`, 'utf8'));
  const tree = guestTree({ ...nodes, ...readTexts(folder) });
  const release = readRelease(tree);
  if (release === undefined) throw new Error(`${folder} has no os-release`);
  return {
    facts: {
      ...rest,
      release,
      kernels: kernels.map(kernelOf),
      packages: new Map(Object.entries(packages)),
      tree,
    },
    flags,
  };
}

function readCaseFacts(folder: string): CaseFacts {
  const own: CaseFacts | VariantFacts = JSON.parse(readFileSync(`${folder}/facts.json`, 'utf8'));
  if (!('base' in own)) return own;
  const { base, ...differing } = own;
  const under = readCaseFacts(`${root}/${base}`);
  return {
    ...under,
    ...differing,
    packages: { ...under.packages, ...differing.packages },
    nodes: { ...under.nodes, ...differing.nodes },
    modes: { ...under.modes, ...differing.modes },
  };
}

function readTexts(folder: string): Record<string, GuestNode> {
  const { base }: Partial<VariantFacts> = JSON.parse(readFileSync(`${folder}/facts.json`, 'utf8'));
  const { modes } = readCaseFacts(folder);
  const under = base === undefined ? {} : readTexts(`${root}/${base}`);
  const tree = `${folder}/tree`;
  const entries = existsSync(tree) ? readdirSync(tree, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
  const texts = files.map((file): [string, GuestNode] => {
    const path = file.slice(tree.length);
    const mode = Number.parseInt(modes[path] ?? '644', 8);
    return [path, { kind: 'file', text: readFileSync(file, 'latin1'), mode }];
  });
  return { ...under, ...Object.fromEntries(texts) };
}

function kernelOf({ initramfs, ...kernel }: CaseFacts['kernels'][number]): Kernel {
  if (initramfs === undefined) return kernel;
  return { ...kernel, initramfs: { ...initramfs, texts: new Map(Object.entries(initramfs.texts)) } };
}

/** What `convert-image plan` shows. */
function shown(planning: Planning): string {
  let text = '';
  const say = (part: string) => {
    text += part;
  };
  const paint = choosePaint('never', false, {});
  const report = createTextReporter({ out: say, err: say, paint, verbosity: 'normal', shows: 'plan' });
  for (const event of eventsOf(planning)) report(event);
  return text;
}

function eventsOf(planning: Planning): Event[] {
  const disk = 'the guest';
  if (planning.kind === 'refusal')
    return [{ type: 'outcome', disk, outcome: 'refused', problems: planning.problems }];
  if (planning.kind === 'installation') {
    const { packages, steps, notices } = planning;
    return [
      ...notices.map((notice): Event => ({ type: 'notice', notice })),
      { type: 'installation', packages, steps },
    ];
  }
  const { notices } = planning.plan;
  const record = { kind: 'none', reason: 'none was asked for' } as const;
  return [
    ...notices.map((notice): Event => ({ type: 'notice', notice })),
    { type: 'plan', plan: planning.plan },
    ...(planning.kind === 'plan'
      ? []
      : [{ type: 'outcome', disk, outcome: planning.kind, record, problems: [] } as const]),
  ];
}

function applied(tree: GuestTree, steps: readonly Step[]): GuestTree {
  const after = new Map(tree);
  for (const { path, before, after: node } of steps.filter((step) => step.kind === 'file')) {
    if (node.kind === 'absent') after.delete(path);
    else after.set(path, guestNode(node, before));
  }
  return after;
}

function repaired(kernel: Kernel, steps: readonly Step[]): Kernel {
  const { initramfs } = kernel;
  const added = steps.flatMap((step) =>
    step.kind === 'initramfs' && step.path === initramfs?.path ? step.modules : [],
  );
  if (initramfs === undefined) return kernel;
  return { ...kernel, initramfs: { ...initramfs, modules: [...initramfs.modules, ...added] } };
}

function guestNode(node: Exclude<DesiredNode, { kind: 'absent' }>, before: FileStep['before']): GuestNode {
  if (node.kind === 'symlink') return node;
  return { kind: 'file', text: node.text, mode: node.mode ?? (before.kind === 'file' ? before.mode : 0o644) };
}

function readExpected(file: string, now: string): string {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, now);
  return readFileSync(file, 'utf8');
}

const cases = readdirSync(root).filter((name) => existsSync(`${root}/${name}/facts.json`));

test('there are guests', (t) => {
  t.true(cases.length >= 15);
});

for (const name of cases) {
  const { facts, flags } = readCase(`${root}/${name}`);
  const request = makeRequest(flags, builtInSites);
  const planning = plan(facts, request, rules);

  test(`${name}: as expected`, (t) => {
    const now = shown(planning);
    t.is(now, readExpected(`${root}/${name}/expected.diff`, now));
  });

  if (planning.kind !== 'plan' && planning.kind !== 'already-pv') continue;
  const { steps, boot } = planning.plan;
  const after = {
    ...facts,
    tree: applied(facts.tree, steps),
    kernels: facts.kernels.map((kernel) => repaired(kernel, steps)),
  };

  test(`${name}: the result needs nothing more`, (t) => {
    const again = plan(after, request, rules);
    t.is(again.kind, 'already-pv', shown(again));
    t.deepEqual('plan' in again ? again.plan.boot : undefined, boot);
  });

  test(`${name}: verify, which knows no address, finds it ready`, (t) => {
    const again = plan(after, makeRequest({ keepDhcp: true }, {}), rules);
    t.is(again.kind, 'already-pv', shown(again));
  });
}
