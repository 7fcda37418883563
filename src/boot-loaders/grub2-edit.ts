import { allEntries, type GrubSetting, parseGrubConfig, type TextRange } from './grub2.js';
import { isForOneBoot } from './grub2-default.js';

/** Applies `map` to the arguments of every line that loads a Linux kernel; every other byte stays. */
export function mapLinuxArguments(config: string, map: (commandLine: string) => string): string {
  const lines = allEntries(parseGrubConfig(config).items).flatMap(({ linux }) => linux);
  return replaceRanges(
    config,
    lines.map((line) => line.arguments),
    map,
  );
}

/** Makes every `set default=` name this number, but for the branch that GRUB takes for one single boot. */
export function setDefaultEntry(config: string, index: number): string {
  return setSettings(
    config,
    () => String(index),
    ({ name, value }) => name === 'default' && !isForOneBoot(value),
  );
}

/**
 * Makes every timeout one that ends: pygrub crashes at what isn't a whole number of seconds, and without one, or with a
 * negative one, it waits for a key forever, as GRUB does.
 */
export function setWholeTimeouts(config: string): string {
  const whole = setSettings(config, wholeSeconds, ({ name }) => name === 'timeout');
  if (/^[ \t]*set[ \t]+timeout[= \t]/m.test(whole)) return whole;
  const at = whole.search(/^[ \t]*(?:menuentry|submenu)[ \t]/m);
  return at < 0 ? whole : `${whole.slice(0, at)}set timeout=${stockTimeout}\n${whole.slice(at)}`;
}

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
  const values = new Map(changes.map(({ range, value }) => [range.start, map(value)]));
  return replaceRanges(
    config,
    changes.map(({ range }) => range),
    (before, start) => withQuotesOf(before, values.get(start) ?? ''),
  );
}

function withQuotesOf(before: string, value: string): string {
  const quote = /^(["']).*\1$/.exec(before)?.[1] ?? '';
  return quote + value + quote;
}

/** The ranges don't overlap and may come in any order. */
function replaceRanges(
  text: string,
  ranges: readonly TextRange[],
  replace: (part: string, start: number) => string,
): string {
  let result = '';
  let done = 0;
  for (const { start, end } of [...ranges].sort((one, other) => one.start - other.start)) {
    result += text.slice(done, start) + replace(text.slice(start, end), start);
    done = end;
  }
  return result + text.slice(done);
}
