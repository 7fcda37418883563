/** How much memory a conversion may come to need, and whether there is enough for one more. */
import { noticeIn } from './notice-in.js';

const megabyte = 1024 * 1024;

/**
 * Of a conversion through the appliance, whose QEMU has a machine of 1.3 GB and more, or with a boot test; and of one that
 * reaches the guest's files directly: 150 MB for Node, and QEMU's storage daemon, the parsers and the commit beside it.
 */
export const shares = { heavy: 2300 * megabyte, light: 400 * megabyte } as const;

/** Which of the two a conversion is isn't known before the guest has been looked at; until then it may be heavy. */
export type Weight = keyof typeof shares | 'unknown';

const shareOf = (weight: Weight): number => (weight === 'light' ? shares.light : shares.heavy);

/**
 * Whether a new conversion, which may turn out to be heavy, fits beside those that run. What they have taken already is
 * no longer available and was promised to them: `usedBytes` counts it once only.
 */
export function fits(availableBytes: number, usedBytes: number, running: readonly Weight[]): boolean {
  const promised = running.reduce((sum, weight) => sum + shareOf(weight), 0);
  return availableBytes - Math.max(0, promised - usedBytes) >= shareOf('unknown');
}

/** The weight of a conversion after a line of its events. One that has needed the appliance stays heavy. */
export function weightAfter(
  weight: Weight,
  event: Readonly<Record<string, unknown>>,
  isBootTested: boolean,
): Weight {
  const { type, access, stage } = event;
  if (access === 'appliance' || noticeIn(event)?.code === 'appliance' || type === 'installation')
    return 'heavy';
  if (isBootTested || weight === 'heavy') return weight;
  // From here on nothing can be missing any more that only the appliance could install.
  return type === 'plan' || (type === 'stage-started' && stage === 'apply') ? 'light' : weight;
}
