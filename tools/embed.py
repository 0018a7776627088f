#!/usr/bin/env python3
"""Writes a C++ file that carries the given files' bytes: embed.py ROOT OUT FILE..."""
import pathlib
import sys

CHUNK = 4000


def literal(data: bytes) -> str:
    """The bytes as adjacent C++ string literals; octal escapes of three digits never swallow what follows."""
    parts = []
    for start in range(0, max(len(data), 1), CHUNK):
        text = "".join(
            chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}"
            for b in data[start : start + CHUNK]
        )
        parts.append(f'"{text}"')
    return "\n".join(parts)


def main() -> None:
    root, out, *files = sys.argv[1:]
    lines = ['#include "base/embedded.hpp"', "", "namespace cartwright {", "namespace {", ""]
    entries = []
    for index, name in enumerate(sorted(files)):
        data = pathlib.Path(name).read_bytes()
        lines.append(f"constexpr char file_{index}[] =\n{literal(data)};")
        path = pathlib.Path(name).resolve().relative_to(pathlib.Path(root).resolve())
        entries.append(f'    {{"{path}", std::string_view(file_{index}, {len(data)})}},')
    lines += ["", "constexpr EmbeddedFile files[] = {", *entries, '    {"", ""}};', "", "}  // namespace", ""]
    lines += ["std::span<EmbeddedFile const> embedded_files() {"]
    lines += [f"    return std::span(files).first({len(entries)});", "}", "", "}  // namespace cartwright", ""]
    pathlib.Path(out).write_text("\n".join(lines))


if __name__ == "__main__":
    main()
