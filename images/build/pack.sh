# shellcheck shell=bash
# Writes a folder as a tar archive that depends on its content only, not on the checkout's owner, umask and times.
pack() {
  tar --create --directory="$1" --sort=name --mtime=@0 --owner=root:0 --group=root:0 --mode='u+rw,go+r-w,a+X' .
}
