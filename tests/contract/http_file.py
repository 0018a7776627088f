"""Reads a contract file (README.md says how they are written) into steps and directives."""
import dataclasses
import pathlib
import re

METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|BREW"
REQUEST = re.compile(rf"^({METHODS}) (\S+)(.*)$")
HEADER_IN_BRACKETS = re.compile(r"^\s*\[([A-Za-z-]+): ?([^\]]*)\]")
EXPECTED = re.compile(r"^=> (\d{3} or closed|closed|\d{3}(?:, \d{3})*)(?: (exact|loose))?(?:\s+(.*))?$")
HEADER = re.compile(r"^([A-Za-z-]+):\s*(.*)$")


@dataclasses.dataclass
class Directive:
    """`@word rest`, or `@name = value` (word `set`, rest `name = value`)."""

    line: int
    word: str
    rest: str


@dataclasses.dataclass
class Step:
    """One request and what is expected of its answer."""

    line: int
    title: str
    method: str = ""
    path: str = ""
    headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    body: str = ""
    raw: str = ""  # of a RAW step: the bytes to send, still with escapes
    status: str = ""
    strictness: str = ""
    expected_headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    expected_body: str = ""


class Malformed(Exception):
    pass


class _Lines:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.lines = path.read_text().split("\n")
        self.at = 0

    def fail(self, why: str) -> Malformed:
        return Malformed(f"{self.path}:{self.at + 1}: {why}")

    def peek(self) -> str | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]

    def until(self, ends) -> list[str]:
        """The lines up to the first for which `ends` holds."""
        taken = []
        while (line := self.peek()) is not None and not ends(line):
            taken.append(self.take())
        return taken


def read(path: pathlib.Path) -> list[Directive | Step]:
    lines = _Lines(path)
    found: list[Directive | Step] = []
    title = ""
    while (line := lines.peek()) is not None:
        if line.startswith("###"):
            title = lines.take().removeprefix("###").strip()
        elif not line.strip() or line.startswith("#"):
            lines.take()
        elif line.startswith("@"):
            found.append(_directive(lines))
        elif line == "RAW":
            found.append(_raw_step(lines, title))
        elif REQUEST.match(line):
            found.append(_step(lines, title))
        else:
            raise lines.fail(f"neither a request nor a directive: {line!r}")
    return found


def _directive(lines: _Lines) -> Directive:
    number = lines.at + 1
    line = lines.take()[1:]
    if re.match(r"^\w+ = ", line):
        # A literal may go on over indented lines.
        more = lines.until(lambda text: not text.startswith("  "))
        return Directive(number, "set", "\n".join([line, *more]))
    word, _, rest = line.partition(" ")
    return Directive(number, word, rest.strip())


def _step(lines: _Lines, title: str) -> Step:
    step = Step(lines.at + 1, title)
    match = REQUEST.match(lines.take())
    step.method, step.path, rest = match.groups()
    rest, inline = _split_inline(rest)
    while header := HEADER_IN_BRACKETS.match(rest):
        step.headers.append((header.group(1), header.group(2)))
        rest = rest[header.end() :]
    step.body = rest.strip()
    if inline is None:
        while (line := lines.peek()) and (header := HEADER.match(line)):
            step.headers.append(header.groups())
            lines.take()
        body = lines.until(lambda text: text.startswith("=>"))
        step.body = step.body or "\n".join(body).strip("\n")
        if lines.peek() is None:
            raise lines.fail(f"the request of line {step.line} expects nothing: a line '=> STATUS' is missing")
        inline = lines.take()
    _expectation(lines, step, inline)
    return step


def _split_inline(rest: str) -> tuple[str, str | None]:
    """What stands before the last ` => ` of a one-line step, and the expectation."""
    at = rest.rfind(" => ")
    return (rest[:at], rest[at + 1 :]) if at >= 0 else (rest, None)


def _raw_step(lines: _Lines, title: str) -> Step:
    step = Step(lines.at + 1, title, method="RAW")
    lines.take()
    step.raw = "".join(
        line.removesuffix("\\") if line.endswith("\\") else line + "\r\n"
        for line in lines.until(lambda text: text.startswith("=>"))
    )
    if lines.peek() is None:
        raise lines.fail("the RAW request expects nothing")
    _expectation(lines, step, lines.take())
    return step


def _expectation(lines: _Lines, step: Step, line: str) -> None:
    match = EXPECTED.match(line)
    if not match:
        raise lines.fail(f"not an expectation: {line!r}")
    step.status, step.strictness, step.expected_body = match.group(1), match.group(2) or "", match.group(3) or ""
    if step.expected_body:
        return
    while (text := lines.peek()) and (header := HEADER.match(text)):
        step.expected_headers.append(header.groups())
        lines.take()
    ends = re.compile(rf"^(###|@\w|RAW$|({METHODS}) )")
    body = lines.until(ends.match)
    step.expected_body = "\n".join(text for text in body if not text.startswith("#")).strip()
