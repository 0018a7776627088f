#!/usr/bin/env bash
# Runs a command with a streaming standby of its own beside the PostgreSQL server that CARTWRIGHT_TEST_POSTGRES_URL
# names:  with_postgres.sh with_standby.sh COMMAND...      The command finds it in CARTWRIGHT_TEST_STANDBY_URL.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

named_postgres
bin=$(postgres_programs)
own_folder "$(folder_in_memory)" standby QUIT

if ! (cd / && "${as_user[@]}" "$bin/pg_basebackup" -h "$host" -p "$port" -U "$user" -D "$dir/data" -R --no-sync \
    --checkpoint=fast --wal-method=stream) >"$dir/basebackup.log" 2>&1; then
    cat "$dir/basebackup.log" >&2
    exit 1
fi

run() {
    exec "${own[@]}" "$bin/postgres" -D "$dir/data" -p "$listen" -c fsync=off -c listen_addresses=127.0.0.1 \
        -c max_connections=200 -c "unix_socket_directories=$dir" -c log_min_messages=fatal
}
is_up() { "$bin/pg_isready" -q -h 127.0.0.1 -p "$listen"; }
start_server run is_up

export CARTWRIGHT_TEST_STANDBY_URL="postgresql://$user@127.0.0.1:$listen/postgres"
"$@"
