#!/usr/bin/env bash
# Runs a command with a PgBouncer of its own, in transaction mode, before the PostgreSQL server that
# CARTWRIGHT_TEST_POSTGRES_URL names:  with_postgres.sh with_pgbouncer.sh COMMAND...
# The command finds it in CARTWRIGHT_TEST_POOLER_URL; unit_tests then reach their databases through it. So few sessions
# are lent to all that what one leaves behind meets the next.
set -euo pipefail

PATH+=:/usr/sbin  # where Debian puts it
if ! command -v pgbouncer >/dev/null; then
    echo "with_pgbouncer.sh: no pgbouncer found; 'make deps-test' installs one" >&2
    exit 1
fi
[[ ${CARTWRIGHT_TEST_POSTGRES_URL:-} =~ ^postgres(ql)?://([^@/]+)@([^:/]+):([0-9]+)/ ]] || {
    echo "with_pgbouncer.sh: CARTWRIGHT_TEST_POSTGRES_URL names no server" >&2
    exit 1
}
user=${BASH_REMATCH[2]} host=${BASH_REMATCH[3]} port=${BASH_REMATCH[4]}

dir=$(mktemp -d /tmp/cartwright-pgbouncer.XXXXXX)
pooler=
stop() {
    if [ -n "$pooler" ]; then
        kill -INT "$pooler" 2>/dev/null || true
        wait "$pooler" 2>/dev/null || true
    fi
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# PgBouncer refuses to run as root.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    chown nobody "$dir"
    as_user=(setpriv --reuid=nobody "--regid=$(id -g nobody)" --clear-groups)
fi

echo "\"$user\" \"\"" >"$dir/users"
for _ in 1 2 3; do
    listen=$((20000 + RANDOM % 12000))
    cat >"$dir/pgbouncer.ini" <<END
[databases]
* = host=$host port=$port
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $listen
unix_socket_dir =
auth_type = trust
auth_file = $dir/users
pool_mode = transaction
default_pool_size = 6
max_client_conn = 1000
logfile = $dir/log
server_check_delay = 0
END
    "${as_user[@]:-setpriv}" --pdeathsig=INT pgbouncer -q "$dir/pgbouncer.ini" </dev/null >"$dir/out" 2>&1 &
    pooler=$!
    for _ in $(seq 1 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$listen") 2>/dev/null && break 2
        kill -0 "$pooler" 2>/dev/null || break
        sleep 0.05
    done
    wait "$pooler" 2>/dev/null || true
    pooler=
done
if [ -z "$pooler" ]; then
    cat "$dir/out" "$dir/log" >&2
    exit 1
fi

export CARTWRIGHT_TEST_POOLER_URL="postgresql://$user@127.0.0.1:$listen/postgres"
"$@"
