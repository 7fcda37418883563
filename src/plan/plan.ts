import { resolvePath, sameNode } from '../guest-files/guest-tree.js';
import type {
  DesiredNode,
  Edit,
  Facts,
  FileStep,
  GuestNode,
  GuestTree,
  InitramfsStep,
  Kernel,
  Notice,
  PackageStep,
  Planning,
  Problem,
  Request,
  Rule,
  Step,
} from '../model.js';
import { bootRefusals } from './boot-refusals.js';
import { bootTarget } from './boot-target.js';
import { wantedConsole } from './pv-kernels.js';
import { refusals } from './refusals.js';

/** What the rules have wanted so far. */
interface Draft {
  readonly tree: GuestTree;
  readonly reasons: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  readonly isFinal: boolean;
  readonly kernels: readonly Kernel[];
  readonly initramfs: readonly InitramfsStep[];
  readonly packages: PackageStep | undefined;
}

/**
 * Lets every rule speak, each on what the rules before it left, and sums up: one step for each path, all problems at
 * once. A guest for which no rule wants anything is a PV guest already. Where a kernel has to be installed first, what
 * depends on it is planned afterwards, on fresh facts.
 */
export function plan(facts: Facts, request: Request, rules: readonly Rule[]): Planning {
  const draft = rules.reduce((before, rule) => applyRule(before, rule, facts, request), emptyDraft(facts));
  const { packages } = draft;
  const notices = unique(draft.notices);
  const steps: readonly Step[] = [...draft.initramfs, ...stepsOf(facts.tree, draft)];
  if (draft.problems.length > 0) return { kind: 'refusal', problems: unique(draft.problems) };
  const { values = [] } = request;
  if (packages !== undefined) return { kind: 'installation', packages, steps, notices, values };
  const drafted = factsOf(facts, draft);
  const boot = bootTarget(drafted, request.boot);
  if (boot === undefined) return { kind: 'refusal', problems: [bootRefusals['no-boot-loader']()] };
  const summary = { version: 1, steps, notices, values, boot, console: wantedConsole(drafted) } as const;
  return { kind: steps.length === 0 ? 'already-pv' : 'plan', plan: summary };
}

const emptyDraft = ({ tree, kernels }: Facts): Draft => ({
  tree,
  kernels,
  reasons: new Map(),
  problems: [],
  notices: [],
  isFinal: false,
  initramfs: [],
  packages: undefined,
});

/** The guest as it would be. */
const factsOf = (facts: Facts, { tree, kernels }: Draft): Facts => ({ ...facts, tree, kernels });

function applyRule(draft: Draft, rule: Rule, facts: Facts, request: Request): Draft {
  if (draft.isFinal || (rule.needsKernel === true && draft.packages !== undefined)) return draft;
  const result = rule.apply(factsOf(facts, draft), request);
  const { edits, problems, notices, isFinal = false, initramfs = [], packages } = result;
  const wanted = {
    ...draft,
    problems: [...draft.problems, ...problems],
    notices: [...draft.notices, ...notices],
    isFinal,
    initramfs: [...draft.initramfs, ...initramfs],
    kernels: draft.kernels.map((kernel) => withModules(kernel, initramfs)),
    packages: packages ?? draft.packages,
  };
  return edits.reduce(applyEdit, wanted);
}

function withModules(kernel: Kernel, steps: readonly InitramfsStep[]): Kernel {
  const { initramfs } = kernel;
  const step = steps.find(({ path }) => path === initramfs?.path);
  if (initramfs === undefined || step === undefined) return kernel;
  return { ...kernel, initramfs: { ...initramfs, modules: [...initramfs.modules, ...step.modules] } };
}

function applyEdit(draft: Draft, edit: Edit): Draft {
  const path = placeOf(draft.tree, edit);
  const present = path === undefined ? undefined : draft.tree.get(path);
  const obstacle = path === undefined ? 'a loop of symbolic links' : obstacleTo(edit.node, present);
  if (path === undefined || obstacle !== undefined) {
    const problem = refusals['unexpected-file-type'](edit.path, obstacle ?? '');
    return { ...draft, problems: [...draft.problems, problem] };
  }
  const tree = new Map(draft.tree);
  if (edit.node.kind === 'absent') tree.delete(path);
  else for (const [name, node] of changedNodes(draft.tree, path, edit.node)) tree.set(name, node);
  const reasons = new Map(draft.reasons).set(path, unique([...(draft.reasons.get(path) ?? []), edit.reason]));
  return { ...draft, tree, reasons };
}

/** A file's content belongs to what its path leads to; a link or a removal concerns the path's own last part. */
function placeOf(tree: GuestTree, { path, node }: Edit): string | undefined {
  if (node.kind === 'file') return resolvePath(tree, path);
  const slash = path.lastIndexOf('/');
  const parent = resolvePath(tree, path.slice(0, slash));
  return parent === undefined ? undefined : `${parent === '/' ? '' : parent}${path.slice(slash)}`;
}

function obstacleTo(desired: DesiredNode, present: GuestNode | undefined): string | undefined {
  if (present?.kind === 'directory') return 'a directory';
  if (desired.kind === 'absent' || present === undefined) return undefined;
  if (present.kind === 'special') return 'a device, a pipe or a socket';
  if (present.kind === 'unread') return `a file of ${present.bytes} bytes`;
  return undefined;
}

/** The node at a path, and at the file's other names, which show its new content too. */
function changedNodes(
  tree: GuestTree,
  path: string,
  desired: Exclude<DesiredNode, { kind: 'absent' }>,
): [string, GuestNode][] {
  const present = tree.get(path);
  const others = desired.kind === 'file' && present?.kind === 'file' ? (present.links ?? []) : [];
  return [path, ...others.filter((name) => tree.has(name))].map((name) => [
    name,
    asGuestNode(desired, tree.get(name)),
  ]);
}

function asGuestNode(
  desired: Exclude<DesiredNode, { kind: 'absent' }>,
  present: GuestNode | undefined,
): GuestNode {
  if (desired.kind === 'symlink') return desired;
  const mode = desired.mode ?? (present?.kind === 'file' ? present.mode : 0o644);
  const links = present?.kind === 'file' ? present.links : undefined;
  return { kind: 'file', text: desired.text, mode, ...(links === undefined ? {} : { links }) };
}

/** What differs between the guest and the draft, by path; an edit that changes nothing is no step. */
function stepsOf(original: GuestTree, draft: Draft): FileStep[] {
  const steps: FileStep[] = [];
  const written = new Set<string>();
  for (const [path, reasons] of draft.reasons) {
    const before = original.get(path) ?? { kind: 'absent' };
    const now = draft.tree.get(path) ?? { kind: 'absent' };
    if (sameNode(before, now) || written.has(path)) continue;
    const links = now.kind === 'file' ? (now.links ?? []) : [];
    for (const name of links) written.add(name);
    const note = links.length === 0 ? [] : [`the same file is called ${links.join(', ')} too`];
    steps.push({ kind: 'file', path, before, after: desiredOf(now), reasons: [...reasons, ...note] });
  }
  return steps.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Drafts hold only what edits put there, so that nothing unread can be asked for. */
function desiredOf(node: GuestNode | { readonly kind: 'absent' }): DesiredNode {
  return node.kind === 'file' || node.kind === 'symlink' ? node : { kind: 'absent' };
}

/** Without repetitions, first come first kept. */
function unique<T>(items: readonly T[]): T[] {
  const seen = new Map(items.map((item) => [JSON.stringify(item), item]));
  return [...seen.values()];
}
