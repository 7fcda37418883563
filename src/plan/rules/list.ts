import type { Rule } from '../../model.js';
import { bootLoaderRule } from './boot-loader.js';
import { bootWayRule } from './boot-way.js';
import { clockRule } from './clock.js';
import { cloudInitRule } from './cloud-init.js';
import { consoleRule } from './console.js';
import { debconfRule } from './debconf.js';
import { devicesRule } from './devices.js';
import { guestRule } from './guest.js';
import { hardwareNamesRule } from './hardware-names.js';
import { initramfsRule } from './initramfs.js';
import { kernelRule } from './kernel.js';
import { networkRule } from './network.js';
import { resumeRule } from './resume.js';
import { rootDeviceRule } from './root-device.js';
import { staticDevRule } from './static-dev.js';
import { xenDriversRule } from './xen-drivers.js';

/** Every rule, in the order in which they speak. A rule sees what the rules before it want. */
export const rules: readonly Rule[] = [
  guestRule,
  initramfsRule,
  kernelRule,
  devicesRule,
  bootLoaderRule,
  bootWayRule,
  debconfRule,
  hardwareNamesRule,
  rootDeviceRule,
  xenDriversRule,
  resumeRule,
  staticDevRule,
  consoleRule,
  clockRule,
  networkRule,
  cloudInitRule,
];
