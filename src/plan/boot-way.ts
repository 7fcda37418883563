import type { BootRequest, BootWay, Facts, Kernel, Notice, Problem } from '../model.js';
import { bootWayRefusals } from './boot-way-refusals.js';
import { bootablePvKernels } from './pv-kernels.js';
import { pvgrub2Obstacle } from './pvgrub2-obstacle.js';
import { pygrubObstacle } from './pygrub-obstacle.js';

/**
 * Who finds the kernel when the guest starts: as asked for, or else pygrub where it can read the guest's boot files, or
 * else GRUB built for PV. The kernel has no say: GRUB unpacks no kernel that the domain builder can't, but for lzo.
 */
export function bootWay(facts: Facts, { way }: BootRequest): BootWay {
  if (way !== 'auto') return way;
  return pygrubObstacle(facts) === undefined ? 'pygrub' : 'pvgrub2';
}

/** Why the guest can't start that way. `kernel` is the one that is going to boot: the newest able one unless known. */
export function bootWayProblems(
  facts: Facts,
  request: BootRequest,
  kernel: Kernel | undefined = bootablePvKernels(facts)[0],
): Problem[] {
  return [...wayProblems(facts, request, kernel), ...pvhProblems(kernel, request)];
}

function pvhProblems(kernel: Kernel | undefined, { target }: BootRequest): Problem[] {
  if (target !== 'pvh' || kernel?.image === undefined || kernel.image.pvh === true) return [];
  return [bootWayRefusals['kernel-not-pvh'](kernel.path)];
}

function wayProblems(facts: Facts, request: BootRequest, kernel: Kernel | undefined): Problem[] {
  const unreadable = pygrubObstacle(facts);
  switch (bootWay(facts, request)) {
    case 'pygrub': {
      const problems = dom0Problems(kernel, request);
      return unreadable === undefined
        ? problems
        : [bootWayRefusals['pygrub-cannot-read'](unreadable), ...problems];
    }
    case 'pvgrub2': {
      const obstacle = pvgrub2Obstacle(facts, kernel);
      if (obstacle === undefined) return [];
      return request.way === 'auto' && unreadable !== undefined
        ? [bootWayRefusals['no-way-to-boot'](unreadable, obstacle)]
        : [bootWayRefusals['pvgrub2-cannot-boot'](obstacle)];
    }
    case 'kernel':
      return dom0Problems(kernel, request);
  }
}

/** Why the guest starts otherwise than by pygrub, where nobody has asked for that. */
export function bootWayNotices(facts: Facts, { way }: BootRequest): Notice[] {
  const obstacle = way === 'auto' ? pygrubObstacle(facts) : undefined;
  if (obstacle === undefined) return [];
  const message = `the guest will start by GRUB built for PV, since pygrub can't read its boot files: ${obstacle}`;
  return [{ code: 'boot-way', message }];
}

/** The domain builder of dom0 unpacks the kernel that pygrub or the record hands it. */
function dom0Problems(kernel: Kernel | undefined, { cannotUnpack }: BootRequest): Problem[] {
  const compression = kernel?.image?.compression;
  if (kernel === undefined || compression === undefined || !cannotUnpack.includes(compression)) return [];
  return [bootWayRefusals['dom0-cannot-unpack'](kernel.path, compression)];
}
