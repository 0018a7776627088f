"""A Cartwright server of one's own: temporary folder, free port, gone afterwards. For the replay, tests and benches."""
import contextlib
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build" / "release" / "cartwright"
ADMIN_EMAIL = "admin@shop.example"
START_TIMEOUT_S, STOP_TIMEOUT_S = 30, 30
STRIPE_KEY, STRIPE_WEBHOOK_SECRET = "sk_test_cartwright_sandbox", "whsec_cartwright_sandbox"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def fresh_postgres(server_url):
    """A new database on the server that `server_url` names; dropped at the end. Gives its URL."""
    name = f"cartwright_{secrets.token_hex(6)}"
    subprocess.run(["psql", "-qd", server_url, "-c", f"CREATE DATABASE {name}"], check=True)
    try:
        yield urllib.parse.urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        subprocess.run(["psql", "-qd", server_url, "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"],
                       check=False)


class Server:
    """One server on one folder. Commands (`import`, `verify`) run with the same settings."""

    def __init__(self, folder, database_url=None, binary=BINARY, settings=None):
        self.folder, self.binary = pathlib.Path(folder), str(pathlib.Path(binary).resolve())
        self.port = free_port()
        self.address = ("127.0.0.1", self.port)
        self.admin_password = secrets.token_urlsafe(18)
        self.process = None
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CARTWRIGHT_")},
            "CARTWRIGHT_LISTEN": f"127.0.0.1:{self.port}",
            "CARTWRIGHT_DATABASE_URL": database_url or f"sqlite:{self.folder / 'shop.db'}",
            "CARTWRIGHT_DATA_DIR": str(self.folder),
            "CARTWRIGHT_RATE_LIMITS": "off",
            "CARTWRIGHT_SHOP_ACCESS_TTL": "24h",
            "CARTWRIGHT_LOG": "text:warning",
            **(settings or {}),
        }

    def command(self, *words, stdin=None, check=True, quiet=True):
        """Runs `cartwright WORDS…` and gives its result; what it said is in an error's message."""
        done = subprocess.run([self.binary, *map(str, words)], env=self.environment, cwd=self.folder, input=stdin,
                              text=True, stdout=subprocess.PIPE if quiet else None,
                              stderr=subprocess.STDOUT if quiet else None)
        if check and done.returncode:
            raise SystemExit(f"cartwright {words[0]} failed ({done.returncode}): {(done.stdout or '').strip()}")
        return done

    def prepare(self):
        self.command("migrate")
        self.command("create-admin", "--email", ADMIN_EMAIL, "--password-stdin", stdin=self.admin_password + "\n")

    def start(self, *arguments):
        """Starts it and waits until it is ready. Gives the seconds that took."""
        began = time.monotonic()
        log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen([self.binary, "serve", *arguments], env=self.environment, cwd=self.folder, stdout=log,
                                        stderr=log)
        log.close()
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > began + START_TIMEOUT_S:
                raise SystemExit(f"the server did not start:\n{(self.folder / 'server.log').read_text()[-2000:]}")
            time.sleep(0.002)
        return time.monotonic() - began

    def ready(self):
        try:
            with socket.create_connection(self.address, timeout=5) as line:
                line.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return line.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def stop(self):
        """Asks it to stop and gives its exit code (killed after a while: -9)."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def cpu_seconds(self):
        """User and system time the server has used so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0


@contextlib.contextmanager
def local_sandbox(server):
    """A sandbox at which `server`, which is yet to start, is paid. Gives the sandbox's address."""
    address = ("127.0.0.1", free_port())
    listen = "%s:%d" % address
    server.environment |= {"CARTWRIGHT_STRIPE_SECRET_KEY": STRIPE_KEY,
                           "CARTWRIGHT_STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
                           "CARTWRIGHT_STRIPE_API_BASE": f"http://{listen}"}
    with open(server.folder / "sandbox.log", "ab") as log:
        process = subprocess.Popen([server.binary, "sandbox", "--listen", listen, "--shop",
                                    "http://%s:%d" % server.address],
                                   env=server.environment, cwd=server.folder, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _takes_connections(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the sandbox did not start:\n{(server.folder / 'sandbox.log').read_text()[-2000:]}")
            time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _takes_connections(address):
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


@contextlib.contextmanager
def local_server(postgres_url=None, binary=BINARY, settings=None):
    """A prepared server (schema, admin), not yet started; stopped and removed at the end."""
    if not pathlib.Path(binary).exists():
        raise SystemExit(f"{binary} is not there: run `make build` first")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cartwright-"))
        url = stack.enter_context(fresh_postgres(postgres_url)) if postgres_url else None
        server = Server(folder, url, binary, settings)
        stack.callback(server.stop)
        server.prepare()
        yield server
