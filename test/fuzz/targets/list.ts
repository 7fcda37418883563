import type { FuzzTarget } from '../target.js';
import { binaryTargets } from './binary.js';
import { bootLoaderTargets } from './boot-loaders.js';
import { guestFileTargets } from './guest-files.js';
import { networkTargets } from './network.js';
import { planTargets } from './plan.js';

/** Every parser of something that a guest, or whoever made its image, has written. */
export const targets: readonly FuzzTarget[] = [
  ...networkTargets,
  ...bootLoaderTargets,
  ...guestFileTargets,
  ...binaryTargets,
  ...planTargets,
];
