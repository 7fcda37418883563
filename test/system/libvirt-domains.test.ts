import test from 'ava';
import { execa } from 'execa';
import { defineDomain, startLibvirt } from './libvirt-host.js';
import { copyOfGuest, testFolder } from './program.js';
import { failsUntouched } from './untouched.js';

const args = ['--keep-dhcp', '--record', 'none'];
const inUse = (says: RegExp) => ({ exitCode: 3, code: 'image-in-use', says, remedy: /restore it first/ });

test("a disk that a libvirt domain has is refused while the domain runs, is paused or saved, and isn't afterwards", async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const host = await startLibvirt(t);
  const attempt = { folder, image, args, prefix: host.prefix };
  const domain = await defineDomain(host, folder, image);
  await host.virsh('start', '--paused', domain);
  await failsUntouched(t, attempt, inUse(/the paused domain web1 \(libvirt, qemu:\/\/\/system\)/));
  await host.virsh('resume', domain);
  await failsUntouched(t, attempt, inUse(/the running domain web1 \(libvirt, qemu:\/\/\/system\)/));
  await host.virsh('managedsave', domain);
  await failsUntouched(
    t,
    attempt,
    inUse(/in use: the saved domain web1 \(\/var\/lib\/libvirt\/.*web1\.save\)$/),
  );
  // One that keeps them elsewhere is asked; here by the address that LIBVIRT_DEFAULT_URI may hold.
  const question =
    "import('./dist/src/host-domains/libvirt.js').then(async (m) => console.log(JSON.stringify(await m.libvirtDomains('/nowhere', 'qemu:///system'))))";
  const { stdout } = await execa`${host.prefix} ${process.execPath} -e ${question}`;
  const disks = [{ path: image, isQcow2: false }];
  t.deepEqual(JSON.parse(stdout), [
    { name: domain, state: 'saved', disks, knownBy: 'libvirt, qemu:///system' },
  ]);
  await host.virsh('managedsave-remove', domain);
  await failsUntouched(t, attempt, { exitCode: 3, code: 'no-operating-system', says: /no operating system/ });
});
