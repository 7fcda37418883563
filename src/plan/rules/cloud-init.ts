import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts, Notice, Rule } from '../../model.js';
import { type CloudInit, cloudConfigFolder, readCloudInit } from '../../network/cloud-init.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';

/**
 * cloud-init writes the network configuration anew when it finds itself in a new instance, and a PV guest has no DMI
 * that it knows its source by. Where this tool sets the address, cloud-init's network part is turned off, and nothing
 * else of it (cloudinit/stages.py: `network: {config: disabled}`). Then the files that it wrote last are what counts,
 * and are edited like others. With DHCP kept it stays on: what it writes are the names that it finds under PV.
 */
export const cloudInitRule: Rule = {
  name: 'cloud-init',
  apply: (facts, { network }) => {
    const cloudInit = isInstalled(facts)
      ? readCloudInit(facts.tree, bootedCommandLine(facts.tree))
      : undefined;
    if (cloudInit === undefined) return { edits: [], problems: [], notices: [] };
    const concerns = network.policy === 'static' && cloudInit.writesNetwork && !isOlderThan(facts, 7);
    return {
      edits: concerns ? [networkOff(facts, cloudInit)] : [],
      problems: [],
      notices: waits(facts, cloudInit),
    };
  },
};

/** Its configuration stays behind when the package is removed but not purged. */
const isInstalled = ({ packages }: Facts): boolean =>
  packages.size === 0 || packages.has('cloud-init') || packages.has('cloud-init-base');

const usualName = '99-disable-network-config.cfg';

/** The file that cloud-init's own comments name; where a later one turns the network on, or it says more, one behind that. */
function networkOff({ tree }: Facts, { decidedIn }: CloudInit): Edit {
  const usual = `${cloudConfigFolder}/${usualName}`;
  const isFree = (textAt(tree, usual) ?? '').split('\n').every((line) => /^\s*(?:#|$)/.test(line));
  const last = decidedIn?.startsWith(cloudConfigFolder) && decidedIn > usual ? decidedIn : usual;
  const path = isFree && last === usual ? usual : `${last.replace(/\.cfg$/, '')}.xen.cfg`;
  return {
    path,
    node: {
      kind: 'file',
      text: `${path === usual ? keptLines(textAt(tree, usual) ?? '') : ''}network: {config: disabled}\n`,
    },
    reason: 'cloud-init would write its own network configuration again',
  };
}

const keptLines = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** Data sources behind an address of the local network, which cloud-init asks for up to two minutes. */
const networkSources: ReadonlySet<string> = new Set([
  'Akamai',
  'AliYun',
  'Azure',
  'Bigstep',
  'CloudCIX',
  'CloudStack',
  'DigitalOcean',
  'Ec2',
  'Exoscale',
  'GCE',
  'Hetzner',
  'MAAS',
  'NWCS',
  'OpenStack',
  'Oracle',
  'Scaleway',
  'UpCloud',
  'Vultr',
]);

/**
 * Without DMI, ds-identify finds no source and cloud-init is off, unless the list has one source only, which is believed
 * (tools/ds-identify), or there is no ds-identify yet (before 0.7.9).
 */
function waits(facts: Facts, { sources, triesEverything }: CloudInit): Notice[] {
  const listed = (sources ?? [...networkSources]).filter((name) => name !== 'None');
  const asked = listed.filter((name) => networkSources.has(name));
  const isPinned = sources !== undefined && listed.length === 1;
  if (asked.length === 0 || !(isPinned || triesEverything || isOlderThan(facts, 9))) return [];
  const which = isPinned
    ? `the source ${listed.join()}, which is the only one in its list,`
    : 'sources on the network';
  const message = `cloud-init may look for ${which} for up to two minutes at each boot; if nothing answers there, touch /etc/cloud/cloud-init.disabled in the guest`;
  return [{ code: 'cloud-init-waits', message }];
}

/**
 * Whether it is older than 0.7.`patch`: by its package, else by the release; trusty has 0.7.5, xenial was brought beyond
 * 0.7.9. Before 0.7.7 it configured the network at the first boot only and didn't know the setting.
 */
function isOlderThan({ packages, release }: Facts, patch: number): boolean {
  const version = packages.get('cloud-init');
  if (version === undefined) return release.id === 'ubuntu' && Number.parseInt(release.version, 10) <= 14;
  const [, minor, found = 0] = /^(?:\d+:)?0\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return minor !== undefined && (Number(minor) < 7 || (minor === '7' && Number(found) < patch));
}
