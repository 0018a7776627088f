"""Makes a typed client of each OpenAPI document with openapi-typescript, compiles a purchase against it with every check
that TypeScript has, and runs that against a server of its own and its sandbox. `run.py` calls this."""
import json
import pathlib
import shutil
import subprocess
import sys
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "contract"))
import server  # noqa: E402

SECONDS_MAX = 120
SURFACES = (("shop", "/api/v1/openapi.json"), ("customer", "/api/auth/openapi.json"))


class Failed(Exception):
    """A step's command did not end well; the message is what it said."""


def node(libraries: pathlib.Path, *words: str, cwd: pathlib.Path) -> None:
    done = subprocess.run(["node", *words], cwd=cwd, capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.returncode:
        raise Failed(f"node {' '.join(words)[:200]}:\n{(done.stdout + done.stderr)[-4000:]}")


def make(running: server.Server, libraries: pathlib.Path) -> pathlib.Path:
    """Compiled clients, in a folder beside the libraries."""
    folder = libraries / "clients"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "clients", folder)
    for name, path in SURFACES:
        with urllib.request.urlopen(f"http://127.0.0.1:{running.port}{path}", timeout=30) as answer:
            (folder / f"{name}.json").write_text(json.dumps(json.load(answer)))
        node(libraries, str(libraries / "node_modules/openapi-typescript/bin/cli.js"), f"{name}.json", "-o", f"{name}_api.d.ts",
             cwd=folder)
    node(libraries, str(libraries / "node_modules/typescript/bin/tsc"), "-p", ".", cwd=folder)
    return folder / "made"


def run(binary: pathlib.Path, libraries: pathlib.Path) -> tuple[int, int]:
    """How many purchases came out right, and how many did not."""
    passed, failed = 0, 0
    running = server.Server(binary, "sqlite", {"SANDBOX": "on", "CARTWRIGHT_RETRY_FIRST": "1s"})
    try:
        running.start()
        made = make(running, libraries)
        for name, _ in SURFACES:
            try:
                node(libraries, f"{name}.js", f"http://127.0.0.1:{running.port}", running.sandbox_url, *server.ADMIN, cwd=made)
                passed += 1
            except Failed as problem:
                failed += 1
                print(f"FAILED a purchase by the {name} API's generated client: {problem}")
    except Failed as problem:
        failed += 1
        print(f"FAILED to make a client of the OpenAPI documents: {problem}")
    finally:
        running.stop()
    return passed, failed
