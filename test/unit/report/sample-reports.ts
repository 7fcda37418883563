/** Reports of a batch as it could have been: every outcome, real diffs, long and short times. */
import type { BatchReport } from '../../../src/batch/batch-report.js';
import type { PageBatch, PageData, Vm } from '../../../src/report/page/page-data.js';
import type { RunReport } from '../../../src/run-report.js';

const fstabDiff = `--- a/etc/fstab
+++ b/etc/fstab
@@ -1,3 +1,3 @@
 # <file system> <mount point> <type> <options> <dump> <pass>
-/dev/sda1 / ext4 rw,discard,errors=remount-ro 0 1
+UUID=b00c0000-0012-4000-8000-000000000001 / ext4 rw,discard,errors=remount-ro 0 1
 UUID=B00C-0015 /boot/efi vfat defaults 0 0
`;

const interfacesDiff = `--- a/etc/network/interfaces
+++ b/etc/network/interfaces
@@ -9,4 +9,7 @@
 
 # The primary network interface. The DHCP server knows our MAC address.
 allow-hotplug enX0
-iface enX0 inet dhcp
+iface enX0 inet static
+    address 18.181.3.4
+    netmask 255.255.0.0
+    gateway 18.181.0.1
`;

const recordDiff = `--- a/etc/xen/web1.cfg
+++ b/etc/xen/web1.cfg
@@ -1,4 +1,4 @@
 name = "web1"
-builder = "hvm"
+type = "pv"
+bootloader = "pygrub"
 memory = 2048
`;

const stageNames = [
  'open',
  'overlay',
  'inspect',
  'plan',
  'apply',
  'verify',
  'verify',
  'save',
  'commit',
  'flip',
];

const timeAt = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 27, 2, 0, 0) + seconds * 1000).toISOString();

/** The report of a run that converted its disk. `begin` and `seconds` are counted from the batch's begin. */
export function convertedReport(disk: string, begin = 1, seconds = 1.8): RunReport {
  const name = disk.slice(disk.lastIndexOf('/') + 1);
  return {
    version: 1,
    disk,
    host: 'xen1.example.org',
    program: '0.1.0',
    started: timeAt(begin),
    ended: timeAt(begin + seconds),
    milliseconds: Math.round(seconds * 1000),
    outcome: { outcome: 'converted', exitCode: 0, problems: [] },
    facts: {
      release: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
      architecture: 'amd64',
      initSystem: 'systemd',
      access: 'direct',
      kernels: [
        {
          version: '6.1.0-44-amd64',
          pv: true,
          compression: 'xz',
          initramfs: '/boot/initrd.img-6.1.0-44-amd64',
        },
        { version: '6.1.0-44-kvm', pv: false, reason: 'it is built without CONFIG_XEN_PV' },
      ],
      fileSystems: [
        { device: '/dev/sda1', type: 'ext4', partition: 1, mountedAt: '/' },
        { device: '/dev/sda15', type: 'vfat', partition: 15, mountedAt: '/boot/efi' },
      ],
    },
    steps: [
      {
        path: '/etc/fstab',
        change: 'changed',
        reasons: ['names of emulated disks (sda, hda, vda) do not exist under PV, where the disk is xvda'],
        diff: fstabDiff,
      },
      {
        path: '/etc/network/interfaces',
        change: 'changed',
        reasons: ['enX0 gets the static address 18.181.3.4; it used DHCP'],
        diff: interfacesDiff,
      },
    ],
    values: [
      { name: 'address', value: '18.181.3.4', origin: 'record', where: `the machine ${name}` },
      { name: 'gateway', value: '18.181.0.1', origin: 'site', where: 'xvm' },
    ],
    notices: [{ code: 'no-sandbox', message: 'this host allows no sandbox; the parsers run without one' }],
    record: { kind: 'flipped', record: `the xl configuration /etc/xen/${name}.cfg`, diff: recordDiff },
    stages: stageNames.map((stage, index) => ({
      stage,
      detail: stage === 'verify' ? 'by a fresh look' : disk,
      milliseconds: Math.round(((index % 4) + 1) * 30 * seconds),
    })),
    verification: { checks: ['by a fresh look', 'by the real pygrub'] },
    bootTest: { seconds: { 'Xen and dom0 are up': 6.3, login: 52.8 }, login: 'bookworm login:' },
    undoArchive: {
      path: `/var/lib/convert-image/conversions/000001-${name}-30183/undo.qcow2`,
      bytes: 327_680,
    },
    log: `/var/lib/convert-image/log/20261127T020000Z-${name}-30183.log`,
  };
}

interface Trouble {
  readonly standing: Vm['standing'];
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly remedy: string;
  readonly state?: string;
}

