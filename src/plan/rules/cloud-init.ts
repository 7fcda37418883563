import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import type { GuestTree, Rule } from '../../model.js';

const folder = '/etc/cloud/cloud.cfg.d';

/**
 * cloud-init writes the network configuration anew when it finds another data source, and a PV guest has no DMI that it
 * knows its source by. Where this tool sets the address, cloud-init's network part is turned off, and nothing else of
 * it (cloudinit/stages.py: `network: {config: disabled}`).
 */
export const cloudInitRule: Rule = {
  name: 'cloud-init',
  apply: ({ tree }, { network }) => {
    const concerns = network.policy === 'static' && textAt(tree, '/etc/cloud/cloud.cfg') !== undefined;
    if (!concerns || isOff(tree)) return { edits: [], problems: [], notices: [] };
    const path = `${folder}/99-disable-network-config.cfg`;
    const reason = 'cloud-init would write its own network configuration again';
    const node = { kind: 'file', text: 'network: {config: disabled}\n' } as const;
    return { edits: [{ path, node, reason }], problems: [], notices: [] };
  },
};

function isOff(tree: GuestTree): boolean {
  if (tree.has('/etc/cloud/cloud-init.disabled')) return true;
  const texts = namesIn(tree, folder).map((name) => textAt(tree, `${folder}/${name}`) ?? '');
  return texts.some((text) =>
    /^network:\s*(?:\{\s*config:\s*["']?disabled["']?\s*\}|\n\s+config:\s*["']?disabled)/m.test(text),
  );
}
