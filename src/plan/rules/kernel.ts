import type { Rule } from '../../model.js';
import { bootablePvKernels, obstacle } from '../pv-kernels.js';
import { refusals } from '../refusals.js';

/** A guest without a kernel that can boot PV is refused, with the reason for each kernel. It edits nothing. */
export const kernelRule: Rule = {
  name: 'kernel',
  apply: (facts) => {
    if (facts.kernels.length === 0) return { edits: [], problems: [refusals['no-kernel']()], notices: [] };
    if (bootablePvKernels(facts).length > 0) return { edits: [], problems: [], notices: [] };
    const reasons = facts.kernels.slice(0, 5).map((kernel) => `${kernel.version}: ${obstacle(kernel) ?? ''}`);
    return { edits: [], problems: [refusals['no-pv-kernel'](reasons)], notices: [] };
  },
};
