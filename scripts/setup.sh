#!/usr/bin/env bash
# Installs what OpenCEN needs, and only what is missing: ./scripts/setup.sh [run|test]
# Each step says its name; a failed one says what to do. A second run finds nothing to do and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
log=.setup.log
did_something=no
: >"$log" 2>/dev/null || {
    echo "This directory cannot be written: $(pwd)" >&2
    echo "  Clone OpenCEN into a directory of yours, or run as the user it belongs to." >&2
    exit 1
}

explain() {
    if grep -qiE 'no space left|disk quota exceeded' "$log"; then
        echo "  The disk is full: make room (about 1.5 GB are needed) and run the command again."
    elif grep -qiE 'name resolution|could not resolve|network is unreachable|EAI_AGAIN|ENOTFOUND|connection (refused|timed out)|getaddrinfo|temporary failure|no matching distribution|failed to fetch' "$log"; then
        echo "  There is no way to the internet from here. Set-up needs it once: connect this machine (or set https_proxy) and run the command again."
    elif grep -qiE 'permission denied|are you root|EACCES|not in the sudoers|a password is required' "$log"; then
        echo "  A right is missing: run as root, as a user who may use sudo, or ask an administrator to install what is named above."
    elif grep -qiE 'could not get lock|unable to acquire the dpkg' "$log"; then
        echo "  Another installation runs on this machine: wait until it has ended and run the command again."
    else
        echo "  The last lines of $(pwd)/$log say why; they stand above."
    fi
}

# step TEXT COMMAND...: runs it with its output in the log, showing on a terminal that it goes on.
step() {
    local text=$1 started=$SECONDS lines=0 line
    shift
    did_something=yes
    echo "- $text"
    : >"$log"
    if {
        "$@" 2>&1 </dev/null | while IFS= read -r line; do
            printf '%s\n' "$line" >>"$log"
            lines=$((lines + 1))
            if [ -t 1 ]; then printf '\r\033[K  %s' "${line:0:100}"; fi
        done
    }; then
        if [ -t 1 ]; then printf '\r\033[K'; fi
        echo "  done in $((SECONDS - started)) s"
    else
        if [ -t 1 ]; then printf '\r\033[K'; fi
        echo "FAILED: $text" >&2
        tail -n 15 "$log" | sed 's/^/  | /' >&2
        explain >&2
        exit 1
    fi
}

refuse() {
    echo "FAILED: $1" >&2
    echo "  $2" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n env "PATH=$PATH" "$@" || sudo "$@"; fi
}

install_debian() {
    local policy=/usr/sbin/policy-rc.d made_policy=no code=0
    # Debian starts a server as soon as its package is installed; ours are started by OpenCEN alone.
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        made_policy=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update || code=$?
    if [ "$code" = 0 ]; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" || code=$?
    fi
    if [ "$made_policy" = yes ]; then as_root rm -f "$policy"; fi
    if [ "$code" = 0 ] && [[ " $* " == *" rabbitmq-server "* ]] && command -v systemctl >/dev/null; then
        as_root systemctl disable rabbitmq-server >/dev/null 2>&1 || true
    fi
    return "$code"
}

find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

python=$(find_python)
[ -n "$python" ] || refuse "Python 3.11 or newer is missing" "Install it (Debian 12: apt-get install python3 python3-venv) and run the command again."

packages=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
if [ -z "${OPENCEN_RABBITMQ_HOST:-}" ] && [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then packages+=(rabbitmq-server); fi
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
command -v setpriv >/dev/null || packages+=(util-linux)
if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || packages+=(chromium)
fi
if [ ${#packages[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || refuse "Missing on this machine: ${packages[*]}" \
        "Install them by the means of your system, or give addresses of servers of yours by OPENCEN_RABBITMQ_HOST and OPENCEN_POSTGRESQL_HOST."
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        refuse "Missing on this machine: ${packages[*]}" "Run this as root once, or have an administrator install them."
    fi
    step "Installing from Debian: ${packages[*]}" install_debian "${packages[@]}"
    if [ -z "${OPENCEN_RABBITMQ_HOST:-}" ] && [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
        refuse "rabbitmq-server was installed and is not where Debian puts it" "Give a broker of yours by OPENCEN_RABBITMQ_HOST."
    fi
fi

lock=requirements.lock
[ "$purpose" = test ] && lock=requirements-test.lock
stamp=.venv/.installed
wanted=$(cat "$lock" pyproject.toml | sha256sum | cut -d' ' -f1)
have() { [ -x .venv/bin/opencen ] && grep -qs "$1" "$stamp"; }
# What the tests need holds all that a run needs.
if ! have "$purpose $wanted" && ! { [ "$purpose" = run ] && have "test $(cat requirements-test.lock pyproject.toml | sha256sum | cut -d' ' -f1)"; }; then
    [ -x .venv/bin/python ] || step "Making a virtual environment in .venv with $("$python" -V)" "$python" -m venv .venv
    step "Installing $(grep -c '==' "$lock") Python packages" .venv/bin/python -m pip install --require-hashes --no-deps -r "$lock"
    step "Installing the command opencen" .venv/bin/python -m pip install --no-deps --no-build-isolation --editable .
    echo "$purpose $wanted" >"$stamp"
fi

if [ -f package-lock.json ]; then
    web=$(cat package-lock.json services/gateway/web/copy_assets.mjs 2>/dev/null | sha256sum | cut -d' ' -f1)
    if ! grep -qs "$web" node_modules/.installed; then
        step "Installing the web packages" npm ci --no-progress
        step "Copying fonts and scripts to the pages" npm run --silent assets
        echo "$web" >node_modules/.installed
    fi
fi

rm -f "$log"
[ "$did_something" = yes ] || echo "Everything is installed already."
