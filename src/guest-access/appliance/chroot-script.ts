import { quickInitramfs } from './quick-initramfs.js';

/**
 * Shell scripts for the appliance. The guest is mounted on /sysroot, the work disk on /work. What they mount is in a
 * mount namespace of their own and what they start in a process namespace of its own: both are gone when they end.
 */

/** Runs `inside` in new namespaces and leaves its exit code in /work/status and all that it says in /work/log. */
const start = `#!/bin/sh
# The first process of a namespace takes all others with it when it ends.
unshare --mount --pid --fork --kill-child sh /work/inside >/work/log 2>&1 </dev/null
echo $? >/work/status.new
mv /work/status.new /work/status
`;

/**
 * Says the lines of the log from number $1 on, $2 at most, how many processes were ever started, and the exit code once
 * there is one. That is read first, so that all lines are there when it is. Only whole lines are said, each with a mark:
 * they are the guest's words.
 */
const poll = `#!/bin/sh
status=$(cat /work/status 2>/dev/null)
tr '\\r' '\\n' </work/log >/work/lines 2>/dev/null
to=$(wc -l </work/lines)
if [ "$to" -ge $(($1 + $2)) ]; then to=$(($1 + $2 - 1)); fi
if [ "$to" -ge "$1" ]; then sed -n "$1,\${to}p" /work/lines | cut -c 1-500 | sed 's/^/=/'; fi
sed -n 's/^processes /#/p' /proc/stat
if [ "$status" ]; then echo "!$status"; fi
`;

/** What a chroot needs to find, and how a command is run in it. `$place` is the work disk's place inside. */
const prepare = `#!/bin/sh
set -eu
g=/sysroot
here() { [ -d "$g$1" ] && [ ! -L "$g$1" ]; }
mount --bind /dev $g/dev
here /dev/pts || mkdir -p $g/dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts $g/dev/pts 2>/dev/null || true
mount -t proc proc $g/proc
mount -t sysfs -o ro sys $g/sys
chmod 1777 /work/tmp
mount --bind /work/tmp $g/tmp
if here /var/tmp; then mount --bind /work/tmp $g/var/tmp; fi
if here /run; then
  mount -t tmpfs -o mode=755 run $g/run
  mkdir -p $g/run/lock && chmod 1777 $g/run/lock
  mkdir $g/run/convert-image
  place=/run/convert-image
else
  place=/mnt
fi
mount --bind /work $g$place
printf '#!/bin/sh\\nexit 0\\n' >/work/nothing && chmod 755 /work/nothing
# It would look for other systems on every disk of the appliance.
if [ -f $g/usr/bin/os-prober ]; then mount --bind /work/nothing $g/usr/bin/os-prober; fi
in_guest() {
  chroot $g /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C \\
    DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true DEBIAN_PRIORITY=critical GRUB_DISABLE_OS_PROBER=true "$@"
}

# No service may start: invoke-rc.d asks this program (policy-rc.d(8)).
policy=$g/usr/sbin/policy-rc.d
if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$policy.convert-image"; fi
printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy"
`;

/**
 * MODULES=dep would put the drivers of the appliance's hardware into the new initramfs, which neither Xen's nor the
 * guest's present hardware has. initramfs-tools reads conf.d last.
 */
const manyModules = `
modules=$g/etc/initramfs-tools/conf.d/zz-convert-image
if [ -d "\${modules%/*}" ]; then echo MODULES=most >"$modules"; fi
`;

const install = `
force='--force-confdef --force-confold'
# The overlay is thrown away unless all goes well: no need to wait for every file. Not every dpkg knows it.
if in_guest dpkg --force-help | grep -q unsafe-io; then force="$force --force-unsafe-io"; fi
cd /
set -- $(sed "s,^,$place/packages/," /work/order)
in_guest dpkg $force --install "$@"
`;

const installFromNetwork = `
# -m: /run is empty here, so that the folders on the way to a link's target needn't exist.
resolver=$(in_guest readlink -m /etc/resolv.conf || echo /etc/resolv.conf)
case $resolver in
  /run/*) mkdir -p "$g\${resolver%/*}"; cp /etc/resolv.conf "$g$resolver" ;;
  *) if [ -f "$g$resolver" ]; then mount --bind /etc/resolv.conf "$g$resolver"; else made=$g$resolver; cp /etc/resolv.conf "$made"; fi ;;
esac
# Lists and archives go to the work disk: the guest's own stay as they are.
mkdir -p /work/lists/partial /work/archives/partial
apt="apt-get -y --no-remove -o APT::Install-Recommends=false -o Dir::State::lists=$place/lists -o Dir::Cache::archives=$place/archives"
apt="$apt -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root -o Acquire::http::Timeout=30 -o Acquire::Retries=1"
apt="$apt -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
in_guest $apt update
# A line for each choice, best first; which of them exists is known here only.
chosen=
while read -r names && [ -z "$chosen" ]; do
  if in_guest $apt --simulate install $names >/dev/null 2>&1 </dev/null; then chosen=$names; fi
done </work/order
in_guest $apt install \${chosen:-$(head -n 1 /work/order)} </dev/null
if [ "\${made-}" ]; then rm -f "$made"; fi
`;

/** Packages that nobody asked for may go when nothing needs them any more, as if apt had installed them. */
const finish = `
if [ -s /work/automatic ]; then in_guest apt-mark auto $(cat /work/automatic) >/dev/null 2>&1 || true; fi
if [ "\${modules-}" ]; then rm -f "$modules"; fi
rm -f "$policy"
if [ -e "$policy.convert-image" ] || [ -L "$policy.convert-image" ]; then mv "$policy.convert-image" "$policy"; fi
unfinished=$(in_guest dpkg --audit)
if [ "$unfinished" ]; then echo "$unfinished"; exit 1; fi
sync
`;

export interface InstallScript {
  /** `files`: the package files in /work/packages; `network`: apt in the guest. /work/order has their names. */
  readonly from: 'files' | 'network';
  /** The guest's initramfs-tools is set to build for the hardware it runs on. */
  readonly needsManyModules: boolean;
}

/** The scripts on the work disk, by file name. `inside` is what runs in the namespaces: afterwards all else is as before. */
export function workScripts({ from, needsManyModules }: InstallScript): Readonly<Record<string, string>> {
  const middle = from === 'files' ? quickInitramfs + install : installFromNetwork;
  const inside = [prepare, needsManyModules ? manyModules : '', middle, finish].join('');
  return { start, poll, inside };
}
