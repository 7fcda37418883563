import type { BootRequest, BootTarget, Facts } from '../model.js';
import { findBootLoader } from './boot-loaders/list.js';
import { bootWay } from './boot-way.js';

/**
 * What boots the guest as PV, as paths in its tree. Undefined when nothing would, which the boot loader's rule says
 * with the reason.
 */
export function bootTarget(facts: Facts, request: BootRequest): BootTarget | undefined {
  const way = bootWay(facts, request);
  const found = findBootLoader(facts.tree, way);
  const reading = found?.loader.read(facts, found.menu, way);
  if (reading?.kind !== 'boots') return undefined;
  const { kernel, initramfs, commandLine } = reading.choice;
  return {
    way,
    kernel,
    ...(initramfs === undefined ? {} : { initramfs }),
    commandLine,
    ...(request.target === undefined ? {} : { target: request.target }),
  };
}
