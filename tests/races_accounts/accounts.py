"""Races about who somebody is: attacks 27 to 33 and 38."""
import time

from crowd import Answer, Ask, Wrong, expect, tally
from shop import PASSWORD, Person, Shop

GRACE_SECONDS = 4
GUESSES, PASSWORDS, CROWD = 1000, 500, 64


def wrong_otps(right: str, count: int) -> list[str]:
    return [f"{number:06}" for number in range(count + 1) if f"{number:06}" != right][:count]


def otp_guesses(shop: Shop) -> None:
    """A thousand guesses at a verification's digits: five are looked at, then even the right one is worth nothing."""
    person = shop.newcomer()
    mail = shop.mail(person)
    guesses = shop.at_once([Ask("POST", "/api/auth/verify/otp/", {"email": person.email, "otp": otp})
                            for otp in wrong_otps(mail["otp"], GUESSES)])
    expect(tally(guesses), {(400, "Invalid OTP"): 5, (400, "OTP has expired or is invalid"): GUESSES - 5}, "guesses")
    late = shop.ask("POST", "/api/auth/verify/otp/", {"email": person.email, "otp": mail["otp"]})
    expect(tally([late]), {(400, "OTP has expired or is invalid"): 1}, "the right digits, too late")
    shop.ask("GET", f"/api/auth/verify/{mail['token']}/", status=200)


def reset_guesses(shop: Shop) -> None:
    """The same for a new password's digits, each guess with a password of its own."""
    person = shop.person()
    shop.ask("POST", "/api/auth/password-reset/request/", {"email": person.email}, status=200)
    mail = shop.mail(person)
    guesses = shop.at_once([Ask("POST", "/api/auth/password-reset/confirm/",
                                {"email": person.email, "otp": otp, "password": f"guessed-{otp}-x"})
                            for otp in wrong_otps(mail["otp"], CROWD)])
    counted = tally(guesses)
    expect(sum(counted.values()), CROWD, "answers")
    expect(set(status for status, _ in counted), {400}, "statuses")
    late = {"email": person.email, "otp": mail["otp"], "password": "guessed-right-x"}
    shop.ask("POST", "/api/auth/password-reset/confirm/", late, status=400)
    person.log_in()


def password_guesses(shop: Shop) -> None:
    """Five hundred wrong passwords on both surfaces: five are looked at, and then the right one is of no use."""
    person = shop.person()

    def guess(number: int) -> Ask:
        body = {"email": person.email, "password": f"wrong-guess-{number}"}
        return Ask("POST", ("/api/auth/jwt/", "/api/auth/login/", "/api/v1/auth/login/")[number % 3], body)

    counted = tally(shop.at_once([guess(number) for number in range(PASSWORDS)]))
    looked_at = counted.get((400, "AUTH_001"), 0) + counted.get((400, "{'non_field_errors': ['Invalid credentials']}"), 0)
    locked = sum(count for said, count in counted.items() if said[0] == 403)
    expect((looked_at, locked), (5, PASSWORDS - 5), f"of {counted}: looked at, locked")
    for path in ("/api/auth/jwt/", "/api/auth/login/", "/api/v1/auth/login/"):
        shop.ask("POST", path, {"email": person.email, "password": PASSWORD}, status=403)
    person.ask("GET", "/api/auth/profile/", status=200)


def live_refresh_tokens(shop: Shop, person: Person) -> int:
    return shop.rows("SELECT COUNT(*) FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id"
                     f" WHERE u.email = '{person.email}' AND s.kind = 'jwt' AND s.ended_at IS NULL AND r.rotated_at IS NULL")[0][0]


def refreshes(shop: Shop) -> None:
    """One refresh token used many times at once has one successor, and whoever did so by mistake is not logged out."""
    for path in ("/api/auth/jwt/refresh/", "/api/v1/auth/refresh/"):
        person = shop.person()
        answers = shop.at_once([Ask("POST", path, {"refresh": person.refresh, "refresh_token": person.refresh})] * CROWD)
        good = [answer for answer in answers if answer.status == 200]
        expect((len(good), sum(answer.status == 401 for answer in answers)), (1, CROWD - 1), f"{path} {tally(answers)}")
        expect(live_refresh_tokens(shop, person), 1, "live successors")
        person.ask("GET", "/api/auth/profile/", status=200)
        data = good[0].json()
        data = data.get("data", data)
        next_one = data.get("refresh") or data["refresh_token"]
        shop.ask("POST", "/api/auth/jwt/refresh/", {"refresh": next_one}, status=200)


