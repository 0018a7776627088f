#!/usr/bin/env python3
"""Runs the gateways' own client libraries against `cartwright sandbox`, and their verifiers over what it signs; then
clients that are made of our OpenAPI documents against `cartwright serve`.

The libraries are those of package-lock.json, installed once into build/peers. Where they cannot be had (no node, no
network) the stage says so and counts as skipped.
"""
import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import clients  # noqa: E402

ROOT = HERE.parent.parent
NODE_MIN = 18
INSTALL_SECONDS_MAX = 300
RUN_SECONDS_MAX = 180


def skip(why: str) -> int:
    print(f"peers skipped: {why}")
    print("0 passed, 0 failed, 1 skipped")
    return 0


def node_version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip().removeprefix("v").split(".")[0])


def install(into: pathlib.Path) -> str:
    """Installs what the lock file names, unless it is there. A sentence where that fails."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = into / "installed"
    if stamp.exists() and stamp.read_text() == lock:
        return ""
    into.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, into / name)
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=into, capture_output=True, text=True,
                              timeout=INSTALL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return "npm ci took too long"
    if done.returncode != 0:
        return "npm ci failed: " + (done.stderr.strip().splitlines() or ["?"])[-1]
    stamp.write_text(lock)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "cartwright")
    parser.add_argument("--into", type=pathlib.Path, default=ROOT / "build" / "peers")
    options = parser.parse_args()
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return skip("node and npm are not installed")
    if node_version(node) < NODE_MIN:
        return skip(f"node is older than {NODE_MIN}")
    problem = install(options.into)
    if problem:
        return skip(problem)
    binary, into = options.binary.resolve(), options.into.resolve()
    try:
        gateways = subprocess.run([node, str(HERE / "main.cjs"), str(binary), str(into)], timeout=RUN_SECONDS_MAX).returncode
        passed, failed = clients.run(binary, into)
        print(f"{passed} passed, {failed} failed")
        return 1 if gateways or failed else 0
    except subprocess.TimeoutExpired:
        print("0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
