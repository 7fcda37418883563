import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import { dataAt, dataOf, isList } from './netplan-data.js';
import { readYaml } from './netplan-yaml.js';

/** What of cloud-init's configuration matters to a guest that loses its emulated hardware. */
export interface CloudInit {
  /** Its network part is off, or all of it. */
  readonly writesNetwork: boolean;
  /** The file that says what its network part does, which a later one would have to beat; undefined when none does. */
  readonly decidedIn?: string;
  /** The data sources that it looks for; undefined when nothing limits them. */
  readonly sources?: readonly string[];
  /** ds-identify looks at the hardware first, except where it is told to let cloud-init try everything. */
  readonly triesEverything: boolean;
}

const configuration = '/etc/cloud/cloud.cfg';

/** Where cloud-init's own configuration goes in parts; a later name beats an earlier one. */
export const cloudConfigFolder = '/etc/cloud/cloud.cfg.d';

/** Reads cloud-init's configuration; undefined in a guest without it. */
export function readCloudInit(tree: GuestTree, commandLine: string): CloudInit | undefined {
  if (textAt(tree, configuration) === undefined) return undefined;
  const parts = namesIn(tree, cloudConfigFolder).filter((name) => name.endsWith('.cfg'));
  const files = [configuration, ...parts.map((name) => `${cloudConfigFolder}/${name}`)];
  const settings = files.map((path) => ({ path, ...settingsIn(textAt(tree, path) ?? '') }));
  const network = settings.findLast((each) => each.network !== undefined);
  const identify = settingsIn(textAt(tree, '/etc/cloud/ds-identify.cfg') ?? '');
  const sources = identify.source ?? settings.findLast((each) => each.sources !== undefined)?.sources;
  const isOff =
    tree.has('/etc/cloud/cloud-init.disabled') || /(?:^|\s)cloud-init=disabled(?:\s|$)/.test(commandLine);
  return {
    writesNetwork: !isOff && network?.network !== 'disabled',
    ...(network === undefined ? {} : { decidedIn: network.path }),
    ...(sources === undefined ? {} : { sources }),
    triesEverything: !isOff && (identify.policy?.startsWith('enabled') ?? false),
  };
}

interface Settings {
  /** What `network: {config: …}` says; cloud-init merges its files key by key. */
  readonly network?: 'disabled' | 'configured';
  readonly sources?: readonly string[];
  /** In ds-identify.cfg. */
  readonly source?: readonly string[];
  readonly policy?: string;
}

/** A text that isn't plain YAML says what its lines at the margin say, so that a template doesn't hide a setting. */
function settingsIn(text: string): Settings {
  const reading = readYaml(text);
  if (reading.kind === 'unclear') {
    const off = /^network:[ \t]*(?:\{[ \t]*|\r?\n[ \t]+)config:[ \t]*["']?disabled/m;
    return off.test(text) ? { network: 'disabled' } : {};
  }
  const data = dataOf(reading.root);
  const [mode, list] = [dataAt(data, ['network', 'config']), dataAt(data, ['datasource_list'])];
  const [source, policy] = [dataAt(data, ['datasource']), dataAt(data, ['policy'])];
  return {
    ...(mode === undefined ? {} : { network: mode === 'disabled' ? 'disabled' : 'configured' }),
    ...(isList(list) ? { sources: list.filter((item) => typeof item === 'string') } : {}),
    ...(typeof source === 'string' ? { source: [source] } : {}),
    ...(typeof policy === 'string' ? { policy } : {}),
  };
}
