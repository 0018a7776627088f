"""The contract tests' own machinery: reading files, comparing answers, sending requests to a small stand-in."""
import http.server
import json
import pathlib
import sys
import tempfile
import threading
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "contract"))
import client  # noqa: E402
import http_file  # noqa: E402
import mail  # noqa: E402
import match  # noqa: E402
import secrets_seen  # noqa: E402
import session  # noqa: E402


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was sent; /fail/ with 500."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = {"method": self.command, "path": self.path, "body": body.decode("latin-1"),
                  "authorization": self.headers.get("Authorization"), "id": 7, "at": "2026-01-02T03:04:05Z"}
        data = json.dumps(answer).encode()
        self.send_response(500 if self.path == "/fail/" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Request-ID", "r1")
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET

    def log_message(self, *_) -> None:
        pass


def differences(expected: str, got: str, exact: bool = False) -> list[str]:
    matcher = match.Matcher(exact)
    matcher.compare(match.parse_expected(expected), match.parse_answer(got))
    return matcher.differences


class Comparing(unittest.TestCase):
    def test_values(self) -> None:
        self.assertEqual(differences('{"a": 1}', '{"b": 2, "a": 1}'), [])
        self.assertEqual(differences('{"a": 1}', '{"a": 1.0}'), ["$.a: expected 1, got \"1.0\""])
        self.assertEqual(len(differences('{"a": 1}', '{"a": true}')), 1)
        self.assertEqual(len(differences('{"a": 1}', '{"a": null}')), 1)
        self.assertEqual(differences('{"a": 1}', "{}"), ["$.a: missing, expected 1"])

    def test_exact_and_more(self) -> None:
        self.assertEqual(len(differences('{"a": 1}', '{"a": 1, "b": 2}', exact=True)), 1)
        self.assertEqual(differences('{"a": 1, …}', '{"a": 1, "b": 2}', exact=True), [])
        self.assertEqual(len(differences("[1]", "[1, 2]")), 1)
        self.assertEqual(differences("[1, …]", "[1, 2]"), [])
        self.assertEqual(len(differences("[1, 2, …]", "[1]")), 1)

    def test_holes(self) -> None:
        self.assertEqual(differences('{"a": <int>, "b": "<ts>", "c": "ORD-<digits>"}',
                                     '{"a": 4, "b": "2026-01-02T03:04:05Z", "c": "ORD-12"}'), [])
        self.assertEqual(len(differences('{"a": <id>}', '{"a": 0}')), 1)
        self.assertEqual(len(differences('{"a": <text>}', '{"a": ""}')), 1)
        self.assertEqual(len(differences('{"a": <ts>}', '{"a": "yesterday"}')), 1)
        self.assertEqual(differences('{"a": <~x+~>}', '{"a": "xxx"}'), [])

    def test_answers_must_be_json(self) -> None:
        for text in ('{"a": 1, "a": 2}', '{"a": NaN}', '{"a": 1,}', ""):
            with self.assertRaises(match.NotJson):
                match.parse_answer(text)


class Mails(unittest.TestCase):
    MAIL = ("From: Shop <no-reply@localhost>\r\nTo: <Ada@example.com>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            "Code:\r\n\r\n    012345\r\n\r\nintent://verify?token=3Dabc&otp=3D012345#Intent;end\r\n"
            "http://shop.example/api/auth/verify/a=\r\nbc/\r\ns2cart://verify?token=3Dabc&otp=3D012345\r\n--b\r\n"
            "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Code</p>\r\n--b--\r\n")

    def test_hands_out_each_mail_once(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            box = mail.Mailbox(pathlib.Path(folder))
            self.assertIsNone(box.next("ada@example.com", seconds=0))
            (pathlib.Path(folder) / "1.eml").write_text(self.MAIL.format(subject="First"), newline="")
            self.assertIsNone(box.next("eve@example.com", seconds=0))
            got = box.next("ada@example.com", seconds=0)
            self.assertEqual((got["subject"], got["otp"], got["token"]), ("First", "012345", "abc"))
            self.assertEqual((got["path"], got["link"]),
                             ("/api/auth/verify/abc/", "http://shop.example/api/auth/verify/abc/"))
            self.assertEqual(got["app_link"], "s2cart://verify?token=abc&otp=012345")
            self.assertTrue(got["intent"].startswith("intent://verify?token=abc"))
            self.assertIsNone(box.next("ada@example.com", seconds=0))


class Secrets(unittest.TestCase):
    def test_tells_lines_that_hold_one(self) -> None:
        seen = secrets_seen.SecretsSeen()
        seen.note(b'{"email": "ada@example.com", "password": "correct-horse-7"}', b'{"data":{"token":"0123456789abcdef"}}')
        seen.add("123456")
        self.assertEqual(seen.told_by("info request path=/api/auth/login/ us=123456 bytes=123456 id=123456-1"), [])
        for line in ("password correct-horse-7", "path=/verify/0123456789abcdef/", "otp 123456", "to ada@example.com",
                     "bearer eyJhbGciOiJIUzI1NiJ9.x.y", "path=/verify/" + "a1" * 20):
            self.assertEqual(seen.told_by(f"info fine\n{line}"), [line])


class Reading(unittest.TestCase):
    def read(self, text: str) -> list:
        with tempfile.NamedTemporaryFile("w", suffix=".http") as file:
            file.write(text)
            file.flush()
            return http_file.read(pathlib.Path(file.name))

    def test_a_step_in_full(self) -> None:
        step = self.read("### Title\nPOST /a/\nX-A: 1\n\n{\n}\n\n=> 201\nX-B: 2\n{\n}\n\n@b = $.id\n")[0]
        self.assertEqual((step.title, step.method, step.path, step.headers), ("Title", "POST", "/a/", [("X-A", "1")]))
        self.assertEqual((step.body, step.status, step.expected_headers), ("{\n}", "201", [("X-B", "2")]))
        self.assertEqual(step.expected_body, "{\n}")

    def test_a_step_on_a_line(self) -> None:
        step = self.read('PUT /a/ [X-A: 1] [{"b": 1}] => 400 exact {"c": ["d"]}\n')[0]
        self.assertEqual((step.headers, step.body), ([("X-A", "1")], '[{"b": 1}]'))
        self.assertEqual((step.status, step.strictness, step.expected_body), ("400", "exact", '{"c": ["d"]}'))

    def test_bytes(self) -> None:
        step = self.read("RAW\nGET / HTTP/1.1\nA: b\\\n\n=> 400 or closed\n")[0]
        self.assertEqual((step.raw, step.status), ("GET / HTTP/1.1\r\nA: b\r\n", "400 or closed"))
        self.assertEqual(client.unescaped(r"a\xff\r\n\\"), b"a\xff\r\n\\")

    def test_what_is_not_understood_is_named(self) -> None:
        for text in ("GET /a/\n\n{}\n", "hello\n", "GET /a/ => maybe\n"):
            with self.assertRaises(http_file.Malformed):
                self.read(text)


class Running(unittest.TestCase):
    def setUp(self) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tearDown(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def outcome(self, text: str) -> tuple[int, list[str]]:
        with tempfile.NamedTemporaryFile("w", suffix=".http") as file:
            file.write(text)
            file.flush()
            running = types.SimpleNamespace(port=self.server.server_port, engine="none", mail_dir=pathlib.Path(),
                                            seen=secrets_seen.SecretsSeen())
            return session.Session(pathlib.Path(file.name), running).run()

    def test_variables_go_round(self) -> None:
        passed, failures = self.outcome(
            '@good = {"a": 1, "b": 2}\n'
            'POST /x/{{repeat:3:y}}/ {{good}} with {"b": 3} => 200 {"path": "/x/yyy/", "body": "{\\"a\\": 1, \\"b\\": 3}"}\n'
            'POST /x/ {{good}} without a => 200 {"id": <id:seven>, "body": "{\\"b\\": 2}"}\n'
            "@check {{seven}} == 7\n@again = $.id\n"
            'GET /y/{{again}}/\nAuthorization: Bearer t\n\n=> 200\nX-Request-ID: r<digits>\n{"path": "/y/7/", "authorization": "Bearer t"}\n')
        self.assertEqual((passed, failures), (4, []))

    def test_failures_are_seen(self) -> None:
        passed, failures = self.outcome(
            'GET /a/ => 404\nGET /fail/ => 200\nGET /a/ => 200 {"id": 8}\nGET /{{unknown}}/ => 200\n@check 1 == 2\n'
            "@nonsense x\nGET /a/\n\n=> 200\nX-Missing: y\n")
        self.assertEqual((passed, len(failures)), (0, 7))


if __name__ == "__main__":
    unittest.main()
