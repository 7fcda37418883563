import type { NetworkRequest, Problem } from '../../model.js';
import { type Card, isSettled } from '../../network/cards.js';
import {
  addressIn,
  asksServer,
  baseName,
  type IfupdownView,
  type InterfaceDefinition,
  isStarted,
  isWireless,
} from '../../network/ifupdown-view.js';
import { networkRefusals } from '../network-refusals.js';

/** Which interface of the guest the request is about. */
export type Choice =
  /** Its stanza asks a DHCP server and gets the static address instead. */
  | { readonly kind: 'served'; readonly definition: InterfaceDefinition }
  /** The addresses stay as they are; `definition` is the interface that was meant, if one can be told. */
  | { readonly kind: 'settled'; readonly definition?: InterfaceDefinition }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Finds the interface to make static: the one that was named, else the only one that asks a DHCP server. */
export function chooseInterface(view: IfupdownView, cards: readonly Card[], request: NetworkRequest): Choice {
  if (request.interface !== undefined) return chooseNamed(view, cards, request, request.interface);
  const candidates = servedCandidates(view);
  const names = [...new Set(candidates.map(({ name }) => name))];
  if (request.policy === 'keep-dhcp') return settled(names.length === 1 ? candidates[0] : undefined);
  const same = staticsOf(view).find((definition) => addressIn(definition) === request.address);
  // One address on two interfaces is never meant.
  if (request.address !== undefined && same !== undefined) return settled(same);
  if (names.length > 1) return problem(networkRefusals['several-dhcp-interfaces'](names));
  return names.length === 1 ? onlyServed(candidates) : chooseConfigured(view, request.address);
}

/** What asks a DHCP server at boot. What nothing starts counts only in a guest whose addresses all come so. */
function servedCandidates(view: IfupdownView): InterfaceDefinition[] {
  const served = view.definitions.filter((definition) => asksServer(definition) && !isWireless(definition));
  const started = served.filter(({ name }) => isStarted(view, name));
  const hasStatic = staticsOf(view).some(({ name }) => isStarted(view, name));
  return started.length > 0 || hasStatic ? started : served;
}

const staticsOf = (view: IfupdownView): InterfaceDefinition[] =>
  view.definitions.filter(({ family, method }) => family === 'inet' && method === 'static');

const settled = (definition: InterfaceDefinition | undefined): Choice =>
  definition === undefined ? { kind: 'settled' } : { kind: 'settled', definition };

const problem = (reason: Problem): Choice => ({ kind: 'problem', problem: reason });

function onlyServed(stanzas: readonly InterfaceDefinition[]): Choice {
  const [definition, another] = stanzas;
  if (definition === undefined || another !== undefined) {
    const where = stanzas.map(({ name, file }) => `"iface ${name} inet dhcp" in ${file}`).join(', ');
    return problem(networkRefusals['ambiguous-network'](`it has ${where}`));
  }
  return { kind: 'served', definition };
}

/** No interface asks a server, and none has the address that was given. */
function chooseConfigured(view: IfupdownView, address: string | undefined): Choice {
  const statics = staticsOf(view);
  if (address === undefined) return settled(statics[0]);
  const present = statics.map(
    (definition) => `${addressIn(definition) ?? 'no address'} on ${definition.name}`,
  );
  return problem(networkRefusals['address-differs'](address, present));
}

function chooseNamed(
  view: IfupdownView,
  cards: readonly Card[],
  request: NetworkRequest,
  name: string,
): Choice {
  const own = view.definitions.filter((definition) => definition.name === name);
  if (own.length === 0) return chooseRenamed(view, cards, request, name);
  const served = own.filter(asksServer);
  if (request.policy === 'keep-dhcp') return settled(own[0]);
  if (served.length > 0) return onlyServed(served);
  const inet = own.filter(({ family }) => family === 'inet');
  const same = inet.find((definition) => addressIn(definition) === request.address);
  if (request.address === undefined || same !== undefined) return settled(same ?? inet[0] ?? own[0]);
  const present = inet.flatMap((definition) => addressIn(definition) ?? []);
  if (present.length > 0) return problem(networkRefusals['address-differs'](request.address, present));
  const methods = own.map(({ family, method }) => `${family} ${method}`);
  return problem(networkRefusals['interface-not-dhcp'](name, methods));
}

/**
 * The name isn't there. In a guest that was converted before it is the card's former name: then a card with its
 * final name has what was asked for.
 */
function chooseRenamed(
  view: IfupdownView,
  cards: readonly Card[],
  request: NetworkRequest,
  name: string,
): Choice {
  const final = new Set(cards.filter(isSettled).map((card) => card.name));
  const isDone = (definition: InterfaceDefinition): boolean => {
    if (!final.has(baseName(definition.name))) return false;
    if (request.policy === 'keep-dhcp') return definition.family === 'inet';
    // Without an address to give, it was none that asked a DHCP server.
    if (request.address === undefined)
      return !view.definitions.some((each) => each.name === definition.name && asksServer(each));
    return definition.family === 'inet' && addressIn(definition) === request.address;
  };
  const done = view.definitions.find(isDone);
  if (done !== undefined && /^(?:eth|en)/.test(name)) return settled(done);
  const names = [...new Set(view.definitions.map((definition) => definition.name))];
  return problem(networkRefusals['interface-not-found'](name, names));
}
