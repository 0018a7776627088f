#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own: private port, folder and socket, gone afterwards.
#   with_postgres.sh [--durable] COMMAND...
# The command finds the server in CARTWRIGHT_TEST_POSTGRES_URL and may create databases there. Where that
# variable is set already, the server it names is used. Without --durable a crash of the machine would lose
# data: right for tests, wrong for measurements.
set -euo pipefail

durable=off
if [ "${1:-}" = --durable ]; then
    durable=on
    shift
fi

[ -n "${CARTWRIGHT_TEST_POSTGRES_URL:-}" ] && exec "$@"

bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ] && command -v initdb >/dev/null; then
    bin=$(dirname "$(command -v initdb)")
fi
if [ -z "$bin" ]; then
    echo "with_postgres.sh: no PostgreSQL server found; 'make deps-test' installs one" >&2
    exit 1
fi

# Tests make and drop hundreds of databases of as many files: in memory, where there is room, that costs a third.
base=/tmp
if [ "$durable" = off ] && [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $4}')" -gt 2000000 ] 2>/dev/null; then
    base=/dev/shm
fi
dir=$(mktemp -d "$base/cartwright-postgres.XXXXXX")
server=
stop() {
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# PostgreSQL refuses to run as root.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    user=nobody
    getent passwd postgres >/dev/null && user=postgres
    chown "$user" "$dir"
    as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
fi

cd /
log=$dir/initdb.log
if ! "${as_user[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
    >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
cd - >/dev/null

settings=(-c "fsync=$durable" -c "full_page_writes=$durable" -c listen_addresses=127.0.0.1 -c max_connections=200
    -c shared_buffers=128MB -c autovacuum_naptime=10s -c "unix_socket_directories=$dir" -c log_min_messages=fatal)
[ "$durable" = off ] && settings+=(-c synchronous_commit=off)

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

for _ in 1 2 3; do
    port=$(free_port)
    # The kernel ends the server where this script is killed before it can.
    "${as_user[@]:-setpriv}" --pdeathsig=QUIT "$bin/postgres" -D "$dir/data" -p "$port" "${settings[@]}" \
        >"$dir/server.log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 1 200); do
        "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break 2
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
done
if [ -z "$server" ]; then
    cat "$dir/server.log" >&2
    exit 1
fi

export CARTWRIGHT_TEST_POSTGRES_URL="postgresql://postgres@127.0.0.1:$port/postgres"
"$@"
