import type { TextRange } from './replace-ranges.js';
import { withoutTrailingBlanks } from './trailing-blanks.js';

/** A command of extlinux.conf: `APPEND root=/dev/sda1 ro`. Keywords are the same in any case. */
export interface ExtlinuxCommand {
  /** In lower case. */
  readonly name: string;
  readonly argument: string;
  /** Of the argument. */
  readonly range: TextRange;
  /** Of the keyword. */
  readonly keyword: TextRange;
  /** Of the whole line, with its end. */
  readonly line: TextRange;
}

export interface ExtlinuxEntry {
  readonly label: string;
  readonly commands: readonly ExtlinuxCommand[];
}

export interface ExtlinuxConfig {
  /** Before the first label. */
  readonly settings: readonly ExtlinuxCommand[];
  readonly entries: readonly ExtlinuxEntry[];
}

/** Reads extlinux.conf(5) line by line. Total; every range is a stretch of the text. */
export function parseExtlinux(text: string): ExtlinuxConfig {
  const settings: ExtlinuxCommand[] = [];
  const entries: { label: string; commands: ExtlinuxCommand[] }[] = [];
  for (const command of commandsOf(text)) {
    if (command.name === 'label') entries.push({ label: command.argument, commands: [command] });
    else (entries.at(-1)?.commands ?? settings).push(command);
  }
  return { settings, entries };
}

function commandsOf(text: string): ExtlinuxCommand[] {
  const commands: ExtlinuxCommand[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const end = Math.min(text.length, start + line.length + 1);
    const [, blanks = '', name = '', gap = ''] = /^([ \t]*)([^ \t\r#][^ \t\r]*)?([ \t]*)/.exec(line) ?? [];
    const at = start + blanks.length;
    const from = at + name.length + gap.length;
    const argument = withoutTrailingBlanks(text.slice(from, start + line.length));
    if (name !== '') {
      commands.push({
        name: name.toLowerCase(),
        argument,
        range: { start: from, end: from + argument.length },
        keyword: { start: at, end: at + name.length },
        line: { start, end },
      });
    }
    start = end;
  }
  return commands;
}

/** The last command of that name. */
export const lastOf = (commands: readonly ExtlinuxCommand[], ...names: readonly string[]) =>
  commands.findLast(({ name }) => names.includes(name));

/**
 * The entry that extlinux boots when nobody touches a key: what ONTIMEOUT or DEFAULT names, or where DEFAULT names the
 * menu program the entry with MENU DEFAULT, or the first one.
 */
export function extlinuxDefault({ settings, entries }: ExtlinuxConfig): ExtlinuxEntry | undefined {
  const name = lastOf(settings, 'ontimeout')?.argument ?? lastOf(settings, 'default')?.argument;
  const isMenuDefault = ({ commands }: ExtlinuxEntry) =>
    commands.some((command) => command.name === 'menu' && /^default$/i.test(command.argument));
  return entries.find(({ label }) => label === name) ?? entries.find(isMenuDefault) ?? entries[0];
}
