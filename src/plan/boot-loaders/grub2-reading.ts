import { type GrubEntry, parseGrubConfig } from '../../boot-loaders/grub2.js';
import { grubDefaultEntry } from '../../boot-loaders/grub2-default.js';
import { type PygrubChoice, readAsPygrub } from '../../boot-loaders/pygrub.js';
import { withoutDisk } from '../../boot-loaders/without-disk.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { BootWay, Facts, Problem } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import type { BootChoice, BootReading } from './boot-loader.js';
import { choiceProblem, guestPath } from './entry-checks.js';

/** Where a text stands and who reads it. */
export interface Place {
  readonly facts: Facts;
  readonly menu: string;
  readonly way: BootWay;
}

/** The answer of a menu that boots nothing. */
export const refuses = (problem: Problem): BootReading => ({ kind: 'refuses', problem });

// ----------------------------------------------------------------------------------------------------- what boots

/** The entry that GRUB itself boots by this text. */
export const grubDefault = ({ tree }: Facts, config: string): GrubEntry | undefined =>
  grubDefaultEntry(parseGrubConfig(config), textAt(tree, '/boot/grub/grubenv'));

/** What boots by this text as the menu, read as its way reads it. */
export function readMenu(place: Place, config: string): BootReading {
  if (place.way !== 'pygrub') return readAsGrub(place, config);
  const choice = readAsPygrub(config);
  if (choice.kind === 'refuses') return refuses(bootRefusals['unreadable-by-pygrub'](choice.reason));
  return { kind: 'boots', choice: inGuest(place, choice) };
}

function readAsGrub(place: Place, config: string): BootReading {
  const entry = grubDefault(place.facts, config);
  if (entry?.isHypervisor === true) return refuses(bootRefusals['hypervisor-default-entry'](entry.title));
  const line = entry?.linux.at(-1);
  if (entry === undefined || line === undefined) return refuses(bootRefusals['no-linux-entries']());
  const files = entry.initramfs.at(-1) ?? [];
  if (files.length > 1 && place.way === 'kernel') {
    return refuses(bootRefusals['several-initramfs'](entry.title, files));
  }
  const commandLine = config.slice(line.arguments.start, line.arguments.end).trim();
  const initramfs = files.at(-1);
  // A path with a disk is in the menu's file system, too, where grub-mkconfig wrote it.
  const choice = { title: entry.title, kernel: withoutDisk(line.kernel), commandLine };
  const whole = initramfs === undefined ? choice : { ...choice, initramfs: withoutDisk(initramfs) };
  return { kind: 'boots', choice: inGuest(place, whole) };
}

function inGuest({ facts, menu }: Place, { title, kernel, initramfs, commandLine }: BootChoice): BootChoice {
  const choice = { title, kernel: guestPath(facts, menu, kernel), commandLine };
  return initramfs === undefined ? choice : { ...choice, initramfs: guestPath(facts, menu, initramfs) };
}

/** Why this text as the menu wouldn't boot a PV kernel, by pygrub and by GRUB alike; undefined when it would. */
export function menuProblem(place: Place, config: string): Problem | undefined {
  const entry = grubDefault(place.facts, config);
  if (entry?.isHypervisor === true) return bootRefusals['hypervisor-default-entry'](entry.title);
  const reading = readMenu(place, config);
  if (reading.kind === 'refuses') return reading.problem;
  const difference = place.way === 'pygrub' ? differenceOf(readAsPygrub(config), entry, config) : undefined;
  if (difference !== undefined) return bootRefusals['unreadable-by-pygrub'](difference);
  return choiceProblem(place.facts, reading.choice);
}

const differenceOf = (
  choice: ReturnType<typeof readAsPygrub>,
  entry: GrubEntry | undefined,
  config: string,
): string | undefined =>
  choice.kind === 'refuses' ? choice.reason : differenceFromGrub(choice, entry, config);

/** pygrub takes lines literally and looks for one initramfs only. */
function differenceFromGrub(
  choice: PygrubChoice,
  entry: GrubEntry | undefined,
  config: string,
): string | undefined {
  const line = entry?.linux.at(-1);
  const initramfs = entry?.initramfs.at(-1) ?? [];
  const commandLine = line === undefined ? '' : config.slice(line.arguments.start, line.arguments.end).trim();
  if (initramfs.length > 1) return `"${choice.title}" has several initrd files, and pygrub takes one`;
  if (choice.commandLine.endsWith('\\')) return `a line of "${choice.title}" goes on in the next one`;
  const isSame =
    line?.kernel === choice.kernel && commandLine === choice.commandLine && initramfs[0] === choice.initramfs;
  return isSame
    ? undefined
    : `GRUB boots "${entry?.title ?? ''}", pygrub "${choice.title}" with ${choice.kernel}`;
}
