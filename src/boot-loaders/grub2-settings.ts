import { type ShellVariables, setAssignment, sourceAssignments } from '../guest-files/key-value.js';
import { wholeSeconds } from './grub2-edit.js';

/** A file that grub-mkconfig sources: /etc/default/grub, then /etc/default/grub.d/*.cfg in lexical order. */
export interface GrubDefaultsFile {
  readonly path: string;
  readonly text: string;
}

/** The variables as the last file leaves them. */
export const variablesOf = (files: readonly GrubDefaultsFile[]): ShellVariables =>
  sourceAssignments(files.map(({ text }) => text));

/** The files in which nothing that is added would be read, because a quote or a block isn't closed: update-grub fails there. */
export const unfinishedFiles = (files: readonly GrubDefaultsFile[]): string[] =>
  files
    .filter(({ text }) => sourceAssignments([`${text}\nEND=yes\n`])('END') !== 'yes')
    .map(({ path }) => path);

/** Sets the variable where it gets its value now, if no later file overrules that; without such a file, in the first. */
export function setInLastFile(
  files: readonly GrubDefaultsFile[],
  name: string,
  value: string,
): readonly GrubDefaultsFile[] {
  const setting = files.findLastIndex(({ text }) => sourceAssignments([text])(name) !== '');
  const changed = setInFile(files, Math.max(0, setting), name, value);
  return variablesOf(changed)(name) === value ? changed : setInFile(files, files.length - 1, name, value);
}

const setInFile = (files: readonly GrubDefaultsFile[], chosen: number, name: string, value: string) =>
  files.map((file, index) =>
    index === chosen ? { ...file, text: setAssignment(file.text, name, value) } : file,
  );

/** Whether a timeout is a whole number of seconds, or none. */
export const isWholeTimeout = (timeout = ''): boolean => timeout === '' || wholeSeconds(timeout) === timeout;

/** Makes the timeouts of the settings whole numbers of seconds, as `setWholeTimeouts` does with those of grub.cfg. */
export const setWholeTimeoutSettings = (files: readonly GrubDefaultsFile[]): readonly GrubDefaultsFile[] =>
  ['GRUB_TIMEOUT', 'GRUB_RECORDFAIL_TIMEOUT'].reduce((changed, name) => {
    const timeout = variablesOf(changed)(name);
    return isWholeTimeout(timeout) ? changed : setInLastFile(changed, name, wholeSeconds(timeout ?? ''));
  }, files);
