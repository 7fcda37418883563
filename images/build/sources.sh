# shellcheck shell=bash
# Which packages a recipe gets, and from where: the machine's own Debian mirror, whatever it is.

# apt lists what the machine uses; "Origin: Debian" leaves third-party sources out. The machine's release may differ
# from the recipe's: take over where, not which.
debian_sources() {
  local suite=$1 updates=$2 lines
  # shellcheck disable=SC2016 # apt fills in $(…)
  lines=$(
    . /etc/os-release
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Component: main' \
      --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' |
      awk -v host="$VERSION_CODENAME" -v suite="$suite" -v updates="$updates" '
        { pocket = $3 }
        ! sub("^" host, "", pocket) { next }
        pocket == "" || (updates == "yes" && pocket ~ /^-(updates|security)$/) { $3 = suite pocket; print }' |
      sort -u
  )
  [[ $lines ]] || { echo "apt knows no Debian mirror (run 'apt-get update')" >&2; return 1; }
  printf '%s\n' "$lines"
}

# What the machine needs to reach its mirror (a proxy, a snapshot with an old date) holds for the build too.
apt_network_options() {
  apt-config dump | grep -E '^Acquire::(https?::(Proxy|Ca|Verify)|Check-|Retries).* ".+";$' || true
}
