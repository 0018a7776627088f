# Sourced by tools/with_*.sh: a server of the script's own on a private port, in a folder of its own, gone with the script.
set -euo pipefail

# Where a server's folder goes: tests make and drop hundreds of databases of as many files, and in memory, where there is
# room, that costs a third.
folder_in_memory() {
    if [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $4}')" -gt 2000000 ] 2>/dev/null; then
        echo /dev/shm
    else
        echo "${TMPDIR:-/tmp}"
    fi
}

postgres_programs() {
    local bin
    bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    if [ -z "$bin" ] && command -v initdb >/dev/null; then
        bin=$(dirname "$(command -v initdb)")
    fi
    if [ -z "$bin" ]; then
        echo "$(basename "$0"): no PostgreSQL server found; 'make deps-test' installs one" >&2
        return 1
    fi
    echo "$bin"
}

# Takes CARTWRIGHT_TEST_POSTGRES_URL apart: user, host, port.
named_postgres() {
    [[ ${CARTWRIGHT_TEST_POSTGRES_URL:-} =~ ^postgres(ql)?://([^@/]+)@([^:/]+):([0-9]+)/ ]] || {
        echo "$(basename "$0"): CARTWRIGHT_TEST_POSTGRES_URL names no server" >&2
        return 1
    }
    user=${BASH_REMATCH[2]} host=${BASH_REMATCH[3]} port=${BASH_REMATCH[4]}
}

stop_server() {
    if [ -n "$server" ]; then
        kill "-$stop_signal" "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    server=
}

# own_folder BASE NAME SIGNAL: makes `dir`, whose server is ended by that signal. `as_user` begins a command that may not
# run as root, as neither PostgreSQL nor PgBouncer may.
own_folder() {
    dir=$(mktemp -d "$1/cartwright-$2.XXXXXX")
    stop_signal=$3
    server=
    trap 'stop_server; rm -rf "$dir"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    as_user=(setpriv)
    if [ "$(id -u)" -eq 0 ]; then
        local owner=nobody
        getent passwd postgres >/dev/null && owner=postgres
        chown "$owner" "$dir"
        as_user=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
    fi
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# start_server RUN IS_UP: `RUN` becomes the server on port `listen`, and `IS_UP` tells whether it answers. Three ports are tried.
# The kernel ends the server where the script is killed before it can: RUN begins with "${own[@]}".
start_server() {
    own=("${as_user[@]}" "--pdeathsig=$stop_signal")
    for _ in 1 2 3; do
        listen=$(free_port)
        (cd / && "$1") >"$dir/server.log" 2>&1 </dev/null &
        server=$!
        for _ in $(seq 1 200); do
            "$2" 2>/dev/null && return
            kill -0 "$server" 2>/dev/null || break
            sleep 0.05
        done
        stop_server
    done
    cat "$dir"/*.log >&2
    return 1
}
