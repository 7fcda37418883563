import { namesIn, nodeAt, textAt } from '../guest-files/guest-tree.js';
import { parseIni } from '../guest-files/ini.js';
import type { GuestTree } from '../model.js';
import { xenDriver } from './device-match.js';
import { matchesGlob } from './glob.js';
import { listWords } from './network-manager-profiles.js';

/** What NetworkManager.conf(5) and its snippets say that matters for a card. */
export interface NetworkManagerConfig {
  /** The last value of a key; `key+=` adds to a list, and both are joined with `;`. */
  readonly value: (section: string, key: string) => string | undefined;
}

const etc = '/etc/NetworkManager';

/** Reads NetworkManager's own configuration: /usr/lib first, which a snippet of the same name in /etc replaces. */
export function readNetworkManagerConfig(tree: GuestTree): NetworkManagerConfig {
  const own = confIn(tree, `${etc}/conf.d`);
  const shipped = confIn(tree, '/usr/lib/NetworkManager/conf.d').filter((name) => !own.includes(name));
  const paths = [
    ...shipped.map((name) => `/usr/lib/NetworkManager/conf.d/${name}`),
    `${etc}/NetworkManager.conf`,
    ...own.map((name) => `${etc}/conf.d/${name}`),
  ];
  const values = new Map<string, string>();
  for (const { kind, section, key, value } of paths.flatMap((path) =>
    parseIni(textAt(tree, path) ?? '', 'glib'),
  )) {
    if (kind !== 'entry') continue;
    const adds = key.endsWith('+');
    const name = `${section}.${adds ? key.slice(0, -1).trim() : key}`;
    values.set(name, adds ? `${values.get(name) ?? ''};${value}` : value);
  }
  return { value: (section, key) => values.get(`${section}.${key}`) };
}

/** Whether NetworkManager leaves an Ethernet card of this name alone: `unmanaged-devices=` with its exceptions. */
export function isUnmanaged(config: NetworkManagerConfig, name: string): boolean {
  const specs = listWords(config.value('keyfile', 'unmanaged-devices'));
  const matches = (spec: string) => specMatches(spec, name);
  const excepted = specs
    .filter((spec) => spec.startsWith('except:'))
    .map((spec) => spec.slice('except:'.length));
  if (excepted.some(matches)) return false;
  return specs.some((spec) => !spec.startsWith('except:') && matches(spec));
}

/** Whether it makes up a profile with DHCP for a card that has none. */
export const makesProfiles = (config: NetworkManagerConfig, name: string): boolean =>
  !listWords(config.value('main', 'no-auto-default')).some((spec) => specMatches(spec, name));

/** NetworkManager.conf(5), "Device List Format"; a MAC address or bus can't be told, so it doesn't match. */
function specMatches(spec: string, name: string): boolean {
  if (spec === '*') return true;
  const [, kind = '', value = ''] = /^([a-z0-9-]+):(.*)$/s.exec(spec) ?? [];
  if (kind === 'interface-name')
    return value.startsWith('=') ? value.slice(1) === name : matchesGlob(value.replace(/^~/, ''), name);
  if (kind === 'type') return value === 'ethernet';
  if (kind === 'driver') return matchesGlob(value, xenDriver);
  return spec === name;
}

const confIn = (tree: GuestTree, folder: string): string[] =>
  namesIn(tree, folder).filter(
    (name) => name.endsWith('.conf') && nodeAt(tree, `${folder}/${name}`) !== undefined,
  );
