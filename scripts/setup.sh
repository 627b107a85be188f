#!/bin/sh
# Makes .venv with all that requirements-dev.txt locks, and first what that needs from the system.
set -eu
cd "$(dirname "$0")/.."

find_python() {
    for candidate in python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

find_missing() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3.11-venv
    # The rest builds mysqlclient, which has no wheels for Linux.
    "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
        echo python3.11-dev
    command -v cc >/dev/null || echo gcc libc6-dev
    command -v pkg-config >/dev/null || echo pkg-config
    pkg-config --exists libmariadb 2>/dev/null || pkg-config --exists mysqlclient 2>/dev/null || echo libmariadb-dev
}

python=$(find_python)
if [ -z "$python" ]; then
    scripts/packages.sh python3.11 python3.11-venv
    python=$(find_python)
fi
missing=$(find_missing)
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # a list of words
    scripts/packages.sh $missing
fi

.venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || "$python" -m venv --clear .venv
lock=$(mktemp)
trap 'rm -f "$lock"' EXIT
awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements-dev.txt >"$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
# uv knows only its own certificates unless told otherwise; a company's proxy is known to the system.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS=true
fi
.venv/bin/uv pip sync --quiet --python .venv/bin/python --compile-bytecode --require-hashes requirements-dev.txt
