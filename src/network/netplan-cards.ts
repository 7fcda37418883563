import { xenDriver } from './device-match.js';
import { isGlob, matchesGlob } from './glob.js';
import type { NetplanDefinition, NetplanView } from './netplan.js';

/** How a definition of `ethernets:` says which card it is for. */
export type CardSelector =
  /** One name, in the definition's id or in its match. */
  | { readonly kind: 'name'; readonly name: string }
  /** One MAC address; the card may get a name too. */
  | { readonly kind: 'mac'; readonly mac: string; readonly name?: string }
  /** Every card whose name fits, by whatever driver. */
  | { readonly kind: 'glob'; readonly glob: string }
  /** Every card of these drivers. */
  | { readonly kind: 'driver'; readonly drivers: readonly string[]; readonly glob: string };

/** Which cards a definition is for; undefined for bridges, bonds and VLANs. */
export function cardSelector({ section, id, match, setName }: NetplanDefinition): CardSelector | undefined {
  if (section !== 'ethernets') return undefined;
  if (match === undefined) return { kind: 'name', name: id };
  const { name = '*', macaddress, drivers } = match;
  if (macaddress !== undefined) {
    const given = setName ?? (isGlob(name) ? undefined : name);
    return { kind: 'mac', mac: macaddress, ...(given === undefined ? {} : { name: given }) };
  }
  if (drivers !== undefined) return { kind: 'driver', drivers, glob: name };
  return isGlob(name) ? { kind: 'glob', glob: name } : { kind: 'name', name };
}

/** The name that a definition means a card by, in its id or match, if it is one name. */
export const literalName = (definition: NetplanDefinition): string | undefined => {
  const selector = cardSelector(definition);
  if (selector === undefined) return undefined;
  if (selector.kind === 'name') return selector.name;
  const name = definition.match?.name;
  return name === undefined || isGlob(name) ? undefined : name;
};

/** What an interface is called today, as far as its definition says it. */
export const currentName = (definition: NetplanDefinition): string | undefined =>
  definition.section === 'ethernets' ? (definition.setName ?? literalName(definition)) : definition.id;

/** Whether a definition takes Xen's card of this name, were it not for others that take it before. */
export function takesName(definition: NetplanDefinition, name: string): boolean {
  const selector = cardSelector(definition);
  if (selector?.kind === 'name') return (definition.setName ?? selector.name) === name;
  if (selector?.kind === 'mac') return selector.name === name;
  if (selector?.kind === 'glob') return matchesGlob(selector.glob, name);
  return selector?.kind === 'driver' && takesXen(selector.drivers) && matchesGlob(selector.glob, name);
}

/** Whether one of these patterns takes Xen's driver. */
export const takesXen = (drivers: readonly string[]): boolean =>
  drivers.some((pattern) => matchesGlob(pattern, xenDriver));

/**
 * The definitions in the order in which networkd tries them on a card: netplan writes each to
 * `10-netplan-ID.network`, and the first file that matches wins (systemd.network(5)).
 */
export const inOrderOfTrial = (definitions: readonly NetplanDefinition[]): NetplanDefinition[] =>
  [...definitions].sort((one, other) => (`${one.id}.network` < `${other.id}.network` ? -1 : 1));

/** A definition and all that it is made of, through bridges, bonds and VLANs. */
export function definitionsUnder(view: NetplanView, definition: NetplanDefinition): NetplanDefinition[] {
  const found = [definition];
  // The list grows while it is read; a definition comes in once, so that loops end.
  for (const { parts } of found) {
    found.push(...view.definitions.filter((each) => parts.includes(each.id) && !found.includes(each)));
  }
  return found;
}

/** The definitions that a name of an interface can mean: by id, by the interface's name, by the name in a match. */
export function definitionsNamed(view: NetplanView, name: string): NetplanDefinition[] {
  const byId = view.definitions.filter(({ id }) => id === name);
  return byId.length > 0 ? byId : view.definitions.filter((each) => currentName(each) === name);
}
