import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { DesiredNode, Facts, FileStep, GuestNode, GuestTree, Kernel, Step } from '../../src/model.js';
import { readRelease } from '../../src/releases/release.js';
import type { KernelFlags, NetworkFlags } from '../../src/request.js';
import { guestTree } from './network/guest-tree-of.js';

/** The folder of the golden guests, from the top of the checkout. */
export const goldenRoot = 'test/guests';

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

/** One golden guest's facts, and the options with which it is planned. */
export function readGolden(name: string): { facts: Facts; flags: NetworkFlags & KernelFlags } {
  const folder = `${goldenRoot}/${name}`;
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
  const under = readCaseFacts(`${goldenRoot}/${base}`);
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
  const under = base === undefined ? {} : readTexts(`${goldenRoot}/${base}`);
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

/** Every golden guest. */
export const goldenNames = (): string[] =>
  readdirSync(goldenRoot).filter((name) => existsSync(`${goldenRoot}/${name}/facts.json`));

/** The guest's tree when these steps have been taken. */
export function applied(tree: GuestTree, steps: readonly Step[]): GuestTree {
  const after = new Map(tree);
  for (const { path, before, after: node } of steps.filter((step) => step.kind === 'file')) {
    if (node.kind === 'absent') after.delete(path);
    else after.set(path, guestNode(node, before));
  }
  return after;
}

/** A kernel whose initramfs has what these steps add. */
export function repaired(kernel: Kernel, steps: readonly Step[]): Kernel {
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
