"""Runs the real binary for the contract tests: fresh data folder and database, a free port, an admin."""
import http.client
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import secrets_seen

START_SECONDS = 30
STOP_SECONDS = 30
ADMIN = ("admin@contract.example", "correct-horse-7")
STRIPE_KEY, STRIPE_WEBHOOK_SECRET = "sk_test_contract", "whsec_contract"
PAGE_GATEWAYS = {"PAYTM_MID": "CARTWR00000000000001", "PAYTM_KEY": "Cartwright_Key16",
                 "PHONEPE_MERCHANT_ID": "CARTWRUAT", "PHONEPE_SALT_KEY": "cartwright-salt-key-0001"}
SANITIZER = re.compile(r"runtime error:|ERROR: \w+Sanitizer|WARNING: ThreadSanitizer")


class Broken(Exception):
    """The server did not do what every server must; the message holds the end of its log."""


class Server:
    def __init__(self, binary: pathlib.Path, engine: str, settings: dict[str, str]) -> None:
        self.binary, self.engine = binary, engine
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cartwright-contract."))
        self.log = self.dir / "server.log"
        self.mail_dir = self.dir / "data" / "mail"
        self.seen = secrets_seen.SecretsSeen()
        self.database = None
        self.process = None
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("CARTWRIGHT_")}
        self.environment |= {
            "CARTWRIGHT_DATA_DIR": str(self.dir / "data"),
            "CARTWRIGHT_DATABASE_URL": self._new_database(),
            "CARTWRIGHT_RATE_LIMITS": "off",
        } | settings
        self.sandbox, self.sandbox_url = None, ""
        if self.environment.pop("SANDBOX", "") == "on":
            self.sandbox_url = f"http://127.0.0.1:{free_port()}"
            self.environment |= {"CARTWRIGHT_STRIPE_API_BASE": self.sandbox_url,
                                 "CARTWRIGHT_STRIPE_SECRET_KEY": STRIPE_KEY,
                                 "CARTWRIGHT_STRIPE_WEBHOOK_SECRET": f"whsec_new,{STRIPE_WEBHOOK_SECRET}",
                                 "CARTWRIGHT_PAYTM_API_BASE": self.sandbox_url,
                                 "CARTWRIGHT_PHONEPE_API_BASE": self.sandbox_url,
                                 "CARTWRIGHT_PHONEPE_TOKEN_BASE": self.sandbox_url}
            self.environment |= {f"CARTWRIGHT_{name}": value for name, value in PAGE_GATEWAYS.items()}

    def _new_database(self) -> str:
        if self.engine == "sqlite":
            return f"sqlite:{self.dir / 'contract.db'}"
        # Through a pooler, if tools/with_pgbouncer.sh has started one.
        url = os.environ.get("CARTWRIGHT_TEST_POOLER_URL") or os.environ["CARTWRIGHT_TEST_POSTGRES_URL"]
        self.database = f"contract_{secrets.token_hex(6)}"
        self._psql(f"CREATE DATABASE {self.database}")
        return urllib.parse.urlsplit(url)._replace(path="/" + self.database).geturl()

    def _psql(self, statement: str) -> None:
        subprocess.run(["psql", "-q", os.environ["CARTWRIGHT_TEST_POSTGRES_URL"], "-c", statement], check=True,
                       capture_output=True)

    def start(self) -> None:
        (self.dir / "data").mkdir()
        self.command("migrate")
        self.command("create-admin", "--email", ADMIN[0], "--password-stdin", stdin=ADMIN[1] + "\n")
        for _ in range(3):
            self.port = free_port()
            self.environment["CARTWRIGHT_LISTEN"] = f"127.0.0.1:{self.port}"
            with self.log.open("ab") as log:
                self.process = subprocess.Popen([self.binary, "serve"], env=self.environment, cwd=self.dir,
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if self._ready():
                self._start_sandbox()
                return
        raise Broken(f"the server did not start:\n{self.log_end()}")

    def _start_sandbox(self) -> None:
        if not self.sandbox_url:
            return
        address = self.sandbox_url.removeprefix("http://")
        with self.log.open("ab") as log:
            self.sandbox = subprocess.Popen([self.binary, "sandbox", "--listen", address, "--shop",
                                             f"http://127.0.0.1:{self.port}"],
                                            env=self.environment | {"CARTWRIGHT_STRIPE_WEBHOOK_SECRET":
                                                                    STRIPE_WEBHOOK_SECRET},
                                            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(address.rsplit(":", 1)[1]))) == 0:
                    return
            time.sleep(0.02)
        raise Broken("the sandbox did not start")

    def _stop_sandbox(self) -> None:
        if self.sandbox:
            self.sandbox.send_signal(signal.SIGTERM)
            self.sandbox.wait(STOP_SECONDS)

    def _ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.02)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        return False

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Runs a sub-command of the binary on this server's database."""
        done = subprocess.run([self.binary, *arguments], env=self.environment, cwd=self.dir, input=stdin, text=True,
                              capture_output=True, check=False, timeout=120)
        if done.returncode != 0:
            raise Broken(f"`cartwright {' '.join(arguments)}` exited {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def stop(self) -> None:
        """Ends the server as an operator would. Raises Broken where it does not end well or reported a fault."""
        try:
            if self.process is None:
                return
            died = self.process.poll() is not None
            if not died:
                self.process.send_signal(signal.SIGTERM)
                try:
                    self.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired as error:
                    self.process.kill()
                    self.process.wait()
                    raise Broken("SIGTERM did not end the server") from error
            if died or self.process.returncode != 0:
                raise Broken(f"the server ended with {self.process.returncode}:\n{self.log_end()}")
            log = self.log.read_text(errors="replace")
            if SANITIZER.search(log):
                raise Broken(f"the server's log holds a sanitizer's report:\n{self.log_end()}")
            if told := self.seen.told_by(log):
                raise Broken("the server's log tells what it must not:\n" + "\n".join(told[:20]))
            self.command("verify")
        finally:
            self._stop_sandbox()
            self._remove()

    def _remove(self) -> None:
        if self.database:
            self._psql(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        shutil.rmtree(self.dir, ignore_errors=True)

    def log_end(self, lines: int = 40) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
