/** Other texts of a guest: tables, jobs of init, package lists, apt's sources, kernel configurations, os-release. */
import { withMirror } from '../../../src/guest-files/apt-mirror.js';
import { readAptSources } from '../../../src/guest-files/apt-sources.js';
import { sourcesText } from '../../../src/guest-files/apt-sources-text.js';
import { debconfValue, setDebconfValue } from '../../../src/guest-files/debconf.js';
import { readPackages } from '../../../src/guest-files/dpkg-status.js';
import { readFields, replaceField } from '../../../src/guest-files/fields.js';
import { parseIni, printIni } from '../../../src/guest-files/ini.js';
import { commentOutLines, insertLine, readInittab } from '../../../src/guest-files/inittab.js';
import { readKernelConfig } from '../../../src/guest-files/kernel-config.js';
import { acceptXenDisks } from '../../../src/guest-files/lvm-filter.js';
import { readModuleList, writeModuleIndex, writeModuleList } from '../../../src/guest-files/module-list.js';
import { commandsOf, startsByItself, withoutStart } from '../../../src/guest-files/upstart-job.js';
import { textDiff } from '../../../src/plan/plan-diff.js';
import { readRelease } from '../../../src/releases/release.js';
import { moduleList } from '../../unit/guest-files/sample-module-list.js';
import { guestTree } from '../../unit/network/guest-tree-of.js';
import { idempotent, same, textTarget } from '../target.js';

const node = (text: string) => ({ kind: 'file', text, mode: 0o644 }) as const;

const table = textTarget({
  name: 'fstab and crypttab',
  files: /^\/etc\/(?:fstab|crypttab)$/,
  keywords: [
    '/dev/sda1 ',
    'UUID=x ',
    '/ ext4 errors=remount-ro 0 1\n',
    'none swap sw 0 0\n',
    '#',
    '\\040',
    'subvol=@ ',
  ],
  check: (text) => {
    readFields(text);
    same(
      replaceField(text, 0, () => undefined),
      text,
      'no change changes nothing',
    );
    idempotent(
      text,
      (each) => replaceField(each, 0, (field) => field.replace(/^\/dev\/sd/, '/dev/xvd')),
      'a name',
    );
  },
});

const inittab = textTarget({
  name: 'inittab',
  files: /^\/etc\/inittab$/,
  keywords: [
    '1:2345:respawn:/sbin/getty 38400 tty1\n',
    'T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n',
    ':',
    '#',
    'id:2:initdefault:\n',
  ],
  check: (text) => {
    const lines = readInittab(text).map(({ line }) => line);
    same(commentOutLines(text, []), text, 'no change changes nothing');
    const left = readInittab(commentOutLines(text, lines));
    same(String(left.length), '0', 'what was commented out is no entry');
    insertLine(text, 'h0:2345:respawn:/sbin/getty 38400 hvc0', lines[0]);
  },
});

const job = textTarget({
  name: 'jobs of upstart',
  files: /^\/etc\/(?:init|event\.d)\//,
  keywords: [
    'start on (stopped rc',
    ')',
    'and (',
    'stop on runlevel [!2345]\n',
    'respawn\n',
    'exec /sbin/getty -8 38400 ttyS0\n',
    'script\n',
    'end script\n',
    'manual\n',
    'pre-start script\n',
    '\\\n',
  ],
  check: (text) => {
    const off = idempotent(text, withoutStart, 'a job that is not started');
    startsByItself(off, text);
    commandsOf(text);
  },
});

const debconf = textTarget({
  name: 'config.dat',
  files: /config\.dat$/,
  texts: [
    'Name: grub-pc/install_devices\nTemplate: grub-pc/install_devices\nValue: /dev/sda\nOwners: grub-pc\nVariables:\n CHOICES = x\n\nName: a/b\nTemplate: a/b\nOwners: a\n',
  ],
  keywords: [
    'Name: grub-pc/install_devices\n',
    'Value: /dev/sda\n',
    'Value:\n',
    '\n\n',
    'Variables:\n',
    'Owners: x\n',
  ],
  check: (text) => {
    debconfValue(text, 'grub-pc/install_devices');
    idempotent(text, (each) => setDebconfValue(each, 'grub-pc/install_devices', '/dev/xvda'), 'an answer');
  },
});

const lvm = textTarget({
  name: 'lvm.conf',
  files: /lvm\.conf$/,
  texts: ['devices {\n    filter = [ "a|^/dev/sda|", "r|.*|" ]\n    global_filter = "a|/dev/[hs]d.*|"\n}\n'],
  keywords: ['filter = [ ', 'global_filter=', '"a|/dev/sda|"', '"r|.*|"', ']', '# x\n', '"', 'filter=['],
  check: (text) => void idempotent(text, acceptXenDisks, 'filters that accept xvd'),
});

