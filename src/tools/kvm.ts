import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { dieWithUs } from './die-with-us.js';
import { isDom0 } from './host-xen.js';
import { run } from './run.js';

/** Whether QEMU may use hardware virtualisation here, and why not. */
export type KvmAnswer = { readonly works: boolean; readonly reason: string };

/** A kernel with working KVM reaches its panic in about a second; a broken KVM never does. */
const probeLimitMs = 5_000;

/**
 * Finds out whether KVM really works: `/dev/kvm` may exist and QEMU still die on an assertion, or hang for ever with
 * the processor busy (nested virtualisation that isn't there). libguestfs only looks whether the device exists.
 * The probe boots a kernel of this host that has no root file system; a kernel under working KVM panics and QEMU ends.
 */
export async function probeKvm(): Promise<KvmAnswer> {
  if (await isDom0()) return { works: false, reason: 'a Xen dom0 has no hardware virtualisation of its own' };
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return { works: false, reason: '/dev/kvm is missing or not accessible' };
  }
  const kernel = await hostKernel();
  if (kernel === undefined)
    return { works: false, reason: 'no kernel in /boot is readable, so KVM could not be tried' };
  return bootWithKvm(kernel);
}

async function hostKernel(): Promise<string | undefined> {
  const names = await readdir('/boot').catch(() => []);
  for (const path of names.filter((name) => name.startsWith('vmlinuz-')).map((name) => `/boot/${name}`)) {
    const readable = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (readable) return path;
  }
  return undefined;
}

async function bootWithKvm(kernel: string): Promise<KvmAnswer> {
  const { exitCode, timedOut, stderr } = await run({
    reject: false,
    timeout: probeLimitMs,
    killSignal: 'SIGKILL',
  })`
    ${dieWithUs} qemu-system-x86_64 -machine accel=kvm -cpu host -nodefaults -display none -no-reboot
    -m 256 -kernel ${kernel} -append panic=-1`;
  if (exitCode === 0) return { works: true, reason: 'a kernel booted with KVM' };
  if (timedOut)
    return {
      works: false,
      reason: `/dev/kvm exists, but a kernel hung with it for ${probeLimitMs / 1000} s`,
    };
  const [detail = `exit code ${exitCode}`] = String(stderr).trim().split('\n').slice(-1);
  return { works: false, reason: `/dev/kvm exists, but QEMU failed with it: ${detail}` };
}
