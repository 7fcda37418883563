import type { Facts, GuestNode } from '../../../../src/model.js';
import { factsOf } from '../sample-guest.js';
import type { NetplanCase } from './netplan-cases.js';

export type NetplanGuest = Pick<NetplanCase, 'before'> & Partial<NetplanCase>;

/** A guest with these files in /etc/netplan; systemd 252, as in bookworm, unless said otherwise. */
export function netplanFacts({ before, systemd = 252, packages = {}, files = {} }: NetplanGuest): Facts {
  const texts: Record<string, string | GuestNode> = { ...files };
  for (const [name, text] of Object.entries(before)) texts[`/etc/netplan/${name}`] = text;
  return factsOf(texts, { systemdVersion: systemd, packages: new Map(Object.entries(packages)) });
}
