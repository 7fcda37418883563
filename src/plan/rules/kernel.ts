import type { Facts, KernelRequest, PackageStep, Problem, Rule, RuleResult } from '../../model.js';
import { findReleaseRow } from '../../releases/release.js';
import type { KernelPackages, ReleaseRow } from '../../releases/release-row.js';
import { kernelChoices } from '../kernel-packages.js';
import { bootablePvKernels, obstacle } from '../pv-kernels.js';
import { refusals } from '../refusals.js';

/**
 * A guest without a kernel that can boot PV gets one, and one whose owner asks for a certain kernel gets that, each with
 * its headers. Refused is a guest whose release has no such kernel, or has all of them and still can't boot. Facts of
 * an installed guest want nothing more. It edits nothing.
 */
export const kernelRule: Rule = {
  name: 'kernel',
  apply: (facts, { kernel: request }) => {
    const isNeeded = bootablePvKernels(facts).length === 0;
    if (!isNeeded && request.install === 'if-needed') return nothing;
    const row = findReleaseRow(facts.release);
    if (row === undefined) return isNeeded ? refuse(problemOf(facts)) : nothing;
    const choices = kernelChoices(facts, row, request);
    return isNeeded ? mendGuest(facts, row, request, choices) : satisfyOwner(facts, row, request, choices);
  },
};

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

const refuse = (problem: Problem): RuleResult => ({ edits: [], problems: [problem], notices: [] });

function problemOf(facts: Facts): Problem {
  return facts.kernels.length === 0 ? refusals['no-kernel']() : refusals['no-pv-kernel'](obstaclesIn(facts));
}

/** Someone with more than five kernels gets the idea. */
const obstaclesIn = ({ kernels }: Facts): string[] =>
  kernels.slice(0, 5).map((kernel) => `${kernel.version}: ${obstacle(kernel) ?? ''}`);

/** An image that is installed and can't boot won't do so by being installed again. */
function mendGuest(
  facts: Facts,
  row: ReleaseRow,
  request: KernelRequest,
  choices: readonly KernelPackages[],
): RuleResult {
  const missing = choices.filter(({ image }) => !facts.packages.has(image));
  const why = facts.kernels.length === 0 ? ['there is no kernel in /boot (vmlinuz-VERSION)'] : [];
  const reasons = [...why, ...obstaclesIn(facts).map((text) => `no use as a PV guest: kernel ${text}`)];
  return missing.length === 0 ? refuse(problemOf(facts)) : install(facts, row, request, missing, reasons);
}

function satisfyOwner(
  facts: Facts,
  row: ReleaseRow,
  request: KernelRequest,
  choices: readonly KernelPackages[],
): RuleResult {
  if (choices.some((choice) => missingOf(choice, facts, request).length === 0)) return nothing;
  const reason = `--kernel ${request.package ?? 'install'} asks for it`;
  return install(facts, row, request, choices, [reason]);
}

function install(
  facts: Facts,
  row: ReleaseRow,
  request: KernelRequest,
  choices: readonly KernelPackages[],
  reasons: readonly string[],
): RuleResult {
  const tool = initramfsToolFor(facts, row);
  const [first = [], ...rest] = choices.map((choice) => [...missingOf(choice, facts, request), ...tool]);
  const packages: PackageStep = {
    kind: 'packages',
    packages: first,
    ...(rest.length === 0 ? {} : { alternatives: rest }),
    reasons: [...reasons, ...remarks(first, tool)],
  };
  return { ...nothing, packages };
}

const missingOf = ({ image, headers }: KernelPackages, { packages }: Facts, request: KernelRequest) =>
  [image, ...(request.headers && headers !== '' ? [headers] : [])].filter((name) => !packages.has(name));

/** Whatever writes the initramfs of a kernel when that is installed. */
const initramfsTools = ['initramfs-tools', 'dracut', 'tiny-initramfs', 'yaird', 'linux-initramfs-tool'];

/** Ubuntu's kernels only recommend such a tool, and recommended packages are left out. */
const initramfsToolFor = ({ packages }: Facts, row: ReleaseRow): string[] =>
  initramfsTools.some((name) => packages.has(name)) ? [] : [row.initramfsTool];

const remarks = (names: readonly string[], tool: readonly string[]): string[] => [
  ...names
    .filter((name) => name.startsWith('linux-headers'))
    .map((name) => `${name}: what modules for that kernel are built with (--no-headers leaves it out)`),
  ...tool.map((name) => `${name}: nothing in the guest writes an initramfs`),
];
