/** Menus and settings of boot loaders, kernel command lines, and what pygrub makes of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { extlinuxDefault, parseExtlinux } from '../../../src/boot-loaders/extlinux.js';
import { convertExtlinux } from '../../../src/boot-loaders/extlinux-conversion.js';
import { parseMenu, settingNumber } from '../../../src/boot-loaders/grub-legacy.js';
import {
  completeMenuCommandLines,
  mapMenuCommandLines,
} from '../../../src/boot-loaders/grub-legacy-command-lines.js';
import { setInDomU, setMenuSetting, setMenuTimeout } from '../../../src/boot-loaders/grub-legacy-edit.js';
import { addKernelEntries, addStaticEntries } from '../../../src/boot-loaders/grub-legacy-entries.js';
import { allEntries, parseGrubConfig } from '../../../src/boot-loaders/grub2.js';
import { convertGrub2, namesDefaultEntry } from '../../../src/boot-loaders/grub2-conversion.js';
import { grubDefaultEntry } from '../../../src/boot-loaders/grub2-default.js';
import {
  mapLinuxArguments,
  setDefaultEntry,
  setRootsByNumber,
  setWholeTimeouts,
} from '../../../src/boot-loaders/grub2-edit.js';
import { withFirstEntry } from '../../../src/boot-loaders/grub2-first-entry.js';
import { setWholeTimeoutSettings, unfinishedFiles } from '../../../src/boot-loaders/grub2-settings.js';
import { readAsPygrub, readExtlinuxAsPygrub, readMenuAsPygrub } from '../../../src/boot-loaders/pygrub.js';
import { hasOption, patchUpdateGrub } from '../../../src/boot-loaders/update-grub-patch.js';
import {
  parameterValues,
  parseCommandLine,
  printCommandLine,
  removeParameter,
  setParameter,
  toPvCommandLine,
} from '../../../src/guest-files/kernel-command-line.js';
import { mapAssignments, setAssignment, sourceAssignments } from '../../../src/guest-files/key-value.js';
import { BrokenRule, idempotent, same, textTarget } from '../target.js';

const stock = 'test/unit/boot-loaders/stock';
const stockTexts = (name: RegExp): string[] =>
  readdirSync(stock)
    .filter((file) => name.test(file))
    .map((file) => readFileSync(`${stock}/${file}`, 'latin1'));

const toPv = (text: string): string =>
  toPvCommandLine(text, {
    console: 'hvc0',
    mapDevice: (path) => (path === '/dev/sda1' ? '/dev/xvda1' : undefined),
  });
const unchanged = (text: string): string => text;

const grub2 = textTarget({
  name: 'grub.cfg',
  files: /grub\.cfg$/,
  texts: stockTexts(/\.cfg$/),
  keywords: [
    "menuentry 'Debian' {\n",
    "submenu 'more' {\n",
    'linux /boot/vmlinuz-6.1 root=/dev/sda1 ro console=ttyS0\n',
    'initrd /boot/initrd.img-6.1\n',
    '}\n',
    'if [ x ]; then {\n',
    'set default="0"\n',
    'set timeout=5.5\n',
    'set timeout=-1\n',
    'configfile /boot/grub/grub.cfg\n',
    'source /boot/grub/grub.cfg\n',
    'blscfg\n',
    '$menuentry_id_option ',
    '--id=x ',
    'multiboot2 ',
    'module2 /boot/vmlinuz-6.1 x\n',
    "set root='(/dev/sda,msdos1)'\n",
    '### BEGIN /etc/grub.d/10_linux ###\n',
    '### END /etc/grub.d/10_linux ###\n',
    '{ ',
    ' }',
  ],
  check: (text) => {
    const config = parseGrubConfig(text);
    allEntries(config.items);
    grubDefaultEntry(config, 'saved_entry=1>2>3\n');
    same(mapLinuxArguments(text, unchanged), text, 'no change changes nothing');
    idempotent(text, setRootsByNumber, 'roots by number');
    idempotent(text, (each) => setDefaultEntry(each, 1), 'a default entry');
    idempotent(text, setWholeTimeouts, 'whole timeouts');
    idempotent(text, (each) => mapLinuxArguments(each, toPv), 'PV command lines');
    idempotent(text, (each) => withFirstEntry(each, () => true)?.config ?? each, 'a first entry');
    readAsPygrub(text);
    namesDefaultEntry({ config: text, defaults: [] }, 0);
  },
});

const variables = new Set(['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT']);

const grubDefaults = textTarget({
  name: '/etc/default/grub',
  files: /^\/etc\/default\/|^\/etc\/initramfs-tools\/|conf$/,
  keywords: [
    'GRUB_CMDLINE_LINUX="console=ttyS0"\n',
    'GRUB_TIMEOUT=',
    'GRUB_DEFAULT=0\n',
    'export ',
    'if [ x ]; then\n',
    'fi\n',
    'case $x in\n',
    'esac\n',
    '$(',
    '${',
    '${X:-',
    '`',
    '"$GRUB_CMDLINE_LINUX"',
    '&&',
    '||',
    '<<EOF\n',
    'unset GRUB_TIMEOUT\n',
    'for x in y; do\n',
    'done\n',
  ],
  check: (text) => {
    sourceAssignments([text, text])('GRUB_CMDLINE_LINUX');
    same(mapAssignments(text, variables, unchanged), text, 'no change changes nothing');
    const after = idempotent(text, (each) => setAssignment(each, 'GRUB_DEFAULT', '1>2 $x'), 'an assignment');
    if (after !== text && sourceAssignments([after])('GRUB_DEFAULT') !== '1>2 $x')
      throw new BrokenRule('the variable has another value than the one that was set');
    const defaults = [{ path: '/etc/default/grub', text }];
    unfinishedFiles(defaults);
    setWholeTimeoutSettings(defaults);
    convertGrub2(
      { config: '', defaults },
      { mapCommandLine: toPv, defaultEntry: 0, complete: (line) => line },
    );
  },
});

const kernel = {
  version: '6.1',
  kernel: '/boot/vmlinuz-6.1',
  initramfs: '/boot/initrd.img-6.1',
  isListed: true,
};

const grubLegacy = textTarget({
  name: 'menu.lst',
  files: /menu\.lst$/,
  texts: stockTexts(/menu\.lst$/),
  keywords: [
    'title Debian\n',
    'root (hd0,0)\n',
    'kernel /boot/vmlinuz-6.1 root=/dev/sda1 ro\n',
    'initrd /boot/initrd.img-6.1\n',
    'default 0\n',
    'timeout 5\n',
    'fallback 1\n',
    '### BEGIN AUTOMAGIC KERNELS LIST\n',
    '### END DEBIAN AUTOMAGIC KERNELS LIST\n',
    '## ## Start Default Options ##\n',
    '## ## End Default Options ##\n',
    '# kopt=root=/dev/sda1 ro\n',
    '# defoptions=quiet\n',
    '# indomU=detect\n',
    '# altoptions=(single) single\n',
    'savedefault\n',
    'module /boot/vmlinuz-6.1\n',
    'configfile /boot/grub/menu.lst\n',
  ],
  check: (text) => {
    settingNumber(parseMenu(text), 'default');
    same(mapMenuCommandLines(text, unchanged), text, 'no change changes nothing');
    idempotent(text, (each) => mapMenuCommandLines(each, toPv), 'PV command lines');
    completeMenuCommandLines(text, (line) => `${line} x`);
    idempotent(text, (each) => setInDomU(each, () => true), 'in_domU');
    idempotent(text, setMenuTimeout, 'a timeout');
    idempotent(text, (each) => setMenuSetting(each, 'default', '1'), 'a default entry');
    idempotent(text, (each) => addKernelEntries(each, [kernel], { title: 'Debian' }), 'entries of kernels');
    addStaticEntries(text, [{ kernel, suffix: 'x' }]);
    readMenuAsPygrub(text);
  },
});

const extlinux = textTarget({
  name: 'extlinux.conf',
  files: /extlinux/,
  texts: [
    'DEFAULT l0\nTIMEOUT 50\nLABEL l0\n\tMENU LABEL Debian\n\tLINUX ../vmlinuz\n\tINITRD ../initrd.img\n\tAPPEND root=/dev/sda1 ro\n',
  ],
  keywords: [
    'LABEL l0\n',
    'LINUX /vmlinuz\n',
    'KERNEL ',
    'APPEND ',
    'initrd=',
    'INITRD ',
    'DEFAULT ',
    'ONTIMEOUT ',
    'TIMEOUT ',
    'INCLUDE extlinux.conf\n',
    'MENU DEFAULT\n',
    '---',
    'mboot.c32',
    'PROMPT 1\n',
  ],
  check: (text) => {
    extlinuxDefault(parseExtlinux(text));
    idempotent(text, (each) => convertExtlinux(each, '/boot/extlinux', toPv), 'a conversion');
    readExtlinuxAsPygrub(text);
  },
});

const commandLine = textTarget({
  name: 'kernel command line',
  texts: [
    'root=/dev/sda1 ro quiet console=tty0 console=ttyS0,115200n8',
    'BOOT_IMAGE=/vmlinuz root=UUID=x ro -- single',
  ],
  keywords: [
    'console=ttyS0 ',
    'console=tty0 ',
    'root=/dev/sda1 ',
    'resume=',
    ' -- ',
    '"',
    'xen_emul_unplug=never ',
    'earlyprintk=',
    'a="b c" ',
    'net.ifnames=0',
  ],
  check: (text) => {
    same(printCommandLine(parseCommandLine(text)), text, 'printing what was read gives the text');
    idempotent(text, toPv, 'a PV command line');
    idempotent(text, (each) => setParameter(each, 'root', '/dev/xvda1'), 'a parameter');
    parameterValues(removeParameter(text, 'quiet'), 'console');
  },
});

const updateGrub = textTarget({
  name: 'update-grub',
  files: /update-grub$/,
  texts: [
    'if [ ! "$in_domU" ] && [ "$is_xen" ]; then\n# x\n\tcontinue\nfi\nin_domU=$(GetMenuOpt "in_domU" "$in_domU")\n',
  ],
  keywords: [
    '[ ! "$in_domU" ] && [ "$is_xen" ]; then\n',
    '[ "$in_domU" ] && ! [ "$is_xen" ]; then\n',
    'continue\n',
    '# ',
    'GetMenuOpt ',
  ],
  check: (text) => {
    idempotent(text, patchUpdateGrub, 'the patch');
    hasOption(text, 'in_domU');
  },
});

export const bootLoaderTargets = [grub2, grubDefaults, grubLegacy, extlinux, commandLine, updateGrub];
