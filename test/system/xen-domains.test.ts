import test from 'ava';
import { parseSavedHead } from '../../src/tools/saved-file.js';
import { parseBackends } from '../../src/tools/xenstore.js';
import { parseXlDomains } from '../../src/tools/xl-domains.js';
import { runInDom0 } from './dom0-commands.js';
import { copyOfGuest, testFolder } from './program.js';

/** A domain whose kernel is GRUB: it runs, though there is nothing to boot. The other one doesn't run. */
const domains = `
cat >/rig/web.cfg <<X
name = "web 1"
type = "pv"
kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"
memory = 32
disk = [ "phy:/dev/vda,xvda,w" ]
X
sed 's/web 1/db/; s/xvda,w/xvdb,r/' /rig/web.cfg >/rig/db.cfg
xl create /rig/web.cfg >&2
xl create -p /rig/db.cfg >&2
xl block-attach 0 phy:/dev/vda xvdc r >&2
`;
const list = 'xenstore-ls -f /local/domain/0/backend';
/** This dom0 lacks what saves the memory; what xl itself writes first is there. */
const save = 'xl save db /rig/db.save >/dev/null 2>&1; base64 /rig/db.save';

test('what the real xl and xenstore-ls say of running and paused domains, and xl of one that is saved, is understood', async (t) => {
  t.timeout(4 * 60_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const scripts = [`${list} 2>&1`, domains, 'xl list', 'xl list -l', list, save];
  const [none, , table = '', details = '', listing = '', saved = ''] = await runInDom0(
    folder,
    image,
    scripts,
  );
  t.regex(none ?? '', /xs_directory .*No such file or directory/);
  const disk = { path: '/dev/vda', isQcow2: false };
  t.deepEqual(
    parseXlDomains(table, details).map(({ id, name, state, disks }) => [id, name, state, disks]),
    [
      [0, 'Domain-0', 'running', [disk]],
      [1, 'web 1', 'running', [disk]],
      [2, 'db', 'paused', [disk]],
    ],
  );
  const vda = { device: '254:0' };
  t.deepEqual(
    parseBackends(listing).map((backend) => [backend.domain, backend.disks]),
    [1, 2, 0].map((domain) => [domain, [vda, disk, disk]]),
  );
  t.deepEqual(await parseSavedHead(Buffer.from(saved, 'base64')), { name: 'db', disks: [disk] });
});
