/**
 * initramfs-tools before 0.143 starts seven processes for each of some 750 modules (`manual_add_modules` and `copy_file` in
 * its hook-functions), which takes minutes where the processor is emulated. For the time of an installation, and in the
 * script's mount namespace only, the same is done for all modules of a call at once: same files, same modes, same
 * firmware. It takes the place of functions whose text is known to the byte, those of Debian 11 and 12; any other
 * initramfs-tools, and modules that aren't where usrmerge puts them, are left to what the guest has.
 */
const quickFunction = `
manual_add_modules()
{
	[ $# -gt 0 ] || return 0
	local found kmod fresh firmware
	found=$({ modprobe --all --set-version="\${version?}" --ignore-install --quiet --show-depends "$@"
	  modprobe --all --set-version="\${version}" --quiet --show-depends "$@"; } |
	  sed -n 's/^insmod \\([^ ]*\\).*/\\1/p' | awk '!seen[$0]++')
	fresh=$(for kmod in $found; do [ -e "\${DESTDIR}/usr\${kmod#/usr}" ] || echo "/usr\${kmod#/usr}"; done)
	[ "$fresh" ] || return 0
	if [ "$(readlink -f $fresh)" != "$fresh" ]; then
		one_by_one_add_modules "$@"
		return
	fi
	cp --parents -pP $fresh "$DESTDIR"
	for firmware in $(modinfo -k "$version" -F firmware $fresh); do add_firmware "$firmware" || :; done
}
`;

/** The first digits of SHA-256 of each function's text: Debian 11, Debian 12. */
const known = {
  manual_add_modules: ['bbc2d6c3143db081', 'ddd59238c00c2aa6'],
  copy_file: ['e24b9ff7ec375935', '51544bd45a9588e5'],
} as const;

const knownIn = (name: keyof typeof known): string => `is_known ${name} '^(${known[name].join('|')})'`;

/**
 * The part of the script that installs package files: `$g` is where the guest is mounted, `/work/order` names the files.
 * An initramfs-tools that is itself installed must be able to replace its files, which a mount would forbid.
 */
export const quickInitramfs = `
hooks=$g/usr/share/initramfs-tools/hook-functions
is_known() { sed -n "/^$1()/,/^}/p" "$hooks" | sha256sum | grep -qE "$2"; }
if [ -f "$hooks" ] && ! grep -q initramfs-tools /work/order && ${knownIn('manual_add_modules')} && ${knownIn('copy_file')}; then
  sed 's/^manual_add_modules()/one_by_one_add_modules()/' "$hooks" >/work/hook-functions
  cat >>/work/hook-functions <<'END'
${quickFunction}END
  mount --bind /work/hook-functions "$hooks"
fi
`;
