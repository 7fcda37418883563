import test from 'ava';
import { cloudInitRule } from '../../../../src/plan/rules/cloud-init.js';
import { factsOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const fixed = requestOf({ policy: 'static', dns: [] });
const dhcp = requestOf();
const cloud = { '/etc/cloud/cloud.cfg': 'users: [default]\n' };
const off = '/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg';

test('its network part is turned off where the address is ours', (t) => {
  const { edits } = cloudInitRule.apply(factsOf(cloud), fixed);
  t.deepEqual(
    edits.map(({ path, node }) => [path, node]),
    [[off, { kind: 'file', text: 'network: {config: disabled}\n' }]],
  );
});

const silent: readonly [string, Record<string, string>, typeof fixed | typeof dhcp][] = [
  ['no cloud-init', {}, fixed],
  ['DHCP is kept', cloud, dhcp],
  ['its own result', { ...cloud, [off]: 'network: {config: disabled}\n' }, fixed],
  [
    'turned off by somebody in block style',
    { ...cloud, '/etc/cloud/cloud.cfg.d/x.cfg': 'network:\n  config: disabled\n' },
    fixed,
  ],
  ['turned off as a whole', { ...cloud, '/etc/cloud/cloud-init.disabled': '' }, fixed],
];

for (const [title, files, request] of silent) {
  test(`nothing to do: ${title}`, (t) => {
    t.deepEqual(cloudInitRule.apply(factsOf(files), request).edits, []);
  });
}
