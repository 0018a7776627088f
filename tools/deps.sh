#!/usr/bin/env bash
# Installs the Debian packages that the given groups need and that are missing; silent where all is there.
#   deps.sh install|list|skip GROUP...        groups: build test lint bench package
set -euo pipefail

mode=$1
shift

ID=unknown VERSION_ID=
# shellcheck source=/dev/null
[ -r /etc/os-release ] && . /etc/os-release

case "$ID-$VERSION_ID" in
    debian-12) boost=1.81 ;;
    *) boost=1.83 ;;
esac

# Whoever has a node of his own, newer than the distribution's, keeps it.
node="nodejs npm"
if [ "$mode" != list ] && command -v node >/dev/null && command -v npm >/dev/null; then node=; fi

# `a|b`: either will do; the first that the distribution has is installed.
packages() {
    case "$1" in
        build) echo "g++ cmake ninja-build ccache mold pkgconf python3 ca-certificates
            libboost$boost-dev libboost-json$boost-dev libsqlite3-dev libpq-dev libssl-dev libsodium-dev
            libfmt-dev libutf8proc-dev libxxhash-dev zlib1g-dev libtomlplusplus-dev libcurl4-openssl-dev
            libhiredis-dev" ;;
        test) echo "libgtest-dev libgmock-dev librapidcheck-dev postgresql redis-server pgbouncer haproxy curl git openssl
            python3-aiosmtpd python3-yaml
            clang-format-19|clang-format-18 $node" ;;
        lint) echo "clang-19|clang-18 clang-tidy-19|clang-tidy-18 libclang-rt-19-dev|libclang-rt-18-dev
            lld-19|lld-18" ;;
        bench) echo "wrk postgresql redis-server" ;;
        package) echo "dpkg-dev file" ;;
        *) echo "deps.sh: unknown group '$1'" >&2; exit 2 ;;
    esac
}

wanted=()
for group in "$@"; do
    read -r -d '' -a more < <(packages "$group" && printf '\0')
    wanted+=("${more[@]}")
done

supported() {
    case "$ID-$VERSION_ID" in
        debian-12 | debian-13 | ubuntu-24.04) command -v apt-get >/dev/null ;;
        *) return 1 ;;
    esac
}

if [ "$mode" = list ]; then
    printf '%s\n' "${wanted[@]}"
    exit 0
fi
[ "$mode" = skip ] && exit 0

if ! supported; then
    cat >&2 <<END
This system (${PRETTY_NAME:-$ID}) is not one that Cartwright installs packages on: Debian 12, Debian 13 and
Ubuntu 24.04 are. It needs what these Debian packages hold:

$(printf '  %s\n' "${wanted[@]}")

Install them your way, then run make with DEPS=skip.
END
    exit 1
fi

read -r -a names <<<"$(tr '|\n' '  ' <<<"${wanted[*]}")"
have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${names[@]}" 2>/dev/null | sed -n 's/^ii *//p' || true)

installed() {
    local one
    for one in ${1//|/ }; do
        [[ $'\n'"$have"$'\n' == *$'\n'"$one"$'\n'* ]] && return 0
    done
    return 1
}

missing=()
for package in "${wanted[@]}"; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        cat >&2 <<END
These packages are missing, and you are neither root nor is sudo here:

  ${missing[*]}

Have them installed (apt-get install), then run make again.
END
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "Failed: $*" >&2
        exit 1
    fi
}
run apt-get update

choose() {
    local one
    for one in ${1//|/ }; do
        if [ -n "$(apt-cache show "$one" 2>/dev/null | head -c 1)" ]; then
            echo "$one"
            return
        fi
    done
    echo "${1%%|*}"
}
chosen=()
for package in "${missing[@]}"; do
    chosen+=("$(choose "$package")")
done
run apt-get install -y --no-install-recommends "${chosen[@]}"
