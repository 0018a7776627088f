"""Reads the mails that a server under test has put into its spool."""
import email
import email.policy
import pathlib
import re
import time

WAIT_SECONDS = 15
# What the mails carry, each found in the text part.
PARTS = {
    "otp": re.compile(r"^ +(\d{6})$", re.M),
    "token": re.compile(r"token=([0-9a-f]+)"),
    "path": re.compile(r"^https?://[^/\s]+(/api/\S+)$", re.M),
    "link": re.compile(r"^(https?://\S+)$", re.M),
    "app_link": re.compile(r"^((?!intent:)\w+://[\w-]+\?\S+)$", re.M),
    "intent": re.compile(r"^(intent://\S+)$", re.M),
}


class Mailbox:
    """Hands out each mail once, the oldest of an address first."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.taken: set[pathlib.Path] = set()

    def next(self, address: str, seconds: float = WAIT_SECONDS) -> dict[str, str] | None:
        """What the next mail to `address` says, waiting for it so long; None if it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            if (path := self._first(address)) is not None:
                self.taken.add(path)
                return read(path)
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.05)

    def _first(self, address: str) -> pathlib.Path | None:
        fresh = [path for path in self.directory.glob("*.eml") if path not in self.taken]
        mine = [path for path in fresh if recipient(path).lower() == address.lower()]
        return min(mine, key=lambda path: path.stat().st_mtime_ns, default=None)


def recipient(path: pathlib.Path) -> str:
    found = re.search(rb"^To: .*<([^>]*)>", path.read_bytes(), re.M)
    return found.group(1).decode() if found else ""


def read(path: pathlib.Path) -> dict[str, str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    said = {"subject": str(message["Subject"]), "text": text, "html": message.get_body(("html",)).get_content()}
    for name, pattern in PARTS.items():
        found = pattern.search(text)
        said[name] = found.group(1) if found else ""
    return said