const packages = textTarget({
  name: 'dpkg status',
  texts: [
    'Package: ifupdown\nStatus: install ok installed\nVersion: 0.8.41\n\nPackage: a\nStatus: deinstall ok config-files\nVersion: 1\n',
  ],
  keywords: ['Package: ', 'Status: install ok installed\n', 'Version: ', '\n\n', ' installed'],
  check: (text) => void readPackages(text),
});

const apt = textTarget({
  name: "apt's sources",
  files: /^\/etc\/apt\//,
  texts: [
    'deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://deb.example/debian bookworm main # x\n',
    'Types: deb\nURIs: http://deb.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n',
  ],
  keywords: [
    'deb ',
    '[trusted=yes] ',
    'http://a.example/b ',
    'bookworm main\n',
    'Types: deb\n',
    'URIs: ',
    'Suites: ',
    'Components: ',
    'Signed-By:',
    ' .\n',
    'copy:/etc/shadow ',
    'file:///etc ',
    '[',
    ']',
  ],
  check: (text) => {
    for (const format of ['list', 'sources'] as const) {
      const { sources } = readAptSources(text, format);
      const some = sources.slice(0, 100);
      sourcesText(
        withMirror(some, 'http://m.example/debian', { id: 'debian', codename: 'bookworm' }),
        new Map(),
        '/k',
      );
    }
  },
});

const kernelConfig = textTarget({
  name: '/boot/config',
  texts: [
    'CONFIG_X86_64=y\nCONFIG_XEN=y\nCONFIG_XEN_PV=y\nCONFIG_HVC_XEN=y\nCONFIG_XEN_BLKDEV_FRONTEND=m\n# CONFIG_XEN_PVH is not set\n',
  ],
  keywords: [
    'CONFIG_',
    'CONFIG_XEN_PV=y\n',
    '# CONFIG_XEN_PV is not set\n',
    'CONFIG_XEN=',
    'XEN_NETDEV_FRONTEND=m\n',
  ],
  check: (text) => void readKernelConfig(text),
});

const modules = textTarget({
  name: 'modules.dep',
  texts: [moduleList],
  keywords: ['kernel/drivers/block/xen-blkfront.ko: ', '.ko.xz', ':', ' kernel/a.ko', '\n', '-', '_'],
  check: (text) => {
    const lines = readModuleList(text);
    const written = writeModuleList(lines);
    same(writeModuleList(readModuleList(written)), written, 'a list that was written reads the same');
    writeModuleIndex(lines.slice(0, 5000));
  },
});

const ini = textTarget({
  name: 'sections and assignments',
  files: /\.(?:service|mount|network|conf|nmconnection|link)$/,
  keywords: ['[Unit]\n', '[Service]\n', 'ExecStart=', '\\\n', '; x\n', '# x\n', '=', '[', ']'],
  check: (text) => {
    for (const dialect of ['systemd', 'glib'] as const)
      same(printIni(parseIni(text, dialect)), text, `printing what was read gives the text (${dialect})`);
  },
});

const release = textTarget({
  name: 'os-release and lsb-release',
  files: /release$|debian_version$|issue$/,
  keywords: [
    'ID=debian\n',
    'VERSION_ID="12"\n',
    'PRETTY_NAME=',
    'DISTRIB_ID=Ubuntu\n',
    'DISTRIB_RELEASE=',
    'VERSION_CODENAME=',
    'ID_LIKE=',
  ],
  check: (text) => {
    readRelease(guestTree({ '/etc/os-release': node(text) }));
    readRelease(guestTree({ '/etc/lsb-release': node(text) }));
    readRelease(guestTree({ '/etc/debian_version': node(text) }));
  },
});

const diff = textTarget({
  name: 'the diff that is shown',
  files: /^\/etc\/network\/interfaces$|fstab$/,
  keywords: ['--- a/x\n', '+++ b/x\n', '@@ -1 +1 @@\n', '\\ No newline at end of file\n'],
  check: (text) => {
    textDiff('a', 'b', text, text.replaceAll('e', 'x'));
    textDiff('a', 'b', '', text);
  },
});

export const guestFileTargets = [
  table,
  inittab,
  job,
  debconf,
  lvm,
  packages,
  apt,
  kernelConfig,
  modules,
  ini,
  release,
  diff,
];
