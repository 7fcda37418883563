import { mapAssignments, type ShellVariables } from '../guest-files/key-value.js';
import { parseGrubConfig } from './grub2.js';
import { isForOneBoot } from './grub2-default.js';
import {
  hasWholeTimeout,
  mapLinuxArguments,
  setDefaultEntry,
  setRootsByNumber,
  setWholeTimeouts,
} from './grub2-edit.js';
import {
  type GrubDefaultsFile,
  isWholeTimeout,
  setInLastFile,
  setWholeTimeoutSettings,
  variablesOf,
} from './grub2-settings.js';

export interface Grub2Texts {
  /** The text of grub.cfg. */
  readonly config: string;
  /** In the order in which they are sourced. */
  readonly defaults: readonly GrubDefaultsFile[];
}

export interface Grub2Wish {
  /** Applied to whole command lines and to the values of variables that go into them. */
  readonly mapCommandLine: (text: string) => string;
  /** The entry to boot by default, which GRUB and pygrub have to count alike; undefined to keep what there is. */
  readonly defaultEntry: number | undefined;
  /** Adds what normal command lines lack, at their end; recovery entries do without. */
  readonly complete?: (text: string) => string;
}

/** The variables of which 10_linux and 20_linux_xen compose command lines. */
const commandLineVariables = new Set([
  'GRUB_CMDLINE_LINUX',
  'GRUB_CMDLINE_LINUX_DEFAULT',
  'GRUB_CMDLINE_LINUX_RECOVERY',
  'GRUB_CMDLINE_LINUX_XEN_REPLACE',
  'GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT',
]);

/**
 * Edits grub.cfg and the settings it is made from alike: if grub.cfg was what update-grub wrote, then the result is
 * what update-grub will write from the new settings, byte for byte (but for the `sleep` of a hidden menu whose timeout
 * was a fraction). Applied to its own result it changes nothing.
 */
export function convertGrub2(texts: Grub2Texts, wish: Grub2Wish): Grub2Texts {
  const mapped = texts.defaults.map((file) => ({
    ...file,
    text: mapAssignments(file.text, commandLineVariables, wish.mapCommandLine),
  }));
  const completed = completeNormal(mapped, wish.complete);
  const before = variablesOf(texts.defaults);
  const after = variablesOf(completed);
  const withLines = mapLinuxArguments(texts.config, (line) =>
    convertLine(line, { before, after }, wish.mapCommandLine),
  );
  const isEndless = !hasWholeTimeout(withLines) || !isWholeTimeout(before('GRUB_TIMEOUT'));
  const withTimeout = isEndless ? setWholeTimeouts(withLines) : withLines;
  const withDefault =
    wish.defaultEntry === undefined ? withTimeout : setDefaultEntry(withTimeout, wish.defaultEntry);
  const config = setRootsByNumber(withDefault);
  const withWholeTimeout = isEndless ? setWholeTimeoutSettings(completed) : completed;
  return { config, defaults: convertSettings(withWholeTimeout, config, wish.defaultEntry) };
}

function completeNormal(
  files: readonly GrubDefaultsFile[],
  complete: Grub2Wish['complete'],
): readonly GrubDefaultsFile[] {
  const whole = composeNormal(variablesOf(files));
  if (complete === undefined || whole === undefined || complete(whole) === whole) return files;
  const normally = variablesOf(files)('GRUB_CMDLINE_LINUX_DEFAULT') ?? '';
  return setInLastFile(files, 'GRUB_CMDLINE_LINUX_DEFAULT', complete(normally).trim());
}

interface Sourced {
  readonly before: ShellVariables;
  readonly after: ShellVariables;
}

/**
 * Where the line holds what 10_linux puts there, `${GRUB_CMDLINE_LINUX} ${GRUB_CMDLINE_LINUX_DEFAULT}` or, in recovery
 * entries, the first alone, the new values go there and only the rest is mapped: a console that one variable names
 * and the other doesn't then ends up in the line as in a regenerated one.
 */
function convertLine(line: string, { before, after }: Sourced, map: (text: string) => string): string {
  for (const compose of [composeNormal, composeRecovery]) {
    const old = compose(before);
    const now = compose(after);
    if (old === undefined || now === undefined) continue;
    // Without settings a normal line ends with the blanks around them.
    if (old === ' ' && now !== old && line.endsWith('  ')) return map(line.slice(0, -1)) + now;
    if (old.trim() === '') continue;
    // The settings are as they should be: a line made from older ones that is, too, needs nothing.
    if (old === now && map(line) === line) return line;
    const start = line.lastIndexOf(old);
    const end = start + old.length;
    if (start >= 0 && isBoundary(line[start - 1]) && isBoundary(line[end])) {
      return map(line.slice(0, start)) + now + map(line.slice(end));
    }
  }
  return map(line);
}

const isBoundary = (character: string | undefined): boolean => character === undefined || character === ' ';

const composeRecovery = (variables: ShellVariables): string | undefined => variables('GRUB_CMDLINE_LINUX');

function composeNormal(variables: ShellVariables): string | undefined {
  const always = variables('GRUB_CMDLINE_LINUX');
  const normally = variables('GRUB_CMDLINE_LINUX_DEFAULT');
  return always === undefined || normally === undefined ? undefined : `${always} ${normally}`;
}

function convertSettings(
  files: readonly GrubDefaultsFile[],
  config: string,
  defaultEntry: number | undefined,
): readonly GrubDefaultsFile[] {
  const variables = variablesOf(files);
  const wanted = new Map<string, string>();
  if (defaultEntry !== undefined && !namesEntry(variables('GRUB_DEFAULT'), defaultEntry)) {
    wanted.set('GRUB_DEFAULT', String(defaultEntry));
  }
  if (hasRootByUuid(config) && disablesUuid(variables)) wanted.set('GRUB_DISABLE_LINUX_UUID', 'false');
  return [...wanted].reduce((changed, [name, value]) => setInLastFile(changed, name, value), files);
}

/** Whether grub.cfg and the settings both name the default entry by this number, and nothing else does it. */
export function namesDefaultEntry({ config, defaults }: Grub2Texts, index: number): boolean {
  const names = parseGrubConfig(config).settings.filter(({ name }) => name === 'default');
  const isNamed = names.every(({ value }) => value === String(index) || isForOneBoot(value));
  return isNamed && namesEntry(variablesOf(defaults)('GRUB_DEFAULT'), index);
}

const namesEntry = (value: string | undefined, index: number): boolean =>
  value === String(index) || (value === '' && index === 0);

const hasRootByUuid = (config: string): boolean => /^[ \t]*linux[ \t].*[ \t]root=UUID=/m.test(config);

/** GRUB_DISABLE_UUID (GRUB 2.06) counts only while the older variable is empty. */
function disablesUuid(variables: ShellVariables): boolean {
  const forLinux = variables('GRUB_DISABLE_LINUX_UUID');
  return (forLinux === '' ? variables('GRUB_DISABLE_UUID') : forLinux) === 'true';
}
