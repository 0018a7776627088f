"""Sends one step's request and reads the answer; keeps its connection from step to step."""
import dataclasses
import http.client
import mimetypes
import pathlib
import re
import secrets
import socket
import time

TIMEOUT_SECONDS = 30
RAW_IDLE_SECONDS = 0.6
ROOT = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    def text(self) -> str:
        return self.body.decode(errors="replace")


class Client:
    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
            try:
                return self._exchange(method, path, headers, body)
            except (OSError, http.client.HTTPException):
                self.close()
                if fresh or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _exchange(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        names = {name.lower() for name, _ in headers}
        self.connection.putrequest(method, path, skip_host="host" in names, skip_accept_encoding=True)
        for name, value in headers:
            self.connection.putheader(name, value.encode())
        if (body or method in ("POST", "PUT", "PATCH")) and "content-length" not in names:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body or None)
        got = self.connection.getresponse()
        answer = Answer(got.status, got.getheaders(), got.read())
        if got.will_close:
            self.close()
        return answer

    def close(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

    def send_raw(self, data: bytes) -> list[Answer]:
        """Sends bytes on a connection of their own; the answers until the server closes or says no more."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_SECONDS) as peer:
            try:
                peer.sendall(data)
                deadline = time.monotonic() + TIMEOUT_SECONDS
                while time.monotonic() < deadline:
                    peer.settimeout(RAW_IDLE_SECONDS if received else TIMEOUT_SECONDS)
                    more = peer.recv(65536)
                    if not more:
                        break
                    received += more
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
        return parse_answers(received)


def parse_answers(data: bytes) -> list[Answer]:
    answers = []
    while b"\r\n\r\n" in data:
        head, data = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines if ": " in line]
        answer = Answer(int(first.split()[1]), headers, b"")
        length = int(answer.header("Content-Length") or 0)
        answer.body, data = data[:length], data[length:]
        answers.append(answer)
    return answers


def unescaped(text: str) -> bytes:
    r"""The UTF-8 bytes of `text` with `\xNN`, `\r` and `\n` put in."""
    known = {b"\\r": b"\r", b"\\n": b"\n", b"\\\\": b"\\"}

    def put(match: re.Match) -> bytes:
        return known.get(match.group(0)) or bytes([int(match.group(0)[2:], 16)])

    return re.sub(rb"\\x[0-9a-fA-F]{2}|\\r|\\n|\\\\", put, text.encode())


def multipart(lines: list[str]) -> tuple[str, bytes]:
    """Content type and body of `name = value` and `name = @file [type=T] [filename=F]` lines."""
    boundary = "contract" + secrets.token_hex(8)
    body = b""
    for line in lines:
        name, value = (part.strip() for part in line.split("=", 1))
        disposition, content = f'form-data; name="{name}"', value.encode()
        kind = ""
        if value.startswith("@"):
            file, *options = value[1:].split()
            given = dict(option.split("=", 1) for option in options)
            content = (ROOT / "files" / file).read_bytes()
            disposition += f'; filename="{given.get("filename", file)}"'
            kind = given.get("type") or mimetypes.guess_type(file)[0] or "application/octet-stream"
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        head += f"Content-Type: {kind}\r\n" if kind else ""
        body += head.encode() + b"\r\n" + content + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()