class StolenToken:
    """A refresh token that somebody uses again long after it was exchanged: the session ends, the other ones do not."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.person = shop, shop.person()
        self.other = self.person.access
        self.person.log_in("API")
        self.stolen = self.person.refresh
        data = shop.ask("POST", "/api/auth/jwt/refresh/", {"refresh": self.stolen}, status=200).json()["data"]
        self.person.access, self.person.refresh = data["access"], data["refresh"]
        self.since = time.monotonic()

    def comes_back(self) -> None:
        time.sleep(max(0.0, self.since + GRACE_SECONDS + 1.1 - time.monotonic()))
        asks = [Ask("POST", "/api/auth/jwt/refresh/", {"refresh": self.stolen})] * 8
        expect(tally(self.shop.at_once(asks)), {(401, "AUTH_005"): 8}, "a dead token")
        self.shop.ask("POST", "/api/auth/jwt/refresh/", {"refresh": self.person.refresh}, status=401)
        self.person.ask("GET", "/api/auth/profile/", status=401)
        self.shop.ask("GET", "/api/auth/profile/", token=self.other, status=200)


def log_out_everywhere(shop: Shop) -> None:
    """Logging out of everything while every session refreshes: afterwards nothing lives, whatever was answered."""
    for _ in range(4):
        person = shop.person()
        sessions = [person.log_in().refresh for _ in range(8)]
        asks = [Ask("POST", "/api/auth/jwt/refresh/", {"refresh": refresh}) for refresh in sessions]
        asks.insert(4, person.will("POST", "/api/auth/jwt/logout/", {"logout_type": "all"}))
        answers = shop.at_once(asks)
        expect(answers.pop(4).status, 200, "logout")
        for pair in [answer.json()["data"] for answer in answers if answer.status == 200]:
            shop.ask("GET", "/api/auth/profile/", token=pair["access"], status=401)
            shop.ask("POST", "/api/auth/jwt/refresh/", {"refresh": pair["refresh"]}, status=401)
        expect(live_refresh_tokens(shop, person), 0, "what lives after logging out")


def resets(shop: Shop) -> None:
    """One mail's token and digits used at once: one password is set, the sibling dies, all sessions end."""
    for with_token, with_otp in ((CROWD, 0), (0, 5), (CROWD // 2, 5)):
        person = shop.person()
        shop.ask("POST", "/api/auth/password-reset/request/", {"email": person.email}, status=200)
        mail = shop.mail(person)
        ways = [{"token": mail["token"]}] * with_token + [{"email": person.email, "otp": mail["otp"]}] * with_otp
        passwords = [f"parallel-{number}-word" for number in range(len(ways))]
        answers = shop.at_once([Ask("POST", "/api/auth/password-reset/confirm/", way | {"password": password})
                                for way, password in zip(ways, passwords)])
        won = [password for answer, password in zip(answers, passwords) if answer.status == 200]
        expect((len(won), {answer.status for answer in answers} <= {200, 400}), (1, True), f"resets {tally(answers)}")
        person.ask("GET", "/api/auth/profile/", status=401)
        shop.ask("POST", "/api/auth/jwt/", {"email": person.email, "password": won[0]}, status=200)
        for way in (ways[0], ways[-1]):
            shop.ask("POST", "/api/auth/password-reset/confirm/", way | {"password": "once-more-word"}, status=400)


def registrations(shop: Shop) -> None:
    """One address, or one name, registered on both surfaces at once: one account."""
    email, name = f"{shop.name('twin')}@races.example", shop.name("twin")

    def shop_account(case: int) -> Ask:
        body = {"email": email.upper() if case % 2 else email, "password": PASSWORD, "password_confirm": PASSWORD}
        return Ask("POST", "/api/v1/auth/register/", body)

    same_email = [Ask("POST", "/api/auth/register/", {"username": f"{name}-{number}", "email": email, "password": PASSWORD})
                  for number in range(CROWD // 2)] + [shop_account(number) for number in range(CROWD // 2)]
    same_name = [Ask("POST", "/api/auth/register/", {"username": name, "email": f"{name}-{number}@races.example",
                                                     "password": PASSWORD}) for number in range(CROWD // 2)]
    for asks, column, key in ((same_email, "email_key", email.lower()), (same_name, "username_key", name)):
        statuses = [answer.status for answer in shop.at_once(asks)]
        expect((statuses.count(201), statuses.count(400)), (1, len(asks) - 1), f"registered as one {column}")
        expect(shop.rows(f"SELECT COUNT(*) FROM users WHERE {column} = '{key}'"), [(1,)], "accounts")


def limits(shop: Shop) -> None:
    """Of many requests at once just as many pass as may, on a shop that counts, and each is told another remainder."""
    buyer = shop.buyer()

    def passed(asks: list[Ask], limit: int, what: str) -> list[Answer]:
        answers = shop.at_once(asks)
        fine = [answer for answer in answers if answer.status != 429]
        expect(len(fine), limit, f"{what}: {tally(answers)}")
        expect({int(answer.headers["x-ratelimit-limit"]) for answer in answers}, {limit}, f"{what}: limits")
        expect(sorted(int(answer.headers["x-ratelimit-remaining"]) for answer in fine), list(range(limit)), f"{what}: left")
        for answer in answers:
            if answer.status == 429 and not 1 <= int(answer.headers["retry-after"]) <= 86400:
                raise Wrong(f"{what}: Retry-After {answer.headers['retry-after']}")
        return answers

    passed([buyer.will("POST", "/api/auth/payments/history/1/retry/")] * 40, 5, "payments tried again")
    passed([buyer.will("POST", "/api/auth/orders/", {"cart_id": 0})] * 60, 10, "orders")
    guess = Ask("POST", "/api/auth/jwt/", {"email": "nobody@races.example", "password": "wrong-guess"})
    passed([guess] * 40, 3, "logins")
    # 100 of the buyer's 200 a minute are spent.
    answers = shop.at_once([buyer.will("GET", "/api/auth/profile/")] * 300)
    expect(sum(answer.status == 200 for answer in answers), 100, f"requests of one user: {tally(answers)}")


RACES = [otp_guesses, reset_guesses, password_guesses, refreshes, log_out_everywhere, resets, registrations]