/** What can go wrong, each as the program says it. */
export const troubles = {
  'no-os': {
    standing: 'refused',
    code: 'no-operating-system',
    exitCode: 3,
    message: 'no operating system was found on the disk',
    remedy: 'check that this is the system disk',
  },
  i386: {
    standing: 'refused',
    code: 'not-64-bit',
    exitCode: 3,
    message: 'the guest is 32-bit (i386)',
    remedy: 'install a 64-bit system; 32-bit PV guests are started by no current Xen',
  },
  failed: {
    standing: 'failed',
    code: 'failed',
    exitCode: 4,
    message: 'qemu-img: no space left on device',
    remedy: 'make room in /var/lib/convert-image, or name another place with --state-dir',
    state: 'the image is untouched',
  },
  unverified: {
    standing: 'failed',
    code: 'not-verified',
    exitCode: 5,
    message: 'the guest did not come to a login prompt within 300 s',
    remedy: 'look at the console in the log',
    state: 'the image is untouched',
  },
  half: {
    standing: 'inconsistent',
    code: 'commit-failed',
    exitCode: 6,
    message: 'DISK could not be written: I/O error at sector 81920',
    remedy:
      'do not start the guest; run "convert-image DISK" to finish or "convert-image undo DISK" to go back',
    state: 'the image is neither old nor new',
  },
  record: {
    standing: 'inconsistent',
    code: 'record-not-flipped',
    exitCode: 6,
    message: '/etc/xen/mail.cfg has been changed by somebody else since it was read, and was left as it is',
    remedy: 'look at the file and run "convert-image DISK" again',
    state: 'the disk is converted and still boots as HVM; the record is not flipped',
  },
  stopped: {
    standing: 'interrupted',
    code: 'interrupted',
    exitCode: 143,
    message: 'stopped by SIGTERM',
    remedy: '',
    state: 'the image is untouched',
  },
} as const satisfies Record<string, Trouble>;

/** The report of a run that went wrong in this way, after `inspect`. */
export function troubledReport(disk: string, trouble: Trouble, begin = 1, seconds = 0.6): RunReport {
  const { code, exitCode, state, standing } = trouble;
  const of = (text: string) => text.replaceAll('DISK', disk);
  const base = convertedReport(disk, begin, seconds);
  const { record: _, undoArchive, verification: __, bootTest: ___, ...rest } = base;
  return {
    ...rest,
    outcome: {
      outcome: standing === 'refused' ? 'refused' : 'failed',
      exitCode,
      problems: [{ code, message: of(trouble.message), remedy: of(trouble.remedy) }],
      ...(state === undefined ? {} : { state }),
    },
    ...(standing === 'inconsistent' && undoArchive !== undefined ? { undoArchive } : { steps: [] }),
    stages: base.stages.slice(0, 3),
  };
}

/** A VM as the page gets it. */
export function vmOf(report: RunReport, standing: Vm['standing']): Vm {
  const name = report.disk.slice(report.disk.lastIndexOf('/') + 1);
  const { exitCode, problems } = report.outcome;
  return {
    disk: report.disk,
    standing,
    exitCode,
    milliseconds: report.milliseconds,
    codes: problems.map(({ code }) => code),
    report,
    reportPath: `/var/lib/convert-image/reports/20261127T020000Z-${name}-30183.json`,
  };
}

/** A batch of this many VMs: the troubles first, one not begun, one without a report, the others converted or PV already. */
export function sampleVms(count: number): Vm[] {
  const troubled = Object.entries(troubles).map(([name, trouble], index) =>
    vmOf(troubledReport(`/srv/xen/${name}.img`, trouble, index, 0.6 + index), trouble.standing),
  );
  const twice = vmOf(troubledReport('/srv/xen/spare.img', troubles['no-os'], 8), 'refused');
  const others: Vm[] = [
    { disk: '/srv/xen/late.img', standing: 'not-begun', codes: [] },
    {
      disk: '/srv/xen/lost.img',
      standing: 'failed',
      exitCode: 1,
      milliseconds: 900,
      codes: ['process-died'],
    },
  ];
  const good = Array.from({ length: Math.max(count - troubled.length - 3, 0) }, (_, index) => {
    const report = convertedReport(`/srv/xen/web${index + 1}.img`, 2 + index * 1.1, 1.5 + (index % 7) * 0.9);
    if (index % 6 !== 5) return vmOf(report, 'converted');
    const { undoArchive: _archive, ...rest } = report;
    const outcome = { outcome: 'already-pv', exitCode: 0, problems: [] };
    return vmOf(
      { ...rest, outcome, steps: [], record: { kind: 'none', reason: 'none was asked for' } },
      'already-pv',
    );
  });
  return [...troubled, twice, ...others, ...good].slice(0, count);
}

const zeroCounts: BatchReport['counts'] = {
  total: 0,
  converted: 0,
  'already-pv': 0,
  planned: 0,
  refused: 0,
  failed: 0,
  inconsistent: 0,
  interrupted: 0,
  'not-begun': 0,
};

/** The summary of a batch of these VMs. */
export function batchOf(vms: readonly Vm[]): PageBatch {
  const report: BatchReport = {
    version: 1,
    host: 'xen1.example.org',
    program: '0.1.0',
    started: timeAt(0),
    ended: timeAt(62),
    exitCode: 6,
    lists: ['office.yaml'],
    rules: { jobs: 2, canary: 2, where: [] },
    options: { site: 'xvm' },
    counts: { ...zeroCounts, total: vms.length },
    images: vms.map(({ disk }) => ({ disk, verdict: 'converted' as const, codes: [] })),
  };
  return { path: '/var/lib/convert-image/batches/20261127T020000Z-812.json', end: 'ended', report };
}

/** All that a page needs for these VMs. */
export const pageDataOf = (vms: readonly Vm[], more: Partial<PageData> = {}): PageData => ({
  made: '2026-11-27T08:00:00.000Z',
  program: '0.1.0',
  stateDirectory: '/var/lib/convert-image',
  batch: batchOf(vms),
  vms,
  unreadable: [],
  ...more,
});
