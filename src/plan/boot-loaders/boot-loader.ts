import type { BootWay, Facts, Problem, RuleResult } from '../../model.js';

/** What boots by a configuration, with paths in the guest's tree. */
export interface BootChoice {
  readonly title: string;
  readonly kernel: string;
  readonly initramfs?: string;
  readonly commandLine: string;
}

export type BootReading =
  | { readonly kind: 'boots'; readonly choice: BootChoice }
  | { readonly kind: 'refuses'; readonly problem: Problem };

/** A program that starts the guest's kernel as HVM, and whose menu tells what is started as PV. */
export interface BootLoader {
  readonly name: string;
  /** Its menu in the guest, in the order in which pygrub looks for it (tools/pygrub, read_config). */
  readonly menus: readonly string[];
  /** Who can start the guest by this menu. */
  readonly ways: readonly BootWay[];
  /** What boots by the menu at this path, read as that way reads it. Whether the files exist isn't asked. */
  readonly read: (facts: Facts, menu: string, way: BootWay) => BootReading;
  /**
   * The edits after which a PV kernel boots that way, as HVM too, now and after the guest's next update of its menu.
   * Refuses what can't be brought there.
   */
  readonly convert: (facts: Facts, menu: string, way: BootWay) => RuleResult;
}
