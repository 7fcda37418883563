import { allEntries, type GrubSetting, parseGrubConfig } from './grub2.js';
import { isForOneBoot } from './grub2-default.js';
import { replaceRanges } from './replace-ranges.js';

/** Applies `map` to the arguments of every line that loads a Linux kernel; every other byte stays. */
export function mapLinuxArguments(config: string, map: (commandLine: string) => string): string {
  const ranges = allEntries(parseGrubConfig(config).items).flatMap(({ linux }) =>
    linux.map((line) => line.arguments),
  );
  return replaceRanges(
    config,
    ranges.map((range) => ({ range, text: map(config.slice(range.start, range.end)) })),
  );
}

/**
 * `set root='(/dev/sda,msdos1)'`, as GRUB 1.99~rc1 of Ubuntu 11.04 writes it, becomes `set root='(hd0,msdos1)'`: pygrub
 * gives up on names like sda, and of GRUB's own disks the first is hd0. The `search` behind it decides in GRUB anyway.
 */
export const setRootsByNumber = (config: string): string =>
  config.replace(
    /^([ \t]*set[ \t]+root=)(["']?)\(?\/dev\/(?:hd|sd|vd)a(,\w+)?\)?\2(?=[ \t\r]*$)/gm,
    (_, start: string, quote: string, part = '') => `${start}${quote}(hd0${part})${quote}`,
  );

/** Makes every `set default=` name this number, but for the branch that GRUB takes for one single boot. */
export function setDefaultEntry(config: string, index: number): string {
  return setSettings(
    config,
    () => String(index),
    ({ name, value }) => name === 'default' && !isForOneBoot(value),
  );
}

/**
 * Whether both GRUB and pygrub boot by themselves after a while. Each takes the last timeout, pygrub that of the last
 * `set timeout=`: it crashes if that isn't a whole number of seconds. Without one, or with a negative one, both wait
 * for a key forever. An earlier -1 does no harm: Ubuntu's grub-mkconfig writes it for a boot that failed and for Shift.
 */
export function hasWholeTimeout(config: string): boolean {
  const last = parseGrubConfig(config).settings.findLast(({ name }) => name === 'timeout');
  return [last, setTimeouts(config).at(-1)].every(
    (setting) => setting !== undefined && wholeSeconds(setting.value) === setting.value,
  );
}

/** Makes every timeout a whole number of seconds, those of branches too, and adds one where there is none. */
export function setWholeTimeouts(config: string): string {
  const whole = setSettings(config, wholeSeconds, ({ name }) => name === 'timeout');
  if (setTimeouts(whole).length > 0) return whole;
  const at = whole.search(/^[ \t]*(?:menuentry|submenu)[ \t]/m);
  const added = at < 0 ? whole : `${whole.slice(0, at)}set timeout=${stockTimeout}\n${whole.slice(at)}`;
  return setTimeouts(added).length > 0 ? added : whole;
}

/** Those that pygrub sees. */
const setTimeouts = (config: string): GrubSetting[] =>
  parseGrubConfig(config).settings.filter(
    ({ name, range }) =>
      name === 'timeout' && /(?:^|[ \t])set[ \t]+timeout=$/.test(lineBefore(config, range.start)),
  );

const lineBefore = (config: string, end: number): string =>
  config.slice(config.lastIndexOf('\n', end - 1) + 1, end);

/** What grub-mkconfig itself uses when GRUB_TIMEOUT is empty. */
const stockTimeout = '5';

/** The whole part of a fraction; what isn't a number, or a negative one, becomes grub-mkconfig's own default. */
export function wholeSeconds(value: string): string {
  return /^[0-9]+/.exec(value)?.[0] ?? stockTimeout;
}

function setSettings(
  config: string,
  map: (value: string) => string,
  concerns: (setting: GrubSetting) => boolean,
): string {
  const settings = parseGrubConfig(config).settings.filter(concerns);
  const changes = settings.filter(({ value }) => map(value) !== value);
  return replaceRanges(
    config,
    changes.map(({ range, value }) => ({
      range,
      text: withQuotesOf(config.slice(range.start, range.end), map(value)),
    })),
  );
}

function withQuotesOf(before: string, value: string): string {
  const quote = /^(["']).*\1$/.exec(before)?.[1] ?? '';
  return quote + value + quote;
}
