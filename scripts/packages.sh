#!/bin/sh
# Installs Debian or Ubuntu packages where it may, and otherwise names the command that does.
set -eu

command="apt-get update && apt-get install --yes --no-install-recommends $*"

if ! command -v apt-get >/dev/null; then
    echo "Missing on this system, under their names in Debian: $*" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then
        exec sudo -n "$0" "$@"
    fi
    printf 'Packages are missing. Install them, then run make again:\n\n    sudo sh -c "%s"\n\n' "$command" >&2
    exit 1
fi

# Debian starts a service as soon as its package is installed, unless this file says no (exit status 101).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi

echo "Installing $*"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || echo "apt-get update failed; trying with the package lists at hand" >&2
apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
