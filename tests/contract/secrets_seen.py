"""What a run's log must not hold: every token, password and code that went to or came from the server."""
import re
import threading

SECRET_FIELDS = re.compile(
    rb'"(?:access|refresh|token|access_token|refresh_token|password|password_confirm|old_password|new_password'
    rb'|new_password_confirm|gateway_token)"\s*:\s*"([^"\\/][^"\\]{7,})"')
# Whatever it is worth: no address of a person, no JWT, nothing as long as a token, not the card number of the files.
NEVER = [re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), re.compile(r"\beyJ[\w-]{10,}"),
         re.compile(r"\b[0-9a-f]{40,}\b"), re.compile(r"(?:4242[ -]?){4}")]
# Six digits may be a duration or a size by chance.
NUMBERS = re.compile(r"\b(?:us|ms|bytes|id|request_id)[\"=:]+[\w-]+")


class SecretsSeen:
    """Any thread."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.values: set[str] = set()

    def add(self, *values: str) -> None:
        with self.lock:
            self.values.update(value for value in values if value)

    def note(self, *bodies: bytes) -> None:
        """Keeps the secrets among the fields of these bodies."""
        self.add(*(value.decode(errors="replace") for body in bodies for value in SECRET_FIELDS.findall(body)))

    def told_by(self, log: str) -> list[str]:
        """The lines of a log that tell a secret."""
        told = []
        for line in log.splitlines():
            plain = NUMBERS.sub("", line)
            if any(value in plain for value in self.values) or any(pattern.search(line) for pattern in NEVER):
                told.append(line)
        return told
