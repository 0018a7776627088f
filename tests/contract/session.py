"""Carries out one contract file against a running server: variables, callers, requests, comparison."""
import base64
import hmac
import urllib.error
import urllib.request
import itertools
import json
import operator
import pathlib
import re
import time

import client
import http_file
import mail
import match
import server

COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
           ">=": operator.ge, "~": lambda text, part: str(part) in str(text)}
NAMES = itertools.count(1)
FOLLOWS = ""  # a failure that follows from one before


class Failed(Exception):
    """A step or directive did not come out as written."""


class Unset(Failed):
    """A variable was never set: mostly for something failed before."""


class Session:
    def __init__(self, path: pathlib.Path, running: server.Server) -> None:
        self.path, self.running = path, running
        self.client = client.Client(running.port)
        self.users: dict[str, str] = {}
        self.caller = ""
        self.answer = client.Answer(0, [], b"")
        self.mails = mail.Mailbox(running.mail_dir)
        self.variables = {"base": f"http://127.0.0.1:{running.port}", "host": f"127.0.0.1:{running.port}",
                          "unique": f"{running.engine}{next(NAMES)}x{int(time.time())}", "engine": running.engine}

    def run(self) -> tuple[int, list[str]]:
        """How many steps came out right, and what is to be said of the others."""
        passed, failures, unset = 0, [], []
        for item in http_file.read(self.path):
            try:
                if isinstance(item, http_file.Step):
                    self.step(item)
                    passed += 1
                else:
                    self.directive(item)
                    passed += item.word == "check"
            except Unset as error:
                unset.append(self.describe(item, error))
            except (Failed, OSError, client.http.client.HTTPException, ValueError, KeyError) as error:
                failures.append(self.describe(item, error))
        self.client.close()
        # What only follows from a failure is counted, but not told.
        told = unset if not failures else [FOLLOWS] * len(unset)
        return passed, failures + told

    def describe(self, item, error: Exception) -> str:
        what = f"@{item.word} {item.rest}" if isinstance(item, http_file.Directive) else f"{item.method} {item.path}"
        title = f" ({item.title})" if getattr(item, "title", "") else ""
        said = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        return f"{self.path}:{item.line}: [{self.running.engine}] {what}{title}\n    " + said.replace("\n", "\n    ")

    # Variables.

    def fill(self, text: str) -> str:
        def value(found: re.Match) -> str:
            name = found.group(1).strip()
            if name.startswith("repeat:"):
                _, count, what = name.split(":", 2)
                return what * int(count)
            if name not in self.variables:
                raise Unset(f"the variable {name} is not set")
            return str(self.variables[name])

        return re.sub(r"\{\{([^{}]+)\}\}", value, text)

    def evaluate(self, text: str):
        """`$.a.b` of the last answer, `$header.Name`, `$status`, or the text itself with variables put in."""
        if text.startswith("$header."):
            return self.answer.header(text.removeprefix("$header."))
        if text == "$status":
            return self.answer.status
        if text.startswith("$"):
            return match.at_path(match.parse_answer(self.answer.text()), text)
        filled = self.fill(text)
        return int(filled) if re.fullmatch(r"-?\d{1,18}", filled) else filled

    # Directives.

    def directive(self, item: http_file.Directive) -> None:
        handler = getattr(self, "do_" + item.word.replace("-", "_"), None)
        if handler is None:
            raise Failed(f"there is no directive @{item.word}")
        handler(item.rest)

    def do_server(self, _: str) -> None:
        """Read by run.py: the file gets a server of its own, with these settings."""

    def do_set(self, rest: str) -> None:
        name, value = rest.split(" = ", 1)
        self.variables[name] = self.evaluate(value.strip())

    def do_check(self, rest: str) -> None:
        left, relation, right = re.fullmatch(r"(\S+) ([=!<>]=?|~) (.+)", rest).groups()
        a, b = self.evaluate(left), self.evaluate(right)
        if not COMPARE[relation](a, b):
            raise Failed(f"{match.shown(a)} {relation} {match.shown(b)} does not hold")

    def do_stripe(self, rest: str) -> None:
        """What a buyer's browser asks the sandbox for: a path and its form. Any answer will do."""
        path, _, form = self.fill(rest).partition(" ")
        key = base64.b64encode(f"{server.STRIPE_KEY}:".encode()).decode()
        request = urllib.request.Request(self.running.sandbox_url + path, data=form.encode(),
                                         headers={"Authorization": f"Basic {key}"})
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            error.close()

    def do_pay(self, rest: str) -> None:
        """What a buyer does on a gateway's page: `paytm ORDER_ID outcome=success&mode=UPI`."""
        gateway, payment, form = self.fill(rest).split(" ", 2)
        urllib.request.urlopen(f"{self.running.sandbox_url}/pay/{gateway}/{payment}", data=form.encode(),
                               timeout=30).close()

    def do_sandbox(self, rest: str) -> None:
        """Has the sandbox misbehave: the members of its control."""
        request = urllib.request.Request(self.running.sandbox_url + "/sandbox/control", data=rest.encode(),
                                         headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    def do_webhook(self, rest: str) -> None:
        """Sends an event as Stripe does, signed; it must be taken."""
        body, now = self.fill(rest), int(time.time())
        code = hmac.new(server.STRIPE_WEBHOOK_SECRET.encode(), f"{now}.{body}".encode(), "sha256").hexdigest()
        request = urllib.request.Request(self.variables["base"] + "/api/v1/webhooks/stripe/", data=body.encode(),
                                         headers={"Stripe-Signature": f"t={now},v1={code}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            if answer.read() != b'{"status":"success"}':
                raise Failed("the event was not taken")

    def do_sleep(self, rest: str) -> None:
        time.sleep(float(rest))

    def do_mail(self, rest: str) -> None:
        """`@mail to EMAIL`: waits for the next mail to the address and sets {{mail.subject}}, .otp, .token and so on."""
        address = self.fill(rest.removeprefix("to "))
        got = self.mails.next(address)
        if got is None:
            raise Failed(f"no mail to {address} came")
        self.variables |= {f"mail.{name}": value for name, value in got.items()}
        self.running.seen.add(got["token"], got["otp"])

    def do_no_mail(self, rest: str) -> None:
        """`@no-mail to EMAIL`: nothing more has come to the address; @mail to another one before it is the time given."""
        address = self.fill(rest.removeprefix("to "))
        if got := self.mails.next(address, seconds=0):
            raise Failed(f"a mail came to {address}: {got['subject']}")

    def do_use(self, rest: str) -> None:
        kind, name = (rest.split(" as ") + [rest])[:2]
        if name not in self.users and name != "nobody":
            self.users[name] = self._admin(name) if kind == "admin" else self._customer(name)
        self.caller = name

    def _customer(self, name: str) -> str:
        email = f"{name}.{self.variables['unique']}@example.com"
        body = {"email": email, "password": "correct-horse-7", "password_confirm": "correct-horse-7"}
        return self._remember(name, email, self.call("POST", "/api/v1/auth/register/", body, 201))

    def _admin(self, name: str) -> str:
        email, password = server.ADMIN
        return self._remember(name, email, self.call("POST", "/api/v1/auth/login/", {"email": email, "password": password}, 200))

    def _remember(self, name: str, email: str, answer: dict) -> str:
        data = answer["data"]
        self.variables |= {f"{name}.email": email, f"{name}.password": "correct-horse-7",
                           f"{name}.id": data["user"]["id"], f"{name}.token": data["access_token"],
                           f"{name}.refresh": data["refresh_token"]}
        return data["access_token"]

    def do_category(self, rest: str) -> None:
        body = {"name": f"{rest} {self.variables['unique']}", "description": f"All of {rest}"}
        self._store(rest, self.as_admin("POST", "/api/v1/categories/", body, 201))

    def do_product(self, rest: str) -> None:
        """`@product NAME [price=9.99] [stock=5] [category=NAME]`: makes one and sets {{NAME.id}} and so on."""
        name, *options = rest.split()
        given = {"price": "9.99", "stock": "5"} | dict(option.split("=", 1) for option in options)
        category = given.get("category", "shelf")
        if f"{category}.id" not in self.variables:
            self.do_category(category)
        body = {"name": f"{name} {self.variables['unique']}", "description": f"A {name}",
                "category_id": self.variables[f"{category}.id"], "price": given["price"],
                "stock_quantity": int(given["stock"])}
        self._store(name, self.as_admin("POST", "/api/v1/products/", body, 201))

    def _store(self, name: str, made: dict) -> None:
        for field in ("id", "name", "slug", "price"):
            if field in made:
                self.variables[f"{name}.{field}"] = made[field]

    def as_admin(self, method: str, path: str, body: dict, status: int) -> dict:
        caller = self.caller
        self.do_use("admin")
        try:
            return self.call(method, path, body, status)
        finally:
            self.caller = caller

    def call(self, method: str, path: str, body: dict, status: int) -> dict:
        headers = [("Content-Type", "application/json")]
        if self.caller in self.users:
            headers.append(("Authorization", f"Bearer {self.users[self.caller]}"))
        answer = self.client.send(method, path, headers, json.dumps(body).encode())
        self.running.seen.note(json.dumps(body).encode(), answer.body)
        if answer.status != status:
            raise Failed(f"{method} {path} answered {answer.status}, not {status}: {answer.text()[:500]}")
        return json.loads(answer.body)

    # Steps.

    def step(self, step: http_file.Step) -> None:
        if step.method == "RAW":
            self._raw(step)
            return
        headers = [(name, self.fill(value)) for name, value in step.headers]
        names = {name.lower() for name, _ in headers}
        kind, body = self.body(step.body)
        if kind and "content-type" not in names:
            headers.append(("Content-Type", kind))
        if "authorization" not in names and self.caller in self.users:
            headers.append(("Authorization", f"Bearer {self.users[self.caller]}"))
        headers = [(name, value) for name, value in headers if value != "<none>"]
        self.answer = self.client.send(step.method, self.fill(step.path), headers, body)
        self.running.seen.note(body, self.answer.body)
        self.judge(step, self.answer, [int(step.status)])

    def body(self, text: str) -> tuple[str, bytes]:
        """Media type and bytes of a step's body."""
        if not text:
            return "", b""
        changed = re.match(r"^\{\{(\w+)\}\} (with|without) (.*)$", text, re.S)
        if changed:
            fields = json.loads(self.fill("{{" + changed.group(1) + "}}"))
            if changed.group(2) == "with":
                fields |= json.loads(self.fill(changed.group(3)))
            else:
                fields = {k: v for k, v in fields.items() if k not in changed.group(3).split()}
            return "application/json", json.dumps(fields).encode()
        if text.startswith("multipart:"):
            return client.multipart([self.fill(line) for line in text.split("\n")[1:] if line.strip()])
        if text.startswith("escaped:"):
            return "application/json", client.unescaped(self.fill(text.removeprefix("escaped:").lstrip(" ")))
        return "application/json", self.fill(text).encode()

    def _raw(self, step: http_file.Step) -> None:
        answers = self.client.send_raw(client.unescaped(self.fill(step.raw)))
        if "closed" in step.status and not answers:
            return
        wanted = [int(x) for x in re.findall(r"\d{3}", step.status)]
        got = [answer.status for answer in answers]
        if got != wanted:
            raise Failed(f"expected {step.status}, got {got or 'no answer'}")
        self.answer = answers[-1]
        self.judge(step, self.answer, wanted[-1:])

    def judge(self, step: http_file.Step, answer: client.Answer, statuses: list[int]) -> None:
        problems = []
        if answer.status not in statuses:
            problems.append(f"status: expected {step.status}, got {answer.status}")
        problems += self.always(step, answer)
        for name, expected in step.expected_headers:
            problems += self.header(name, self.fill(expected), answer.header(name))
        if step.expected_body:
            problems += self.compare_body(step, answer)
        if problems:
            shown = answer.text()
            raise Failed("\n".join([*problems, "answer: " + (shown if len(shown) < 1500 else shown[:1500] + "…")]))

    @staticmethod
    def always(step: http_file.Step, answer: client.Answer) -> list[str]:
        """What holds for every answer (contract §2)."""
        found = []
        if not answer.header("X-Request-ID"):
            found.append("there is no X-Request-ID")
        if answer.status == 401 and not (answer.header("WWW-Authenticate") or "").startswith("Bearer"):
            found.append("a 401 without WWW-Authenticate: Bearer")
        if answer.status == 405 and not answer.header("Allow"):
            found.append("a 405 without Allow")
        if step.method == "HEAD" and answer.body:
            found.append("an answer to HEAD has no body")
        return found

    @staticmethod
    def header(name: str, expected: str, got: str | None) -> list[str]:
        if expected == "<none>":
            return [f"{name}: expected none, got {got}"] if got is not None else []
        if got is None:
            return [f"{name}: missing, expected {expected}"]
        if name.lower() == "allow":
            one, other = (sorted(part.strip() for part in value.split(",")) for value in (expected, got))
            return [] if one == other else [f"Allow: expected {expected}, got {got}"]
        matcher = match.Matcher(exact=True)
        matcher.text(expected, got, name)
        return matcher.differences

    def compare_body(self, step: http_file.Step, answer: client.Answer) -> list[str]:
        expected = self.fill(step.expected_body)
        if expected == "(empty)":
            return [f"body: expected none, got {len(answer.body)} bytes"] if answer.body else []
        if expected.startswith("text: "):
            matcher = match.Matcher(exact=True)
            matcher.text(expected.removeprefix("text: "), answer.text(), "body")
            return matcher.differences
        if (answer.header("Content-Type") or "").split(";")[0] != "application/json":
            return [f"Content-Type: expected application/json, got {answer.header('Content-Type')}"]
        # Clients show what errors say: an extra problem is a wrong answer. Successes may say more (contract §2).
        exact = step.strictness == "exact" or (answer.status >= 400 and step.strictness != "loose")
        matcher = match.Matcher(exact)
        try:
            matcher.compare(match.parse_expected(expected), match.parse_answer(answer.text()))
        except match.NotJson as error:
            return [str(error)]
        self.variables |= matcher.captured
        return matcher.differences
