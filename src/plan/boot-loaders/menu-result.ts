import type { PygrubAnswer } from '../../boot-loaders/pygrub.js';
import type { Edit, Facts, Notice, Problem, RuleResult } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import type { BootReading } from './boot-loader.js';
import { guestPath } from './entry-checks.js';

/** The result of a menu that can't be converted. */
export const refusal = (problem: Problem): RuleResult => ({ edits: [], problems: [problem], notices: [] });

/** Why a menu that is no readable file boots nothing. */
export const unreadFile = (menu: string): Problem =>
  bootRefusals['unreadable-by-pygrub']('it is not a regular file of less than 1 MiB', menu);

/** What boots by the menu at this path, as pygrub reads it; `answer` is undefined where there is no text. */
export function pygrubReading(facts: Facts, menu: string, answer: PygrubAnswer | undefined): BootReading {
  if (answer === undefined) return { kind: 'refuses', problem: unreadFile(menu) };
  if (answer.kind === 'refuses') {
    return { kind: 'refuses', problem: bootRefusals['unreadable-by-pygrub'](answer.reason, menu) };
  }
  const { title, kernel, initramfs, commandLine } = answer;
  const paths = initramfs === undefined ? {} : { initramfs: guestPath(facts, menu, initramfs) };
  const choice = { title, kernel: guestPath(facts, menu, kernel), commandLine: commandLine.trim(), ...paths };
  return { kind: 'boots', choice };
}

/** A file's new text. */
export const textEdit = (path: string, text: string, reason: string): Edit => ({
  path,
  node: { kind: 'file', text },
  reason,
});

/** Says that another entry boots by default than before. Undefined titles are of menus without such an entry. */
export function defaultNotices(program: string, was: string | undefined, is: string | undefined): Notice[] {
  if (was === undefined || is === undefined || was === is) return [];
  const message = `${program} booted ${was} by default; now it boots ${is}, as pygrub does`;
  return [{ code: 'default-entry-changed', message }];
}
