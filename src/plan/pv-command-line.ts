import { toPvCommandLine } from '../guest-files/kernel-command-line.js';
import type { Facts } from '../model.js';
import { createDeviceMap } from './device-names.js';
import { wantedConsole } from './pv-kernels.js';

/** What every kernel command line of this guest becomes, and every part of one. */
export function pvCommandLineMap(facts: Facts): (text: string) => string {
  const options = { console: wantedConsole(facts), mapDevice: createDeviceMap(facts) };
  return (text) => toPvCommandLine(text, options);
}
