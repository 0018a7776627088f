"""A disk that is full, and has room again: by a file system of a few megabytes where one may be mounted, and by a limit on
the size of files (RLIMIT_FSIZE) anywhere. For PostgreSQL the small file system holds the tables of the shop's database.

    full_disk.py --inside FOLDER BINARY      mounts the small file system there; run.py calls it so, in a namespace of its own
    full_disk.py --tables FOLDER BINARY      ditto, for a PostgreSQL server that this starts beside it
    full_disk.py --beside FOLDER BINARY      what that is beside (CARTWRIGHT_TEST_POSTGRES_URL)
"""
import contextlib
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from caller import ROOT, WEAK_HASH, Caller, Wrong, expect, wait_for
from local_server import Server

SMALL_BYTES = 24 * 1024 * 1024
TABLES_BYTES = 64 * 1024 * 1024
ORDERS_MAX = 3000
EXIT_NO_MOUNT = 77
SETTINGS = {**WEAK_HASH, "CARTWRIGHT_RETRY_FIRST": "1s", "CARTWRIGHT_RETRY_MAX": "1s"}


@contextlib.contextmanager
def started(folder, binary, database_url=None):
    server = Server(folder, database_url, binary, SETTINGS)
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


def is_mounted(folder, size):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "small", folder], check=False,
                          capture_output=True).returncode == 0


def fill(filler):
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 65536)
    with open(filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x")


def inside(folder, binary):
    """In a mount namespace: a file system of its own, filled to the last byte by a file."""
    if not is_mounted(folder, SMALL_BYTES):
        return EXIT_NO_MOUNT
    filler = pathlib.Path(folder) / "filler"
    with started(folder, binary) as server:
        run_dry(server, lambda: fill(filler), filler.unlink)
    return 0


def tables(folder, binary):
    """Ditto, and a PostgreSQL server that sees it."""
    if not is_mounted(folder, TABLES_BYTES):
        return EXIT_NO_MOUNT
    environment = {name: value for name, value in os.environ.items() if name != "CARTWRIGHT_TEST_POSTGRES_URL"}
    return subprocess.run([str(ROOT / "tools" / "with_postgres.sh"), sys.executable, __file__, "--beside", folder, binary],
                          check=False, env=environment).returncode


def beside(folder, binary):
    """The shop's tables are on the small file system; the server's log and its own tables are not."""
    url, space = os.environ["CARTWRIGHT_TEST_POSTGRES_URL"], pathlib.Path(folder) / "tables"

    def sql(statement):
        told = subprocess.run(["psql", "-qAtd", url, "-v", "ON_ERROR_STOP=1", "-c", statement], check=True, text=True,
                              stdout=subprocess.PIPE)
        return told.stdout.strip()

    space.mkdir()
    owner = pathlib.Path(sql("SHOW data_directory")).stat().st_uid
    os.chown(space, owner, -1)
    os.chmod(folder, 0o755)
    sql(f"CREATE TABLESPACE small LOCATION '{space}'")
    sql("CREATE DATABASE small TABLESPACE small")
    filler = pathlib.Path(folder) / "filler"
    small = urllib.parse.urlsplit(url)._replace(path="/small").geturl()
    with tempfile.TemporaryDirectory(prefix="cartwright-full-") as shop, started(pathlib.Path(shop), binary, small) as server:
        run_dry(server, lambda: fill(filler), filler.unlink)
    return 0


def in_a_namespace(what, option, binary):
    """Gives (passed, problems, skipped)."""
    with tempfile.TemporaryDirectory(prefix="cartwright-full-") as folder:
        for namespace in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
            if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
                continue
            done = subprocess.run([*namespace, sys.executable, __file__, option, folder, str(binary)], check=False,
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != EXIT_NO_MOUNT:
                return (1, [], 0) if done.returncode == 0 else (0, [f"{what}: {done.stdout[-3000:]}"], 0)
    print(f"{what}: skipped, for no file system may be mounted here (neither as root nor in a user namespace)")
    return 0, [], 1


def run_mounted(binary):
    return in_a_namespace("full file system", "--inside", binary)


def run_tables(binary):
    """Only beside other tests of PostgreSQL, and as root, who may give the server a folder there."""
    if "CARTWRIGHT_TEST_POSTGRES_URL" not in os.environ or os.geteuid() != 0 or not shutil.which("psql"):
        print("full tablespace: skipped (it needs root, psql and CARTWRIGHT_TEST_POSTGRES_URL)")
        return 0, [], 1
    return in_a_namespace("full tablespace", "--tables", binary)


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
    here = {"--inside": inside, "--tables": tables, "--beside": beside}
    if len(sys.argv) == 4 and sys.argv[1] in here:
        try:
            sys.exit(here[sys.argv[1]](sys.argv[2], sys.argv[3]))
        except Wrong as problem:
            log = pathlib.Path(sys.argv[2]) / "server.log"
            sys.exit(f"{problem}\n{log.read_text()[-2000:] if log.exists() else ''}")
    sys.exit(__doc__)
