import { resolvePath } from '../../guest-files/guest-tree.js';
import type { BootTarget, Facts, Kernel, Rule } from '../../model.js';
import { bootTarget } from '../boot-target.js';
import { bootWayNotices, bootWayProblems } from '../boot-way.js';

/**
 * Whoever is to find the guest's kernel must be able to read it and to unpack it. Speaks behind the boot loader's rule,
 * which decides which kernel that is. It edits nothing.
 */
export const bootWayRule: Rule = {
  name: 'boot way',
  needsKernel: true,
  apply: (facts, { boot }) => {
    const kernel = kernelOf(facts, bootTarget(facts, boot));
    return {
      edits: [],
      problems: bootWayProblems(facts, boot, kernel),
      notices: bootWayNotices(facts, boot),
    };
  },
};

function kernelOf({ kernels, tree }: Facts, target: BootTarget | undefined): Kernel | undefined {
  const file = target === undefined ? undefined : resolvePath(tree, target.kernel);
  return kernels.find(({ path }) => file !== undefined && resolvePath(tree, path) === file);
}
