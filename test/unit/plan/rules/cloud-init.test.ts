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
  ['turned off in cloud.cfg', { '/etc/cloud/cloud.cfg': 'network: {config: "disabled"}\n' }, fixed],
  [
    'turned off by the installer of Ubuntu',
    {
      ...cloud,
      '/etc/cloud/cloud.cfg.d/subiquity-disable-cloudinit-networking.cfg': 'network: {config: disabled}\n',
    },
    fixed,
  ],
  [
    'turned off on the command line',
    { ...cloud, '/boot/grub/grub.cfg': '\tlinux /vmlinuz root=/dev/xvda1 cloud-init=disabled quiet\n' },
    fixed,
  ],
  [
    'turned off, and a later file adds to it (cloud-init 22.4.2 merges to disabled)',
    {
      ...cloud,
      [off]: 'network: {config: disabled}\n',
      '/etc/cloud/cloud.cfg.d/zz.cfg': 'network:\n  version: 2\n',
    },
    fixed,
  ],
  ['turned off as a whole', { ...cloud, '/etc/cloud/cloud-init.disabled': '' }, fixed],
];

for (const [title, files, request] of silent) {
  test(`nothing to do: ${title}`, (t) => {
    t.deepEqual(cloudInitRule.apply(factsOf(files), request).edits, []);
  });
}

test('removed, but not purged: nothing to do', (t) => {
  const facts = factsOf(cloud, { packages: new Map([['dpkg', '1.21']]) });
  t.deepEqual(cloudInitRule.apply(facts, fixed).edits, []);
});

const folder = '/etc/cloud/cloud.cfg.d';

const placed: readonly [title: string, files: Record<string, string>, path: string, text: string][] = [
  [
    'an earlier file that turns it on',
    { [`${folder}/50-net.cfg`]: 'network: {version: 1, config: []}\n' },
    off,
    'network: {config: disabled}\n',
  ],
  [
    'a later file that turns it on',
    { [`${folder}/zz.cfg`]: 'network:\n  version: 1\n  config: []\n' },
    `${folder}/zz.xen.cfg`,
    'network: {config: disabled}\n',
  ],
  ['comments in the usual file', { [off]: '# off?' }, off, '# off?\nnetwork: {config: disabled}\n'],
  [
    'something else in the usual file',
    { [off]: 'users: []\n' },
    `${folder}/99-disable-network-config.xen.cfg`,
    'network: {config: disabled}\n',
  ],
  [
    'no YAML',
    { [`${folder}/05.cfg`]: '## template: jinja\n{% if x %}\n\t- {\n' },
    off,
    'network: {config: disabled}\n',
  ],
];

for (const [title, files, path, text] of placed) {
  test(`where it is turned off: ${title}`, (t) => {
    const { edits } = cloudInitRule.apply(factsOf({ ...cloud, ...files }), fixed);
    t.deepEqual(
      edits.map((edit) => [edit.path, edit.node]),
      [[path, { kind: 'file', text }]],
    );
    t.deepEqual(cloudInitRule.apply(factsOf({ ...cloud, ...files, [path]: text }), fixed).edits, []);
  });
}

const list = `${folder}/90_dpkg.cfg`;
const trusty = {
  release: { id: 'ubuntu', version: '14.04', codename: 'trusty', name: 'Ubuntu 14.04.6 LTS' },
};

const waiting: readonly [string, Record<string, string>, Parameters<typeof factsOf>[1], boolean][] = [
  ['nothing limits the sources', {}, {}, false],
  ['a list of several', { [list]: 'datasource_list: [ NoCloud, Ec2, None ]\n' }, {}, false],
  ['one on the network', { [list]: 'datasource_list: [ Ec2 ]\n' }, {}, true],
  ['one on the network, or none', { [list]: 'datasource_list:\n- OpenStack\n- None\n' }, {}, true],
  ['one on a disk', { [list]: 'datasource_list: [ NoCloud, None ]\n' }, {}, false],
  ['one in ds-identify.cfg', { '/etc/cloud/ds-identify.cfg': 'datasource: Ec2\n' }, {}, true],
  ['everything is tried', { '/etc/cloud/ds-identify.cfg': 'policy: enabled\n' }, {}, true],
  ['trusty has no ds-identify', { [list]: 'datasource_list: [ NoCloud, Ec2, None ]\n' }, trusty, true],
  ['trusty, local sources only', { [list]: 'datasource_list: [ NoCloud, ConfigDrive ]\n' }, trusty, false],
  ['an old package', {}, { packages: new Map([['cloud-init', '0.7.8~bzr1']]) }, true],
  ['a new package', {}, { packages: new Map([['cloud-init', '0.7.9-233-ge586fe35']]) }, false],
  ['a newer package', {}, { packages: new Map([['cloud-init', '22.4.2-1+deb12u2']]) }, false],
];

for (const [title, files, changes, waits] of waiting) {
  test(`waits: ${title}`, (t) => {
    const { notices } = cloudInitRule.apply(factsOf({ ...cloud, ...files }, changes), dhcp);
    t.deepEqual(
      notices.map(({ code }) => code),
      waits ? ['cloud-init-waits'] : [],
    );
  });
}
