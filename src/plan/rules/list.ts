import type { Rule } from '../../model.js';
import { bootLoaderRule } from './boot-loader.js';
import { consoleRule } from './console.js';
import { devicesRule } from './devices.js';
import { guestRule } from './guest.js';
import { hardwareNamesRule } from './hardware-names.js';
import { kernelRule } from './kernel.js';
import { networkRule } from './network.js';

/** Every rule, in the order in which they speak. A rule sees what the rules before it want. */
export const rules: readonly Rule[] = [
  guestRule,
  kernelRule,
  devicesRule,
  bootLoaderRule,
  hardwareNamesRule,
  consoleRule,
  networkRule,
];
