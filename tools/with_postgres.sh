#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own: private port, folder and socket, gone afterwards.
#   with_postgres.sh [--durable] COMMAND...
# The command finds the server in CARTWRIGHT_TEST_POSTGRES_URL and may create databases there. Where that
# variable is set already, the server it names is used. Without --durable a crash of the machine would lose
# data: right for tests, wrong for measurements.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

durable=off
if [ "${1:-}" = --durable ]; then
    durable=on
    shift
fi

[ -n "${CARTWRIGHT_TEST_POSTGRES_URL:-}" ] && exec "$@"

bin=$(postgres_programs)
base=${TMPDIR:-/tmp}
[ "$durable" = off ] && base=$(folder_in_memory)
own_folder "$base" postgres QUIT

if ! (cd / && "${as_user[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync) \
    >"$dir/initdb.log" 2>&1; then
    cat "$dir/initdb.log" >&2
    exit 1
fi

settings=(-c "fsync=$durable" -c "full_page_writes=$durable" -c listen_addresses=127.0.0.1 -c max_connections=200
    -c shared_buffers=128MB -c autovacuum_naptime=10s -c "unix_socket_directories=$dir" -c log_min_messages=fatal)
[ "$durable" = off ] && settings+=(-c synchronous_commit=off)

run() { exec "${own[@]}" "$bin/postgres" -D "$dir/data" -p "$listen" "${settings[@]}"; }
is_up() { "$bin/pg_isready" -q -h 127.0.0.1 -p "$listen"; }
start_server run is_up

export CARTWRIGHT_TEST_POSTGRES_URL="postgresql://postgres@127.0.0.1:$listen/postgres"
"$@"
