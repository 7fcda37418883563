import { textAt } from '../../guest-files/guest-tree.js';
import { canBeContinued } from '../../guest-files/initramfs-addition.js';
import type { Edit, Facts, InitramfsStep, Kernel, Rule } from '../../model.js';
import { bootablePvKernels, obstacle } from '../pv-kernels.js';

const driver = 'xen-blkfront';
const path = '/etc/initramfs-tools/modules';

/**
 * Where no kernel boots as PV only because its initramfs lacks the driver of Xen's disks (MODULES=dep on emulated
 * disks), the newest such initramfs gets it, and the guest's next update-initramfs puts it there again.
 */
export const initramfsRule: Rule = {
  name: 'initramfs',
  apply: (facts, request) => {
    const kernel = facts.kernels.find(canBeMended);
    const isWanted = bootablePvKernels(facts).length === 0 && request.kernel.install === 'if-needed';
    if (!isWanted || kernel === undefined) return { edits: [], problems: [], notices: [] };
    return { edits: listDriver(facts), problems: [], notices: [], initramfs: [stepFor(kernel)] };
  },
};

const reason = `${driver}, the driver of Xen's disks, is missing from it, and the root file system is on one`;

const stepFor = ({ version, initramfs }: Kernel): InitramfsStep => ({
  kind: 'initramfs',
  path: initramfs?.path ?? '',
  kernel: version,
  modules: [driver],
  reasons: [reason],
});

/** Everything else that a PV guest needs is there. initramfs-tools leaves its settings inside, other tools don't. */
function canBeMended(kernel: Kernel): boolean {
  const { config, initramfs } = kernel;
  if (initramfs === undefined || config?.blkfront !== 'module') return false;
  const isIntact = initramfs.damage === undefined && initramfs.modules.length > 0;
  const isOfInitramfsTools = initramfs.texts.has('conf/initramfs.conf');
  if (!isIntact || !isOfInitramfsTools || !canBeContinued(initramfs.compression)) return false;
  const modules = [...initramfs.modules, driver];
  return obstacle({ ...kernel, initramfs: { ...initramfs, modules } }) === undefined;
}

function listDriver({ tree }: Facts): Edit[] {
  const text = textAt(tree, path) ?? '';
  if (text.split('\n').some((line) => line.trim().replaceAll('_', '-') === driver)) return [];
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  const node = { kind: 'file', text: `${text}${separator}${driver}\n` } as const;
  return [{ path, node, reason: `the guest's next update-initramfs would leave out ${driver} again` }];
}
