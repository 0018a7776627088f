#!/usr/bin/env python3
"""Serves HTTPS and asks by Python's TLS: versions, answers of every size, a certificate that is read again while
connections go on, clients that are slow or speak no TLS, and the end of a server that drains.

    run.py [--binary PATH]
"""
import argparse
import contextlib
import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from local_server import BINARY, Server  # noqa: E402

PROBLEMS, PASSED = [], 0


def check(holds, what):
    global PASSED
    if holds:
        PASSED += 1
    else:
        PROBLEMS.append(what)
        print(f"FAILED: {what}", file=sys.stderr)


def make_certificate(folder, name):
    """A key and a certificate for localhost that it signed itself; gives the certificate's bytes."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")], check=True,
                   stderr=subprocess.DEVNULL)
    return ssl.PEM_cert_to_DER_cert((folder / "cert.pem").read_text())


def client_context(version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what is asked for to be refused
            context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


class HttpsServer(Server):
    def ready(self):
        try:
            line = http.client.HTTPSConnection(*self.address, context=client_context(), timeout=5)
            line.request("GET", "/health/ready")
            return line.getresponse().status == 200
        except OSError:
            return False


def connect(server, version=None):
    return http.client.HTTPSConnection(*server.address, context=client_context(version), timeout=10)


def ask(line, method, path, body=None, headers=None):
    line.request(method, path, body, headers or {})
    answer = line.getresponse()
    return answer, answer.read()


def versions(server):
    for version, served in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                            (ssl.TLSVersion.TLSv1_3, True)):
        try:
            answer, _ = ask(connect(server, version), "GET", "/api/auth/")
            check(served and answer.status == 200, f"{version.name} is {'served' if served else 'refused'}")
            check((answer.getheader("Strict-Transport-Security") or "").startswith("max-age="), "HSTS is there")
        except (ssl.SSLError, OSError) as problem:
            check(not served, f"{version.name}: {problem}")


def sizes(server):
    line = connect(server)
    answer, page = ask(line, "GET", "/docs/")
    check(answer.status == 200 and b"<html" in page, "an answer comes whole")
    answer, document = ask(line, "GET", "/api/v1/openapi.json")
    check(len(document) > 50_000 and len(json.loads(document)["paths"]) > 10, "and a large one on the same connection")
    padding = "x" * 900_000
    answer, said = ask(line, "POST", "/api/v1/auth/login/", json.dumps({"email": "a@b.example", "password": padding}),
                       {"Content-Type": "application/json"})
    check(answer.status == 400 and b"password" in said or b"Invalid" in said, f"a large body is read: {answer.status}")
    answer, _ = ask(line, "HEAD", "/docs/")
    check(answer.status == 200, "HEAD works")
    answer, body = ask(line, "GET", "/docs/", headers={"Connection": "close"})
    check(len(body) == len(page), "the last answer of a connection is whole")


def plain_and_slow(server):
    with socket.create_connection(server.address, timeout=10) as plain:
        plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = plain.recv(1000)
        check(not said.startswith(b"HTTP"), "plain HTTP is not answered")
        with contextlib.suppress(ConnectionError):
            check(plain.recv(1000) == b"", "and its connection is closed")
    with socket.create_connection(server.address, timeout=10) as slow:
        began = time.monotonic()
        slow.sendall(b"\x16\x03\x01")
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < began + 8 and slow.recv(1000):
                pass
        check(time.monotonic() - began < 6, "a handshake that never ends is ended")


def reload(server, folder, first):
    line = connect(server)
    ask(line, "GET", "/health/live")
    check(line.sock.getpeercert(True) == first, "the first certificate is served")
    (folder / "cert.pem").write_text("no certificate")
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    check(ask(connect(server), "GET", "/health/live")[0].status == 200, "a broken file changes nothing")
    second = make_certificate(folder, "second")
    server.process.send_signal(signal.SIGHUP)
    for _ in range(50):
        fresh = connect(server)
        ask(fresh, "GET", "/health/live")
        if fresh.sock.getpeercert(True) == second:
            break
        time.sleep(0.1)
    check(fresh.sock.getpeercert(True) == second, "the second certificate is served after SIGHUP")
    check(ask(line, "GET", "/health/live")[0].status == 200, "and an old connection goes on")


def drain(server):
    line = connect(server)
    ask(line, "GET", "/health/live")
    check(server.stop() == 0, "the server ends well")
    check(line.sock.recv(100) == b"", "a connection at rest is closed with TLS's own goodbye")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartwright-tls-") as name:
        folder = pathlib.Path(name)
        first = make_certificate(folder, "first")
        server = HttpsServer(folder, None, given.binary.resolve(), {
            "CARTWRIGHT_TLS_CERT": str(folder / "cert.pem"), "CARTWRIGHT_TLS_KEY": str(folder / "key.pem"),
            "CARTWRIGHT_REQUIRE_HTTPS": "on", "CARTWRIGHT_HEADER_TIMEOUT": "2s"})
        server.prepare()
        server.start()
        try:
            versions(server)
            sizes(server)
            plain_and_slow(server)
            reload(server, folder, first)
            drain(server)
        finally:
            server.stop()
        lonely = server.command("config", check=False)
        check(lonely.returncode == 0, "settings with a certificate are right")
        server.environment.pop("CARTWRIGHT_TLS_KEY")
        check(server.command("config", check=False).returncode == 2, "a certificate without its key is refused")
    print(f"{PASSED} passed, {len(PROBLEMS)} failed")
    sys.exit(1 if PROBLEMS else 0)


if __name__ == "__main__":
    main()
