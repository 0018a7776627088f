"""A Redis server of one's own: free port, nothing kept on disk, gone afterwards. For tests and benches."""
import contextlib
import ctypes
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from local_server import free_port

START_TIMEOUT_S = 10
PR_SET_PDEATHSIG = 1


def there():
    return shutil.which("redis-server") is not None


class Redis:
    def __init__(self, folder):
        self.folder, self.port, self.options = folder, free_port(), []
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder,
             *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("redis-server did not start")
            time.sleep(0.01)

    def answers(self):
        try:
            return self.ask("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def ask(self, line):
        """One command, and the beginning of its answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(line.encode() + b"\r\n")
            return connection.recv(65536)

    def stop(self):
        """As if its machine were gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self):
        """It takes connections and says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def local_redis():
    with tempfile.TemporaryDirectory(prefix="cartwright-redis-") as folder:
        redis = Redis(folder)
        redis.start()
        try:
            yield redis
        finally:
            redis.stop()
