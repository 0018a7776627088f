"""Many requests at one moment: each on a connection of its own, all held back by their last byte."""
import dataclasses
import json
import selectors
import socket
import time

TIMEOUT_SECONDS = 90
BUSY_PAUSE_SECONDS = 0.05


class Wrong(Exception):
    """Something came out as it must not."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]  # by lower-case name
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)

    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclasses.dataclass
class Ask:
    """One request. A body that is no bytes is sent as JSON."""

    method: str
    path: str
    body: object = None
    token: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    port: int = 0  # of another server than the others'

    def wire(self, port: int) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.token:
            lines.append(f"Authorization: {'Token' if len(self.token) == 40 else 'Bearer'} {self.token}")
        data = b""
        if self.body is not None:
            data = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
            if not any(name.lower() == "content-type" for name, _ in self.headers):
                lines.append("Content-Type: application/json")
            lines.append(f"Content-Length: {len(data)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def parse(received: bytes, ask: Ask) -> Answer:
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        raise Wrong(f"{ask.method} {ask.path}: no answer, but {received[:200]!r}")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split()[1]), headers, body)


def _exchange(port: int, asks: list[Ask]) -> list[Answer]:
    lines = [socket.create_connection(("127.0.0.1", ask.port or port), timeout=TIMEOUT_SECONDS) for ask in asks]
    wires = [ask.wire(port) for ask in asks]
    received = [b""] * len(asks)
    with selectors.DefaultSelector() as waiting:
        try:
            for line, wire in zip(lines, wires):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.sendall(wire[:-1])
            for line, wire in zip(lines, wires):
                line.sendall(wire[-1:])
            for number, line in enumerate(lines):
                line.setblocking(False)
                waiting.register(line, selectors.EVENT_READ, number)
            open_lines, deadline = len(lines), time.monotonic() + TIMEOUT_SECONDS
            while open_lines:
                if time.monotonic() > deadline:
                    raise Wrong(f"{open_lines} of {len(asks)} requests like {asks[0].path} were not answered")
                for key, _ in waiting.select(1):
                    part = key.fileobj.recv(262144)
                    received[key.data] += part
                    if not part:
                        waiting.unregister(key.fileobj)
                        open_lines -= 1
        finally:
            for line in lines:
                line.close()
    return [parse(data, ask) for data, ask in zip(received, asks)]


def at_once(port: int, asks: list[Ask]) -> list[Answer]:
    """The answers, in the order of the requests. Who is told 503 because a queue is full asks again, until he is heard;
    any other 5xx is wrong."""
    answers: list[Answer | None] = [None] * len(asks)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while left := [number for number, answer in enumerate(answers) if answer is None]:
        if time.monotonic() > deadline:
            raise Wrong(f"{asks[left[0]].path}: still 503 after {TIMEOUT_SECONDS} s")
        for number, answer in zip(left, _exchange(port, [asks[number] for number in left])):
            if answer.status != 503:
                answers[number] = answer
        if None in answers:
            time.sleep(BUSY_PAUSE_SECONDS)
    if bad := [answer for answer in answers if answer.status >= 500]:
        raise Wrong(f"{len(bad)} of {len(asks)} requests like {asks[0].path}: {bad[0].status} {bad[0].text()}")
    return answers


def ask(port: int, method: str, path: str, body: object = None, token: str = "", status: int | None = None,
        headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """One request alone; its answer must have that status, if one is named."""
    answer = at_once(port, [Ask(method, path, body, token, headers)])[0]
    if status is not None and answer.status != status:
        raise Wrong(f"{method} {path} {body}: {answer.status}, not {status}: {answer.text()}")
    return answer


def tally(answers: list[Answer]) -> dict[object, int]:
    """How many answers say what: a status, and what is said with it where it is a refusal."""
    counts: dict[object, int] = {}
    for answer in answers:
        said = answer.status if answer.status < 400 else (answer.status, _said(answer.json()))
        counts[said] = counts.get(said, 0) + 1
    return counts


def _said(body: dict) -> str:
    if "error_code" in body:
        return body["error_code"]
    if body.get("errors"):
        return str(body["errors"])
    return body.get("message") or str(body)


def expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Wrong(f"{what}: {found!r}, not {wanted!r}")
