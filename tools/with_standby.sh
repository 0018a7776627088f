#!/usr/bin/env bash
# Runs a command with a streaming standby of its own beside the PostgreSQL server that CARTWRIGHT_TEST_POSTGRES_URL
# names:  with_postgres.sh with_standby.sh COMMAND...      The command finds it in CARTWRIGHT_TEST_STANDBY_URL.
set -euo pipefail

[[ ${CARTWRIGHT_TEST_POSTGRES_URL:-} =~ ^postgres(ql)?://([^@/]+)@([^:/]+):([0-9]+)/ ]] || {
    echo "with_standby.sh: CARTWRIGHT_TEST_POSTGRES_URL names no server" >&2
    exit 1
}
user=${BASH_REMATCH[2]} host=${BASH_REMATCH[3]} port=${BASH_REMATCH[4]}
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)

base=/tmp
if [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $4}')" -gt 2000000 ] 2>/dev/null; then
    base=/dev/shm
fi
dir=$(mktemp -d "$base/cartwright-standby.XXXXXX")
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
    owner=nobody
    getent passwd postgres >/dev/null && owner=postgres
    chown "$owner" "$dir"
    as_user=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
fi

if ! (cd / && "${as_user[@]}" "$bin/pg_basebackup" -h "$host" -p "$port" -U "$user" -D "$dir/data" -R --no-sync \
    --checkpoint=fast --wal-method=stream) >"$dir/log" 2>&1; then
    cat "$dir/log" >&2
    exit 1
fi
for _ in 1 2 3; do
    listen=$((20000 + RANDOM % 12000))
    (cd / && exec "${as_user[@]:-setpriv}" --pdeathsig=QUIT "$bin/postgres" -D "$dir/data" -p "$listen" -c fsync=off \
        -c listen_addresses=127.0.0.1 -c max_connections=200 -c "unix_socket_directories=$dir" \
        -c log_min_messages=fatal) >"$dir/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 1 200); do
        "$bin/pg_isready" -q -h 127.0.0.1 -p "$listen" && break 2
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    wait "$server" 2>/dev/null || true
    server=
done
if [ -z "$server" ]; then
    cat "$dir/log" >&2
    exit 1
fi

export CARTWRIGHT_TEST_STANDBY_URL="postgresql://$user@127.0.0.1:$listen/postgres"
"$@"
