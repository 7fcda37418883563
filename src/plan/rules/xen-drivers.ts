import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import { parameterValues } from '../../guest-files/kernel-command-line.js';
import type { Facts, Problem, Request, Rule } from '../../model.js';
import { bootTarget } from '../boot-target.js';
import { refusals } from '../refusals.js';

/** modprobe takes `-` and `_` for the same; an install line that runs something else than modprobe disables, too. */
const disabling =
  /^\s*(?:blacklist\s+xen[-_](?:blk|net)front\b|install\s+xen[-_](?:blk|net)front\s+(?!.*modprobe))/m;

/** A guest that keeps the drivers of Xen's disks or network cards from loading is refused; it meant something by it. */
export const xenDriversRule: Rule = {
  name: 'Xen drivers',
  apply: (facts, request) => ({
    edits: [],
    problems: [...onCommandLine(facts, request), ...inModprobeFiles(facts)],
    notices: [],
  }),
};

function onCommandLine(facts: Facts, request: Request): Problem[] {
  const commandLine = bootTarget(facts, request.boot)?.commandLine ?? '';
  const names = ['modprobe.blacklist', 'module_blacklist'].flatMap((name) =>
    parameterValues(commandLine, name),
  );
  const isDisabled = names.some((list) =>
    list.split(',').some((name) => /^xen[-_](blk|net)front$/.test(name)),
  );
  return isDisabled ? [refusals['xen-driver-disabled']('the kernel command line')] : [];
}

function inModprobeFiles({ tree }: Facts): Problem[] {
  return namesIn(tree, '/etc/modprobe.d')
    .filter((name) => name.endsWith('.conf'))
    .map((name) => `/etc/modprobe.d/${name}`)
    .filter((path) => disabling.test(textAt(tree, path) ?? ''))
    .map((path) => refusals['xen-driver-disabled'](path));
}
