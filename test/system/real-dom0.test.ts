/** The program in a real dom0 with the real xl. One boot of dom0 serves all cases, which build on each other's disks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { program } from './ext-images.js';
import { type Dom0Run, type RealDom0, startRealDom0 } from './real-dom0.js';
import { makeTinyGuest, prepareTinyGuests } from './tiny-guest.js';

const minutes = 60_000;
let folder: string;
let dom0: RealDom0;

/** In dom0: a bookworm guest that boots when it is converted, and a tiny one that is PV and has no init. */
const good = '/dev/vdc';
const broken = '/dev/vdd';

test.before('dom0 boots', async (t) => {
  t.timeout(15 * minutes);
  folder = await mkdtemp('/var/tmp/convert-image-test-');
  const { stdout: bookworm } = await execa('scripts/build-image', ['bookworm']);
  const tiny = join(folder, 'tiny.raw');
  await makeTinyGuest(await prepareTinyGuests(folder), tiny);
  const disks = [await layerOver(bookworm, 'good'), await layerOver(tiny, 'broken')];
  dom0 = await startRealDom0(folder, disks);
});

test.after.always('dom0 stops', async () => {
  await dom0?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What dom0 writes to its disk can be seen in the layer afterwards. */
async function layerOver(image: string, name: string) {
  const path = join(folder, `${name}.qcow2`);
  await program`qemu-img create -q -f qcow2 -F raw -b ${image} ${path}`;
  return { path, format: 'qcow2', access: 'read-write' } as const;
}

const isUntouched = async (name: string): Promise<boolean> => {
  const { stdout } = await program`qemu-img map -U --output=json -f qcow2 ${join(folder, `${name}.qcow2`)}`;
  const extents: { depth: number }[] = JSON.parse(stdout);
  return extents.every(({ depth }) => depth > 0);
};

async function inDom0(t: ExecutionContext, script: string): Promise<Dom0Run> {
  const started = performance.now();
  const run = await dom0.run(script);
  t.log(`${((performance.now() - started) / 1000).toFixed(0)} s: ${script.split('\n')[0]}`);
  return run;
}

/** Domains besides dom0, loop devices, and processes that a boot test starts. */
async function leftovers(t: ExecutionContext): Promise<string> {
  const look = "xl list | sed 1,2d; losetup --list --noheadings; pgrep -a '^(xl|qemu.*|xenconsole|unshare)$'";
  return (await inDom0(t, look)).stdout;
}

/** Starts a boot test of the broken guest, and sends the signal when its domain is there. */
const stopped = (signal: string): string => `/program/convert-image boot-test ${broken} &
until xl list | grep -q convert-image-test-; do sleep 1; kill -0 $! || exit 99; done
kill -${signal} $!; wait $!`;

test.serial(
  'a boot test that gets SIGTERM leaves nothing: no domain, no loop device, no process',
  async (t) => {
    t.timeout(15 * minutes);
    const run = await inDom0(t, stopped('TERM'));
    t.is(run.exitCode, 143, run.stderr);
    t.is(await leftovers(t), '');
  },
);

test.serial(
  "a paused domain's disk is refused; without memory for the test's own domain that is said",
  async (t) => {
    t.timeout(25 * minutes);
    // It is never run: it has the disk, and most of the memory.
    const hog = `name="hog"\ntype="pv"\nkernel="/boot/vmlinux"\nmemory=1100\ndisk=["phy:${good},xvda,w"]\n`;
    const made = await inDom0(t, `cat >/run/hog.cfg <<'END'\n${hog}END\nxl create -p /run/hog.cfg`);
    t.is(made.exitCode, 0, made.stderr);
    const convert = await inDom0(t, `/program/convert-image --keep-dhcp --record none ${good}`);
    const boot = await inDom0(t, `/program/convert-image boot-test ${broken}`);
    t.is((await inDom0(t, 'xl destroy hog')).exitCode, 0);
    t.is(convert.exitCode, 3, convert.stderr);
    t.regex(convert.stderr, /the paused domain hog/);
    t.is(boot.exitCode, 4, boot.stderr);
    t.regex(boot.stderr, /\d+ MiB are free, the domain needs 512/);
    t.regex(boot.stderr, /xl mem-set/);
    t.is(await leftovers(t), '');
  },
);

test.serial(
  "a run killed with SIGKILL leaves its domain, which the next run destroys; that one's guest doesn't boot: exit code 5, the console's last lines, the disk untouched",
  async (t) => {
    t.timeout(25 * minutes);
    t.is((await inDom0(t, stopped('KILL'))).exitCode, 137);
    t.regex(await leftovers(t), /^convert-image-test-/);
    const run = await inDom0(t, `/program/convert-image boot-test --json ${broken}`);
    t.is(run.exitCode, 5, run.stdout);
    t.regex(run.stdout, /"code":"not-verified".*doesn't boot as PV.*init/);
    t.is(await leftovers(t), '');
    t.true(await isUntouched('broken'));
  },
);

test.serial('a guest is converted after a boot test with xl, whose domain is gone afterwards', async (t) => {
  t.timeout(25 * minutes);
  t.true(await isUntouched('good'));
  const run = await inDom0(
    t,
    `/program/convert-image --address 18.181.3.4 --site xvm --record none --boot-test ${good}`,
  );
  t.is(run.exitCode, 0, run.stderr);
  t.regex(run.stderr, /boot-test: [\d.]+ s: the console asks for a login/);
  t.regex(run.stderr, /keeps away from the site's network/);
  t.is(await leftovers(t), '');
  t.false(await isUntouched('good'));
});

test.serial('doctor knows this dom0, and what it lacks', async (t) => {
  t.timeout(15 * minutes);
  const run = await inDom0(t, '/program/convert-image doctor');
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  t.regex(run.stdout, /^good +Xen: a dom0 that starts 64-bit PV guests, beside which 0 run$/m);
  t.regex(run.stdout, /^good +GRUB for PV: /m);
  t.regex(run.stdout, /^good +sandbox: /m);
  t.regex(run.stdout, /^limited +programs: guestfish is not installed/m);
});

/** As libvirt's daemon expects of a Debian that was installed otherwise. */
const startLibvirt = `groupadd -f libvirt; useradd -r libvirt-qemu; mkdir -p /var/lib/libvirt/qemu /var/log/libvirt; libvirtd -d
for i in $(seq 60); do virsh -q -c xen:///system uri && exit; sleep 1; done; exit 1`;

const hvmDefinition = `<domain type='xen'>
  <name>web1</name>
  <memory unit='MiB'>256</memory>
  <os><type arch='x86_64' machine='xenfv'>hvm</type><loader type='rom'>/usr/lib/xen/boot/hvmloader</loader><boot dev='hd'/></os>
  <features><acpi/><apic/><pae/></features>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='block' device='disk'><driver name='phy'/><source dev='${broken}'/><target dev='hda' bus='ide'/></disk>
    <interface type='ethernet'><mac address='00:16:3e:00:00:09'/><script path='/bin/true'/><model type='e1000'/></interface>
    <graphics type='vnc' port='-1'/>
    <serial type='pty'><target port='0'/></serial>
  </devices>
</domain>
`;

// This emulated processor can't run HVM domains, and libvirt takes no definition of one then: a file has it.
test.serial(
  "libvirt's driver for Xen takes the flipped definition and builds the domain from it",
  async (t) => {
    t.timeout(25 * minutes);
    const virsh = 'virsh -q -c xen:///system';
    const started = await inDom0(t, startLibvirt);
    t.is(started.exitCode, 0, started.stderr);
    await inDom0(t, `cat >/run/web1.xml <<'END'\n${hvmDefinition}END`);
    const file = `--record libvirt:/run/web1.xml --address 18.181.3.4 --site xvm`;
    const run = await inDom0(t, `/program/convert-image ${file} ${broken}`);
    t.is(run.exitCode, 0, run.stderr);
    const built = await inDom0(
      t,
      `${virsh} define --validate /run/web1.xml && ${virsh} start web1 && xl list web1`,
    );
    t.is(built.exitCode, 0, built.stdout + built.stderr);
    const busy = await inDom0(t, `/program/convert-image --record auto --keep-dhcp ${broken}`);
    t.is(busy.exitCode, 3, busy.stderr);
    t.regex(busy.stderr, /in use: .*domain web1/);
    t.is((await inDom0(t, `${virsh} destroy web1`)).exitCode, 0);
    const found = await inDom0(t, `/program/convert-image plan --record auto --keep-dhcp ${broken}`);
    t.regex(found.stdout, /the libvirt domain web1 says PV already/, found.stderr);
  },
);
