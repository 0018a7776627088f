#!/usr/bin/env python3
"""Runs docs/purchase.sh against a demo shop, twice, and looks at what it leaves: the mail, and books that are right.

    run.py [--binary PATH]
"""
import argparse
import email
import email.policy
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from local_server import BINARY, Server, free_port  # noqa: E402


class DemoShop(Server):
    def start(self):
        log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen([self.binary, "serve", "--demo"], env=self.environment, cwd=self.folder, stdout=log,
                                        stderr=log)
        deadline = time.monotonic() + 60
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the demo shop did not start:\n{(self.folder / 'server.log').read_text()[-2000:]}")
            time.sleep(0.05)


def wait_for_mail(folder, subject):
    """The text of the mail whose subject begins so."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for path in folder.glob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if mail["Subject"].startswith(subject):
                return mail.get_body(("plain",)).get_content()
        time.sleep(0.1)
    raise SystemExit(f"no mail came whose subject begins with {subject!r}: "
                     f"{[path.name for path in folder.glob('*.eml')]}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartwright-purchase-") as name:
        sandbox = f"127.0.0.1:{free_port()}"
        shop = DemoShop(name, None, given.binary.resolve(), {"CARTWRIGHT_SANDBOX_LISTEN": sandbox})
        shop.start()
        try:
            for _ in range(2):
                done = subprocess.run([ROOT / "docs" / "purchase.sh"], text=True, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=60,
                                      env={**os.environ, "SHOP": f"http://127.0.0.1:{shop.port}", "SANDBOX": f"http://{sandbox}"})
                if done.returncode:
                    raise SystemExit(f"docs/purchase.sh failed:\n{done.stdout}\n{(shop.folder / 'server.log').read_text()[-3000:]}")
            number = done.stdout.split("order ORD-")[1].split(":")[0]
            text = wait_for_mail(shop.folder / "mail", "Your order")
            if "ORD-" not in text:
                raise SystemExit(f"the mail does not name the order {number}:\n{text}")
        finally:
            shop.stop()
        shop.command("verify")
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
