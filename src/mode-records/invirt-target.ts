import type { Problem } from '../model.js';
import type { Machine } from './invirt-machine.js';
import { invirtProblems } from './invirt-problems.js';

export type PvType =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Which type makes the machine a PV one: what the configuration says, else the same name without `-hvm`, as Invirt's
 * `linux-hvm` and `linux` are remembered. It must be there and say `hvm = false`; nothing is guessed beyond that.
 */
export function pvTypeOf({ type, types }: Machine, pvTypes: Readonly<Record<string, string>>): PvType {
  const mapped = Object.hasOwn(pvTypes, type) ? pvTypes[type] : undefined;
  const wanted = mapped ?? (type.endsWith('-hvm') ? type.slice(0, -'-hvm'.length) : undefined);
  const found = types.find(({ key }) => key === wanted);
  if (found?.hvm === false) return { kind: 'type', type: found.key };
  const candidates = types.filter(({ hvm }) => hvm === false).map(({ key }) => key);
  const wrong =
    wanted === undefined
      ? "its name doesn't end in -hvm"
      : found === undefined
        ? `there is no type ${wanted}`
        : `${wanted} is no PV type`;
  return { kind: 'problem', problem: invirtProblems['record-no-pv-type'](type, wrong, candidates) };
}
