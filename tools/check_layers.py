#!/usr/bin/env python3
"""Holds the include graph of src/ against src/LAYERS: check_layers.py [ROOT]. Exit 1 with one line a breach."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")')


class Layers:
    """The parsed src/LAYERS."""

    def __init__(self, text: str) -> None:
        self.allowed: dict[str, list[str]] = {}
        self.never: list[tuple[str, list[str]]] = []
        self.only: list[tuple[list[str], list[str]]] = []
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            left, right = line.split(":", 1)
            if left.startswith("never "):
                self.never.append((left.removeprefix("never ").strip(), right.split()))
            elif left.startswith("only "):
                self.only.append((left.split()[1:], right.split()))
            else:
                self.allowed[left.strip()] = right.split()

    def layer(self, path: str) -> str | None:
        """The listed folder that the file (or folder) belongs to."""
        found = [name for name in self.allowed if below(path, name)]
        return max(found, key=len) if found else None

    def breach(self, path: str, included: str) -> str | None:
        """Why `path` may not include `included` (with its brackets or quotes), or None."""
        target = included[1:-1]
        if included.startswith("<"):
            for folders, prefixes in self.only:
                if any(included.startswith(p) for p in prefixes) and not any(below(path, f) for f in folders):
                    return f"only {' and '.join(folders)} may include {included}"
            return None
        layer = self.layer(path)
        if layer is None:
            return "its folder is not in src/LAYERS"
        if self.layer(target) is None:
            return f'"{target}" is not a path from src/ whose folder is in src/LAYERS'
        if "/impl/" in target and not below(path, target.split("/impl/")[0]):
            return f"{layer} may not include {target}"
        if self.layer(target) != layer and not any(below(target, name) for name in self.allowed[layer]):
            return f"{layer} may not include {target}"
        for folder, banned in self.never:
            if below(path, folder) and not below(target, folder) and any(below(target, b) for b in banned):
                return f"{folder} may never include {target}"
        return None


def below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def breaches(src: pathlib.Path) -> list[str]:
    layers = Layers((src / "LAYERS").read_text())
    found = []
    for file in sorted([*src.rglob("*.hpp"), *src.rglob("*.cpp")]):
        path = file.relative_to(src).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            why = match and layers.breach(path, match.group(1))
            if why:
                found.append(f"src/{path}:{number}: {why}")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = breaches(root / "src")
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
