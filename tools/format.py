#!/usr/bin/env python3
"""Formats the C++ files with clang-format, or says which are not formatted: format.py [--check]."""
import pathlib
import shutil
import subprocess
import sys


def main() -> int:
    root = pathlib.Path(__file__).parent.parent
    # The oldest version whose output is the house's: another one would undo it.
    program = shutil.which("clang-format-19") or shutil.which("clang-format-18")
    if program is None:
        print("format.py: clang-format-19 is not installed")
        return 1
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cpp", "*.hpp"], cwd=root,
                            capture_output=True, check=True, text=True).stdout.split()
    files = [name for name in listed if (root / name).is_file()]
    if not files:
        return 0
    if "--check" not in sys.argv:
        return subprocess.run([program, "-i", *files], cwd=root, check=False).returncode
    checked = subprocess.run([program, "--dry-run", "-Werror", *files], cwd=root, capture_output=True,
                             check=False, text=True)
    unformatted = sorted({line.split(":")[0] for line in checked.stderr.splitlines() if "warning:" in line or "error:" in line})
    for name in unformatted:
        print(f"{name}: not formatted; 'make format' does it")
    return checked.returncode


if __name__ == "__main__":
    sys.exit(main())
