#!/usr/bin/env python3
"""The house rules that no compiler checks: tidy.py [ROOT]. Prints one line a breach, exit 1 if there is one.

A breach that has a reason carries it on its line: `// tidy-ok: why`.
"""
import pathlib
import re
import subprocess
import sys

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
TEST_LINES_MAX = 100  # a test may be a table
FILE_LINES_MAX = 400
REASON = re.compile(r"tidy-ok: \S")

# What is not to be called, where it is all the same, and what to use instead.
BANNED = [
    (r"\b(std::)?(stoi|stol|stoll|stoul|stoull|stod|atoi|atol|atoll|strtol|strtoll|strtoul)\(", (), "text::to_int"),
    (r"\b(system_clock::now|time\(nullptr\)|time\(NULL\))", ("src/base/time.cpp", "src/platform/log/"), "a Clock passed in"),
    (r"\b(localtime|gmtime|strftime|put_time)\b", ("src/base/time.cpp",), "to_iso or to_http_date"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\(", ("_test.cpp", "tests/", "bench/"), "a job, or a condition with a deadline"),
    (r"\b(std::)?(rand|srand|random)\(|\brandom_device\b", ("src/base/random.cpp", "_test.cpp", "tests/", "bench/"), "random_hex"),
    (r"\bstd::(tolower|toupper|isalpha|isalnum|isspace)\b", (), "base/text.hpp: these ask the locale"),
    (r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok)\(", (), "std::string or fmt::format"),
    (r"\b(setlocale|std::locale)\b", (), "nothing: the program knows no locale"),
    (r"\bgetenv\(", ("src/platform/config/", "src/app/commands/", "_test.cpp", "tests/", "bench/"), "platform/config"),
    (r"\b(std::)?(exit|quick_exit|_exit)\(", ("src/app/", "tests/", "bench/"), "a return value up to main"),
    (r"\b(system|popen)\(", ("tests/", "bench/"), "nothing: the server starts no processes"),
    (r"\bstd::(cout|cerr|clog)\b|\bstd::endl\b", ("tests/", "bench/"), "platform/log, or std::fputs in app/"),
    (r"\bassert\(", (), "check()"),
    (r"\.detach\(\)", (), "a thread that somebody joins"),
    (r"\busing namespace\b(?!.*literals)", ("tests/",), "the names in full, or an alias"),
    (r"\bco_(await|return|yield)\b", (), "a callback: g++ 12 miscompiles coroutines"),
    (r"#include <(format|print|flat_map|flat_set|generator|iostream|regex|random|ctime|cassert)>", ("tests/", "bench/", "src/base/time.cpp"),
     "fmt, base/text.hpp, base/random.hpp, base/time.hpp"),
    (r"\bNULL\b", (), "nullptr"),
    (r"\b(class|struct|enum class) \w*(Manager|Helper|Utils?)\b", (), "a name that says what it does"),
    (r"\bFOR UPDATE\b", ("src/platform/db/",), "{for_update}, which SQLite can read too"),
]
BANNED = [(re.compile(pattern), exempt, instead) for pattern, exempt, instead in BANNED]

TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)")  # tidy-ok: the rule itself
COMMENTED_OUT = re.compile(r"^\s*//(?!/)\s.*(\);|\{|\};)\s*$")
STATEMENT_END = re.compile(r"^\s*$|[;{}]\s*(//.*)?$|^\s*(//|#|public:|private:|protected:)")
CONTROL = re.compile(r"^\s*(if|for|while|switch|do|else|try|catch|namespace|struct|class|enum|union|extern|\}|#|/)\b")


def tracked(root: pathlib.Path) -> list[str]:
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, check=True, text=True)
    return sorted(p for p in listed.stdout.split("\0") if p and (root / p).is_file())


def without_strings(line: str) -> str:
    """The line with the insides of its string and character literals taken out, and its `//` comment."""
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    line = re.sub(r"'(\\.|[^'\\])'", "''", line)
    return line.split("//")[0]


def long_functions(lines: list[str], lines_max: int) -> list[tuple[int, int]]:
    """(first line, length) of functions of more than `lines_max` lines. Relies on the format: a function's last line is a brace
    at the indentation of its first."""
    found = []
    for number, line in enumerate(lines):
        code = without_strings(line).rstrip()
        if not code.endswith("{") or "](" in code or "] {" in code:
            continue
        start = number
        while start > 0 and number - start < 8 and not STATEMENT_END.search(lines[start - 1]):
            start -= 1
        indent = len(lines[start]) - len(lines[start].lstrip())
        if "(" not in "".join(lines[start : number + 1]) or CONTROL.match(lines[start]) or indent > 8:
            continue
        end = next((i for i in range(number + 1, len(lines)) if lines[i].startswith(" " * indent + "}")), number)
        if end - start + 1 > lines_max:
            found.append((start + 1, end - start + 1))
    return found


def namespace_of(path: str) -> str:
    """The namespace that a file of src/ must open: one a folder below the layer."""
    parts = path.split("/")
    nested = len(parts) > 3 and parts[1] in ("platform", "features", "surfaces")
    return f"namespace cartwright::{parts[2]}" if nested else "namespace cartwright"


def cpp_breaches(path: str, lines: list[str]) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(lines, 1):
        if COMMENTED_OUT.match(line):
            found.append((number, "commented-out code: delete it, git remembers"))
        code = line if line.startswith("#include") else without_strings(line)
        for pattern, exempt, instead in BANNED:
            match = pattern.search(code)
            if match and not any(path.startswith(e) or path.endswith(e) for e in exempt):
                found.append((number, f"'{match.group(0).strip('(')}' is not used here; use {instead}"))
    lines_max = TEST_LINES_MAX if path.endswith("_test.cpp") else FUNCTION_LINES_MAX
    found += [(start, f"function of {length} lines, {lines_max} at most") for start, length in long_functions(lines, lines_max)]
    if path.endswith(".hpp") and next((x for x in lines if x and not x.startswith("//")), "") != "#pragma once":
        found.append((1, "a header begins with #pragma once"))
    if path.startswith("src/") and not path.endswith(("_test.cpp", "/main.cpp")):
        wanted = namespace_of(path)
        if not any(line.startswith((wanted + " ", wanted + "::")) for line in lines):
            found.append((1, f"opens no '{wanted}'"))
    return found


def text_breaches(path: str, text: str) -> list[tuple[int, str]]:
    found = []
    lines = text.split("\n")
    code = path.endswith((".cpp", ".hpp", ".py", ".sh", ".sql")) or path in ("Makefile", ".ci/run")
    for number, line in enumerate(lines, 1):
        if TODO.search(line) and path != "tools/tidy.py":
            found.append((number, "a note of work to do names its issue (#12), or is done now"))
        if code and len(line) > COLUMNS_MAX and path.endswith((".cpp", ".hpp")) and "R\"" not in line:
            found.append((number, f"{len(line)} columns, {COLUMNS_MAX} at most"))
        if code and line != line.rstrip():
            found.append((number, "white space at the end of the line"))
        if code and "\t" in line and path != "Makefile":
            found.append((number, "a tab"))
    if code and not path.startswith("tests/golden/") and len(lines) - 1 > FILE_LINES_MAX:
        found.append((FILE_LINES_MAX, f"file of {len(lines) - 1} lines, {FILE_LINES_MAX} at most"))
    if text and not text.endswith("\n"):
        found.append((len(lines), "the last line does not end"))
    if path.endswith(".sh") and "set -euo pipefail" not in text:
        found.append((1, "a script begins with set -euo pipefail"))
    return found


def dead_files(texts: dict[str, str]) -> list[tuple[str, str]]:
    """Headers that nobody includes and tools that nobody names."""
    found = []
    for path in texts:
        if path.startswith("src/") and path.endswith(".hpp"):
            name = path.removeprefix("src/")
        elif path.startswith("tools/"):
            name = path.split("/")[-1].removesuffix(".py")
        else:
            continue
        if not any(name in text for other, text in texts.items() if other != path):
            found.append((path, "dead file: nobody includes or names it"))
    return found


def dead_settings(texts: dict[str, str]) -> list[tuple[str, str]]:
    """Settings that are read and documented, and that nothing asks for."""
    table = "src/platform/config/table.cpp"
    used = {word for path, text in texts.items()
            if path.startswith("src/") and not path.startswith("src/platform/config/") and not path.endswith("_test.cpp")
            for word in re.findall(r"\.(\w+)", text)}
    return [(table, f"dead setting: nothing asks for {name}")
            for name in re.findall(r'Setting\{\s*"(\w+)"', texts.get(table, "")) if name not in used]


def breaches(root: pathlib.Path) -> list[str]:
    texts = {}
    for path in tracked(root):
        data = (root / path).read_bytes()
        if b"\0" in data[:4096] or path.startswith(("tests/fuzz/corpus", "demo/")):
            continue
        texts[path] = data.decode(errors="replace")
    found = []
    for path, text in texts.items():
        problems = text_breaches(path, text)
        lines = text.split("\n")
        if path.endswith((".cpp", ".hpp")):
            problems += cpp_breaches(path, lines)
        found += [f"{path}:{number}: {why}" for number, why in sorted(problems)
                  if not REASON.search(lines[number - 1] if number <= len(lines) else "")]
    found += [f"{path}:1: {why}" for path, why in dead_files(texts) + dead_settings(texts)]
    return found


def main() -> int:
    found = breaches(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
