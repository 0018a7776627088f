#!/usr/bin/env bash
# Runs a command with a PgBouncer of its own, in transaction mode, before the PostgreSQL server that
# CARTWRIGHT_TEST_POSTGRES_URL names:  with_postgres.sh with_pgbouncer.sh COMMAND...
# The command finds it in CARTWRIGHT_TEST_POOLER_URL; unit_tests then reach their databases through it. So few sessions
# are lent to all that what one leaves behind meets the next.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

PATH+=:/usr/sbin  # where Debian puts it
if ! command -v pgbouncer >/dev/null; then
    echo "with_pgbouncer.sh: no pgbouncer found; 'make deps-test' installs one" >&2
    exit 1
fi
named_postgres
own_folder "${TMPDIR:-/tmp}" pgbouncer INT

echo "\"$user\" \"\"" >"$dir/users"
run() {
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
logfile = $dir/pgbouncer.log
server_check_delay = 0
END
    exec "${own[@]}" pgbouncer -q "$dir/pgbouncer.ini"
}
is_up() { (exec 3<>"/dev/tcp/127.0.0.1/$listen"); }
start_server run is_up

export CARTWRIGHT_TEST_POOLER_URL="postgresql://$user@127.0.0.1:$listen/postgres"
"$@"
