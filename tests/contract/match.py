"""Compares an answer's JSON with what a contract file expects of it, holes included."""
import decimal
import json
import re

# Holes that stand for a whole value: what it must be.
WHOLE = {
    "any": lambda v: True,
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "id": lambda v: isinstance(v, int) and not isinstance(v, bool) and v > 0,
    "number": lambda v: isinstance(v, (int, decimal.Decimal)) and not isinstance(v, bool),
    "bool": lambda v: isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "text": lambda v: isinstance(v, str) and v != "",
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
}
# Holes inside a string, and strings as a whole.
IN_TEXT = {
    "jwt": r"[\w-]+\.[\w-]+\.[\w-]+",
    "ts": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "money": r"\d+\.\d\d",
    "digits": r"\d+",
    "url": r"https?://[^\s\"]+",
    "slug": r"[a-z0-9_]+(?:-[a-z0-9_]+)*",
    "order_number": r"ORD-\d{10,}",
    "hex": r"[0-9a-f]+",
    "rest": r"(?s:.*)",
}
HOLE = re.compile(r"<(~.*?~|\w+)(?::(\w+))?>")
MORE = "…"


class NotJson(ValueError):
    pass


def parse_answer(text: str):
    """Strict JSON: no NaN, no duplicate keys; decimals keep their digits."""

    def constant(name):
        raise NotJson(f"{name} is not JSON")

    def pairs(found):
        names = [name for name, _ in found]
        if len(names) != len(set(names)):
            raise NotJson(f"a key stands twice in {sorted(names)}")
        return dict(found)

    try:
        return json.loads(text, parse_float=decimal.Decimal, parse_constant=constant, object_pairs_hook=pairs)
    except ValueError as error:
        raise NotJson(str(error)) from error


def parse_expected(text: str):
    """JSON in which `<hole>` and `…` may stand bare."""
    out, stack, at = [], [], 0
    while at < len(text):
        c = text[at]
        if c == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append(text[at : end + 1])
            at = end + 1
            continue
        if c == "<":
            match = HOLE.match(text, at)
            if not match:
                raise NotJson(f"a hole does not end: {text[at : at + 20]}")
            out.append(json.dumps(match.group(0)))
            at = match.end()
            continue
        if c == MORE:
            out.append('"…": 0' if stack and stack[-1] == "{" else '"…"')
        else:
            out.append(c)
        if c in "{[":
            stack.append(c)
        elif c in "}]" and stack:
            stack.pop()
        at += 1
    return json.loads("".join(out), parse_float=decimal.Decimal)


class Matcher:
    """Compares and collects. `exact`: objects have no fields but the expected ones, unless they end in `…`."""

    def __init__(self, exact: bool) -> None:
        self.exact = exact
        self.differences: list[str] = []
        self.captured: dict[str, object] = {}

    def compare(self, expected, got, path: str = "$") -> None:
        if isinstance(expected, dict):
            self._object(expected, got, path)
        elif isinstance(expected, list):
            self._array(expected, got, path)
        elif isinstance(expected, str):
            self.text(expected, got, path)
        elif type(expected) is not type(got) or expected != got:
            self._differs(path, shown(expected), got)

    def _object(self, expected: dict, got, path: str) -> None:
        if not isinstance(got, dict):
            self._differs(path, "an object", got)
            return
        for name, value in expected.items():
            if name == MORE:
                continue
            if name in got:
                self.compare(value, got[name], f"{path}.{name}")
            else:
                self.differences.append(f"{path}.{name}: missing, expected {shown(value)}")
        if self.exact and MORE not in expected:
            for name in got.keys() - expected.keys():
                self.differences.append(f"{path}.{name}: not expected, got {shown(got[name])}")

    def _array(self, expected: list, got, path: str) -> None:
        if not isinstance(got, list):
            self._differs(path, "an array", got)
            return
        more = bool(expected) and expected[-1] == MORE
        wanted = expected[:-1] if more else expected
        if len(got) < len(wanted) or (len(got) > len(wanted) and not more):
            self.differences.append(f"{path}: expected {len(wanted)}{'+' if more else ''} elements, got {len(got)}")
        for index, (one, other) in enumerate(zip(wanted, got)):
            self.compare(one, other, f"{path}[{index}]")

    def text(self, expected: str, got, path: str) -> None:
        """`expected` as text with holes; a hole alone may stand for a value of another type."""
        whole = HOLE.fullmatch(expected)
        if whole and whole.group(1) in WHOLE:
            if not WHOLE[whole.group(1)](got):
                self._differs(path, expected, got)
            elif whole.group(2):
                self.captured[whole.group(2)] = got
            return
        names: list[str] = []

        def hole(match: re.Match) -> str:
            name = match.group(1)
            pattern = name[1:-1] if name.startswith("~") else IN_TEXT.get(name)
            if pattern is None:
                return re.escape(match.group(0))
            names.append(match.group(2) or "")
            return f"({pattern})" if match.group(2) else f"(?:{pattern})"

        pattern, at = "", 0
        for match in HOLE.finditer(expected):
            pattern += re.escape(expected[at : match.start()]) + hole(match)
            at = match.end()
        pattern += re.escape(expected[at:])
        found = re.fullmatch(pattern, got) if isinstance(got, str) else None
        if not found:
            self._differs(path, shown(expected), got)
            return
        self.captured.update(zip([name for name in names if name], found.groups()))

    def _differs(self, path: str, expected: str, got) -> None:
        self.differences.append(f"{path}: expected {expected}, got {shown(got)}")


def shown(value) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "…"


def at_path(value, path: str):
    """`$.data.items[0].id` of a parsed answer. KeyError where there is no such thing."""
    for part in re.findall(r"\.(\w+)|\[(-?\d+)\]|\.(length)\(\)", path[1:]):
        name, index, _ = part
        try:
            value = value[int(index)] if index else len(value) if name == "length" and isinstance(value, list) else value[name]
        except (KeyError, IndexError, TypeError) as error:
            raise KeyError(f"the answer has no {path}") from error
    return value
