#!/bin/sh
# Installs the servers that `make test` runs privately, where they are missing; none is started as a service.
set -eu
PATH="$PATH:/usr/sbin"

missing=
{ command -v mariadbd && command -v mariadb-install-db; } >/dev/null || missing="$missing mariadb-server-core"
command -v mariadb >/dev/null || missing="$missing mariadb-client-core"
command -v redis-server >/dev/null || missing="$missing redis-server"
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # a list of words
    "$(dirname "$0")/packages.sh" $missing
fi
