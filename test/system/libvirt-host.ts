import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';

/**
 * Runs in its own mount and process namespaces: its daemon, its sockets and its domains are seen by nobody else, and end
 * with it. The shell stays, since it must reap what QEMU leaves. libvirt looks for this user whatever its settings say.
 */
const script = `
set -e
for folder in /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
  mkdir -p $folder
  mount -t tmpfs tmpfs $folder
done
cat >/etc/libvirt/qemu.conf <<X
user = "root"
group = "root"
security_driver = "none"
namespaces = []
cgroup_controllers = []
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
X
printf 'auth_unix_rw = "none"\\nauth_unix_ro = "none"\\n' >/etc/libvirt/libvirtd.conf
cp /etc/passwd /etc/group /etc/libvirt
echo libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin >>/etc/libvirt/passwd
echo libvirt-qemu:x:64055: >>/etc/libvirt/group
mount --bind /etc/libvirt/passwd /etc/passwd
mount --bind /etc/libvirt/group /etc/group
# KVM may be there and not work; libvirt would ask it for a minute.
[ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm
libvirtd --pid-file /run/libvirt/libvirtd.pid 2>/var/log/libvirt/daemon.log &
until virsh -q -c qemu:///system list >/dev/null 2>&1; do sleep 0.1; done
read -r pid rest </proc/self/stat
echo ready $pid
wait
`;

/** A host with a real libvirt, for the time of a test. */
export interface LibvirtHost {
  /** Runs the command behind it on that host, in the folder of this process. */
  readonly prefix: readonly string[];
  /** Where its daemon listens, as this process sees it. */
  readonly socket: string;
  readonly virsh: (...args: readonly string[]) => Promise<string>;
}

/** Starts libvirt and waits until it answers. */
export async function startLibvirt(t: ExecutionContext): Promise<LibvirtHost> {
  const namespaces = 'unshare --mount --pid --fork --kill-child'.split(' ');
  const host = execa({ reject: false })`setpriv --pdeathsig KILL ${namespaces} bash -c ${script}`;
  t.teardown(async () => {
    host.kill('SIGKILL');
    await host;
  });
  const first = await host.iterable().next();
  const [, pid] = /^ready (\d+)$/.exec(String(first.value)) ?? [];
  if (pid === undefined) throw new Error(`libvirt did not start: ${(await host).stderr}`);
  const prefix = ['nsenter', '--target', pid, '--mount', `--wd=${process.cwd()}`, '--'];
  return {
    prefix,
    socket: `/proc/${pid}/root/run/libvirt/libvirt-sock`,
    virsh: async (...args) => (await execa`${prefix} virsh -q -c qemu:///system ${args}`).stdout,
  };
}

/** Defines a domain that runs in QEMU without KVM and whose disk is this raw image. Returns its name. */
export async function defineDomain({ virsh }: LibvirtHost, folder: string, image: string): Promise<string> {
  const xml = `<domain type='qemu'>
  <name>web1</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='${image}'/><target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`;
  const file = join(folder, 'web1.xml');
  await writeFile(file, xml);
  await virsh('define', file);
  return 'web1';
}
