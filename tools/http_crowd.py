"""Many keep-alive HTTP connections in one thread, for programs that play a crowd of customers.

A conversation is a generator: it yields a request made by `request()` and gets an `Answer` back; `Elsewhere` sends one
to another server. Each conversation has connections of its own; a few tens of thousands of requests per second go
through one process.
"""
import base64
import collections
import json
import selectors
import socket
import time
import urllib.parse

Answer = collections.namedtuple("Answer", "status body")
Elsewhere = collections.namedtuple("Elsewhere", "address data")


class Trouble(Exception):
    """The server did not do what the conversation needs; the message says which request and what came."""


def request(method, path, body=None, token=None, headers=()):
    """The bytes of one HTTP/1.1 request with a JSON body; a body of bytes goes as it is."""
    head = f"{method} {path} HTTP/1.1\r\nHost: shop.example\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    for name, value in headers:
        head += f"{name}: {value}\r\n"
    if body is None:
        return (head + "\r\n").encode()
    data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return (head + f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n").encode() + data


def form_request(path, fields, user):
    """The bytes of one POST as Stripe's clients send them: a form, and the key as the user of Basic authentication."""
    data = urllib.parse.urlencode(fields).encode()
    key = base64.b64encode(f"{user}:".encode()).decode()
    return (f"POST {path} HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Basic {key}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(data)}\r\n\r\n").encode() + data


def take_answer(buffer):
    """The first whole answer at the start of `buffer`, removed from it; None while some of it is missing."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[:end]).lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if at < 0 and int(head[9:12]) not in (204, 304):
        raise Trouble(f"an answer without Content-Length: {head.decode(errors='replace')}")
    if len(buffer) < end + 4 + length:
        return None
    answer = Answer(int(head[9:12]), bytes(buffer[end + 4:end + 4 + length]))
    del buffer[:end + 4 + length]
    return answer


IDLE = float("inf")


class _Line:
    def __init__(self, address, conversation):
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.conversation = conversation
        self.received = bytearray()
        self.asked = b""
        self.since = IDLE

    def ask(self, data):
        """Sends a request. Those here are smaller than an empty socket buffer, so they go at once."""
        self.asked, self.since = data, time.monotonic()
        if self.socket.send(data) != len(data):
            raise Trouble("a request did not fit the socket's buffer")


def converse(address, conversations, timeout_s=60, meanwhile=lambda: None):
    """Runs the conversations to their ends, each on connections of its own. `meanwhile` is called often.

    Raises Trouble where a server closes a connection instead of answering, or is silent for `timeout_s`.
    """
    waiting = selectors.DefaultSelector()
    lines = {}  # by conversation and server

    def send(conversation, asked):
        to, data = asked if isinstance(asked, Elsewhere) else (address, asked)
        line = lines.get((conversation, to))
        if line is None:
            line = lines[conversation, to] = _Line(to, conversation)
            waiting.register(line.socket, selectors.EVENT_READ, line)
        line.ask(data)

    def closed(line):
        if line.since != IDLE:
            raise Trouble(f"the server closed the connection after {line.asked[:200]!r}")
        waiting.unregister(line.socket)
        line.socket.close()
        for key in [key for key, value in lines.items() if value is line]:
            del lines[key]

    try:
        alive = 0
        for conversation in conversations:
            first = next(conversation, None)
            if first is not None:
                send(conversation, first)
                alive += 1
        while alive:
            ready = waiting.select(1)
            if not ready and min(line.since for line in lines.values()) < time.monotonic() - timeout_s:
                raise Trouble(f"no answer for {timeout_s} s")
            for key, _ in ready:
                line = key.data
                data = line.socket.recv(262144)
                if not data:
                    closed(line)
                    continue
                line.received += data
                answer = take_answer(line.received)
                if answer is None:
                    continue
                line.since = IDLE
                try:
                    send(line.conversation, line.conversation.send(answer))
                except StopIteration:
                    alive -= 1
            meanwhile()
    finally:
        for line in lines.values():
            line.socket.close()
        waiting.close()


def ask(address, *what):
    """One request on a connection of its own."""
    answers = []

    def conversation():
        answers.append((yield request(*what)))

    converse(address, [conversation()])
    return answers[0]
