"""A disk that is full, and has room again: by a file system of a few megabytes where one may be mounted, and by a limit on
the size of files (RLIMIT_FSIZE) anywhere.

    full_disk.py --inside FOLDER BINARY      mounts the small file system there; run.py calls it so, in a namespace of its own
"""
import contextlib
import pathlib
import resource
import subprocess
import sys
import tempfile

from caller import WEAK_HASH, Caller, Wrong, expect, wait_for
from local_server import Server

SMALL_BYTES = 24 * 1024 * 1024
ORDERS_MAX = 3000
EXIT_NO_MOUNT = 77
SETTINGS = {**WEAK_HASH, "CARTWRIGHT_RETRY_FIRST": "1s", "CARTWRIGHT_RETRY_MAX": "1s"}


@contextlib.contextmanager
def started(folder, binary):
    server = Server(folder, None, binary, SETTINGS)
    server.prepare()
    server.start()
    try:
        yield server
    finally:
        code = server.stop()
    expect(code == 0, f"the server ended with {code}")


def run_dry(server, fill, make_room):
    """Orders until the disk is full, some while it is, and then again with room."""
    shop = Caller(server)
    placed, refused = 0, []
    fill()
    # The write-ahead log may have room of its own left.
    for number in range(ORDERS_MAX):
        answer = shop.order(f"key-{number}", 3)
        if answer.status == 201:
            placed += 1
        else:
            refused.append((f"key-{number}", answer))
        if len(refused) == 20:
            break
    expect(len(refused) == 20, f"the disk was not full after {placed} orders")
    for _, answer in refused:
        expect(answer.status == 503 and answer.headers.get("retry-after", "").isdigit() and set(answer.json) == {"error"},
               f"an order to a full disk: {answer.status} {answer.headers} {answer.json}")
        expect(answer.headers.get("x-request-id"), "a fault has its request's id")
    expect(shop.send("GET", "/api/v1/products/").status == 200, "the catalogue is read")
    expect(shop.send("GET", "/health/live").status == 200, "the server lives")
    expect(shop.stock() == 1_000_000 - 3 * placed, "nothing is half done")
    make_room()
    wait_for("room", lambda: shop.order("key-room", 3).status == 201)
    for key, _ in refused:
        expect(shop.order(key, 3).status == 201, "whoever was told to try again is served")
    for number in range(placed):
        answer = shop.order(f"key-{number}", 3)
        expect(answer.status == 201 and answer.headers.get("idempotent-replayed") == "true",
               f"order {number} was answered 201 and is gone: {answer.status}")
    expect(shop.stock() == 1_000_000 - 3 * (placed + 1 + len(refused)), f"stock is {shop.stock()} after {placed} orders")
    found = server.command("verify", check=False)
    expect(found.returncode == 0, f"cartwright verify: {found.stdout}")


def inside(folder, binary):
    """In a mount namespace: a file system of its own, filled to the last byte by a file."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "small", folder], check=False,
                             capture_output=True)
    if mounted.returncode:
        return EXIT_NO_MOUNT
    filler = pathlib.Path(folder) / "filler"

    def fill():
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 65536)
        with open(filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x")

    with started(folder, binary) as server:
        run_dry(server, fill, filler.unlink)
    return 0


def run_mounted(binary):
    """Gives (passed, problems, skipped)."""
    with tempfile.TemporaryDirectory(prefix="cartwright-full-") as folder:
        for namespace in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
            if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
                continue
            done = subprocess.run([*namespace, sys.executable, __file__, "--inside", folder, str(binary)], check=False,
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != EXIT_NO_MOUNT:
                return (1, [], 0) if done.returncode == 0 else (0, [f"full file system: {done.stdout[-3000:]}"], 0)
    print("full file system: skipped, for no file system may be mounted here (neither as root nor in a user namespace)")
    return 0, [], 1


def run_limited(binary):
    """No file of the server may grow beyond what the largest is now."""
    with tempfile.TemporaryDirectory(prefix="cartwright-limit-") as name:
        folder = pathlib.Path(name)
        try:
            with started(folder, binary) as server:
                process = server.process.pid
                _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)

                def limit():
                    largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
                    resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, hard))

                run_dry(server, limit, lambda: resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard)))
        except Wrong as wrong:
            return 0, [f"limit on files: {wrong}", (folder / "server.log").read_text()[-2000:]], 0
    return 1, [], 0


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--inside":
        try:
            sys.exit(inside(sys.argv[2], sys.argv[3]))
        except Wrong as problem:
            log = pathlib.Path(sys.argv[2]) / "server.log"
            sys.exit(f"{problem}\n{log.read_text()[-2000:] if log.exists() else ''}")
    sys.exit(__doc__)
