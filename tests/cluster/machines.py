"""The cluster's machines, each a process on a loopback port: PostgreSQL and its standby, PgBouncers, Redis, HAProxy, and
nodes of the server."""
import contextlib
import os
import pathlib
import pwd
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from gate import wait_until  # noqa: E402
from local_server import Server, free_port  # noqa: E402

START_S = 20
os.environ["PATH"] += ":/usr/sbin:/sbin"  # where Debian puts HAProxy and PgBouncer
POSTGRES_BIN = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None,
                   key=lambda path: float(path.parent.name))


def _owner():
    """Whom PostgreSQL and PgBouncer run as: they refuse to be root."""
    if os.getuid() != 0:
        return None
    names = [entry.pw_name for entry in pwd.getpwall()]
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def takes_connections(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Machine:
    """A process that dies with this one, its output in a file of its folder."""

    def __init__(self, folder, name, owned=False):
        self.folder, self.name = pathlib.Path(folder) / name, name
        self.folder.mkdir()
        self.owner = _owner() if owned else None
        if self.owner:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        self.port, self.process = free_port(), None

    def _as_owner(self, words):
        if not self.owner:
            return words
        return ["setpriv", f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}", "--clear-groups", *words]

    def run(self, *words):
        done = subprocess.run(self._as_owner([str(word) for word in words]), cwd="/", stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit(f"{words[0]} failed: {done.stdout}")
        return done.stdout

    def launch(self, *words, environment=None):
        with open(self.folder / "log", "ab") as log:
            # A group of its own: a machine that dies takes all its processes along.
            self.process = subprocess.Popen(
                self._as_owner(["setpriv", "--pdeathsig=KILL", *map(str, words)]), cwd=self.folder, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, env=environment, start_new_session=True)

    def up(self):
        return takes_connections(self.port)

    def wait(self):
        deadline = time.monotonic() + START_S
        while not self.up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} did not start:\n{(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def kill(self):
        """As if its machine lost power."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Postgres(Machine):
    def __init__(self, folder, name, primary=None):
        super().__init__(folder, name, owned=True)
        self.data = self.folder / "data"
        if primary:
            self.run(POSTGRES_BIN / "pg_basebackup", "-D", self.data, "-R", "--no-sync", "--checkpoint=fast", "-d",
                     f"host=127.0.0.1 port={primary.port} user=postgres application_name={name}")
        else:
            self.run(POSTGRES_BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                     "--locale=C.UTF-8", "--no-sync")

    def start(self):
        # Processes die here, not machines: what the kernel has is safe, and fsync only costs time.
        self.launch(POSTGRES_BIN / "postgres", "-D", self.data, "-p", self.port, "-c", "listen_addresses=127.0.0.1",
                    "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off", "-c", "max_connections=120",
                    "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal")
        self.wait()
        wait_until(lambda: subprocess.run([POSTGRES_BIN / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                                          check=False).returncode == 0, START_S, f"{self.name} ready")

    def url(self, database="shop"):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def ask(self, statement, database="shop"):
        done = subprocess.run(["psql", "-XAtqd", self.url(database), "-c", statement], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit(f"{self.name}: {statement}: {done.stdout}")
        return done.stdout.strip()

    def promote(self):
        self.ask("SELECT pg_promote(true, 20)", "postgres")


class PgBouncer(Machine):
    """Before one PostgreSQL, in transaction mode."""

    def __init__(self, folder, name, postgres):
        super().__init__(folder, name, owned=True)
        (self.folder / "users").write_text('"postgres" ""\n')
        self._write(postgres)

    def point_at(self, postgres):
        """As a failover tool does."""
        self._write(postgres)
        self.process.send_signal(signal.SIGHUP)

    def _write(self, postgres):
        (self.folder / "pgbouncer.ini").write_text(f"""[databases]
* = host=127.0.0.1 port={postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {self.folder}/users
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
server_connect_timeout = 2
server_login_retry = 1
query_wait_timeout = 4
""")

    def start(self):
        self.launch("pgbouncer", "-q", self.folder / "pgbouncer.ini")
        self.wait()


class Redis(Machine):
    def __init__(self, folder):
        super().__init__(folder, "redis")

    def start(self):
        self.launch("redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self.wait()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"


ERRORFILE = """HTTP/1.1 503 Service Unavailable\r
Content-Type: application/json\r
Content-Length: 32\r
Retry-After: 1\r
Cache-Control: no-store\r
\r
{"error": "Service unavailable"}"""


class HaProxy(Machine):
    """The balancer, as docs/cluster.md has it. What a node that dies did not answer is asked again at another where that
    does no harm: reads, and what has an Idempotency-Key."""

    def __init__(self, folder, nodes):
        super().__init__(folder, "haproxy")
        (self.folder / "503.http").write_bytes(ERRORFILE.encode())
        errors = "\n".join(f"    errorfile {code} {self.folder}/503.http" for code in (502, 503, 504))
        servers = "\n".join(f"    server {node.name} 127.0.0.1:{node.port}" for node in nodes)
        (self.folder / "haproxy.cfg").write_text(f"""defaults
    mode http
    timeout connect 1s
    timeout client 75s
    timeout server 60s
    timeout check 1s
    retries 4
    option redispatch 1
    option forwardfor
{errors}
frontend shop
    bind 127.0.0.1:{self.port}
    default_backend nodes
backend nodes
    balance leastconn
    retry-on conn-failure empty-response
    http-request disable-l7-retry if !METH_GET !{{ req.hdr(Idempotency-Key) -m found }}
    option httpchk GET /health/ready
    default-server check inter 300ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
{servers}
""")

    def start(self):
        self.launch("haproxy", "-db", "-q", "-f", self.folder / "haproxy.cfg")
        self.wait()


class Node(Machine):
    """A server, with settings beside those that all share."""

    def __init__(self, folder, name, binary, settings):
        super().__init__(folder, name)
        self.binary, self.settings = binary, settings

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTWRIGHT_")}
        own = {"CARTWRIGHT_LISTEN": f"127.0.0.1:{self.port}"}
        return {**kept, **self.settings, **own, **more}

    def command(self, *words, stdin=None, **more):
        done = subprocess.run([self.binary, *words], env=self.environment(**more), cwd=self.folder, input=stdin,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def start(self):
        self.launch(self.binary, "serve", environment=self.environment())

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def up(self):
        return Server.ready(self)
