"""Is 99 % of every kind of value found: plain, encoded and broken over lines?"""

import base64
import json
import random
import re
import string
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest

from deliveries.redaction import Kind, Redactor
from deliveries.redaction.numbers import luhn

REDACTOR = Redactor(b"sixteen byte key")
RUNS = 150  # values a kind, each in every form
LETTERS = string.ascii_letters + string.digits


def drawn(rng: random.Random, alphabet: str, least: int, most: int) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(least, most)))


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def email(rng: random.Random) -> str:
    name = drawn(rng, string.ascii_lowercase, 3, 9)
    more = rng.choice(["", ".chen", "_9", "+news", "-li", "1987"])
    return f"{name}{more}@{drawn(rng, string.ascii_lowercase, 3, 8)}.example"


def phone(rng: random.Random) -> str:
    area, exchange = rng.randint(201, 989), rng.randint(201, 989)
    country = rng.choice([33, 44, 49, 65, 852, 971])
    china = f"1{rng.randint(3, 9)}{digits(rng, 9)}"
    return rng.choice(
        [
            f"+{country}{rng.randint(1, 9)}{digits(rng, 8)}",
            f"+86 {china[:3]} {china[3:7]} {china[7:]}",
            china,
            f"({area}) {exchange}-{digits(rng, 4)}",
            f"+1 {area} {exchange} {digits(rng, 4)}",
            f"020 7{digits(rng, 3)} {digits(rng, 4)}",
            f"0049 30 {rng.randint(1, 9)}{digits(rng, 7)}",
        ]
    )


def card(rng: random.Random) -> str:
    size = rng.choice([15, 16, 16, 16, 19])
    body = rng.choice("3456") + digits(rng, size - 2)
    number = next(body + check for check in "0123456789" if luhn(body + check))
    if size != 16:
        return number
    return rng.choice(["", " ", "-"]).join(number[i : i + 4] for i in range(0, 16, 4))


def national_id(rng: random.Random) -> str:
    body = f"{rng.randint(11, 65)}{digits(rng, 4)}{rng.randint(1940, 2010)}"
    body += f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}{digits(rng, 3)}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11
    number = rng.randint(0, 99999999)
    born = f"{rng.randint(50, 99)}0{rng.randint(1, 9)}1{rng.randint(0, 9)}"
    return rng.choice(
        [
            body + "10X98765432"[check],
            f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
            f"{number:08}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}",
            f"AB{digits(rng, 6)}C",
            f"{born}-1{digits(rng, 6)}",
        ]
    )


def otp(rng: random.Random) -> str:
    code = digits(rng, rng.choice([4, 6, 6, 8]))
    return rng.choice(
        [
            f"Your verification code is {code}",
            f"OTP: {code}",
            f"{code} is your login code",
            f"您的验证码是{code}",
            f"【Shop】验证码：{code}",
            f'"passcode": "{code}"',
        ]
    )


def token(rng: random.Random) -> str:
    word = drawn(rng, LETTERS, 24, 48)
    return rng.choice(
        [
            f"Bearer {word}",
            f"sk_live_{word}",
            f"api_key={word}",
            f"ghp_{word}",
            f"xoxb-{digits(rng, 11)}-{word}",
            f'"access_token": "{word}"',
            "".join(rng.choices("0123456789abcdef", k=64)),
        ]
    )


def jwt(rng: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = json.dumps({"sub": digits(rng, 8), "iat": rng.randint(1, 10**9)}).encode()
    middle = base64.urlsafe_b64encode(body).decode().rstrip("=")
    return f"{head}.{middle}.{drawn(rng, LETTERS + '-_', 43, 43)}"


def private_key(rng: random.Random) -> str:
    lines = "\n".join(drawn(rng, LETTERS + "+/", 64, 64) for _ in range(4))
    kind = rng.choice(["RSA ", "EC ", ""])
    return (
        f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"
    )


def header(rng: random.Random) -> str:
    word = drawn(rng, LETTERS, 20, 40)
    return rng.choice(
        [
            f"Authorization: Basic {word}==",
            f"Cookie: session={word}; theme=dark",
            f"Set-Cookie: id={word}; HttpOnly",
            f"X-Api-Key: {word}",
        ]
    )


def query(rng: random.Random) -> str:
    return f"https://shop.example/track?u={drawn(rng, LETTERS, 8, 20)}1"


def coordinates(rng: random.Random) -> str:
    north, east = rng.uniform(-89, 89), rng.uniform(-179, 179)
    return rng.choice([f"{north:.5f}, {east:.5f}", f"{north:.4f},{east:.4f}"])


def userinfo(rng: random.Random) -> str:
    return (
        f"https://{drawn(rng, LETTERS, 4, 9)}:{drawn(rng, LETTERS, 6, 12)}@h.example/"
    )


# What must not be readable any more, out of the whole that was drawn.
SECRETS: dict[Kind, Callable[[str], str]] = {
    Kind.EMAIL: lambda whole: whole.partition("@")[0],
    Kind.OTP: lambda whole: re.findall(r"\d+", whole)[0],
    Kind.TOKEN: lambda whole: re.findall(r"[A-Za-z0-9]{20,}", whole)[-1],
    Kind.HEADER: lambda whole: re.findall(r"[A-Za-z0-9]{20,}", whole)[0],
    Kind.QUERY: lambda whole: whole.rpartition("=")[2],
    Kind.USERINFO: lambda whole: whole[8:].partition("@")[0],
    Kind.PRIVATE_KEY: lambda whole: whole.splitlines()[2],
}
DRAW: dict[Kind, Callable[[random.Random], str]] = {
    Kind.EMAIL: email,
    Kind.PHONE: phone,
    Kind.CARD: card,
    Kind.NATIONAL_ID: national_id,
    Kind.OTP: otp,
    Kind.TOKEN: token,
    Kind.JWT: jwt,
    Kind.PRIVATE_KEY: private_key,
    Kind.HEADER: header,
    Kind.QUERY: query,
    Kind.COORDINATES: coordinates,
    Kind.USERINFO: userinfo,
}


def broken(whole: str, secret: str, rng: random.Random) -> str:
    """Break the text at one place inside the secret."""
    start = whole.index(secret)
    at = rng.randint(start + 1, start + len(secret) - 1)
    return whole[:at] + rng.choice(["\n", "\r\n ", "=\n", "\n\t"]) + whole[at:]


def form(name: str, whole: str, secret: str, rng: random.Random) -> str:
    match name:
        case "plain":
            return whole
        case "escaped":
            return quote(whole, safe="")
        case "escaped throughout":
            return "".join(f"%{byte:02x}" for byte in whole.encode())
        case "base64":
            return base64.b64encode(whole.encode()).decode()
        case _:
            return broken(whole, secret, rng)


def flattened(text: str) -> str:
    return re.sub(r"=?\r?\n[ \t]*", "", unquote(text))


FRAMES = (
    "{}",
    "554 refused: <{}> at mx1.example.org\n",
    "目标{}无法送达",
    '{{"to":"{}"}}',
)
FORMS = ("plain", "escaped", "escaped throughout", "base64", "broken")


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("kind", list(Kind))
def test_nearly_every_value_is_found_in_every_form(kind: Kind, name: str) -> None:
    rng = random.Random(f"{kind} {name}")
    leaked = []
    for _ in range(RUNS):
        whole = DRAW[kind](rng)
        secret = SECRETS.get(kind, str)(whole)
        sent = form(name, whole, secret, rng)
        out = REDACTOR.text(rng.choice(FRAMES).format(sent)).text
        bare = sent if name == "base64" else flattened(secret)
        if bare in (out if name == "base64" else flattened(out)):
            leaked.append((sent, out))
    assert len(leaked) <= RUNS / 100, leaked[:3]


def pieces(secret: str) -> set[str]:
    """Return every piece of a third of a secret, at least five characters long."""
    size = max(5, len(secret) // 3)
    return {secret[at : at + size] for at in range(len(secret) - size + 1)}


@pytest.mark.parametrize("kind", list(Kind))
def test_no_large_piece_of_a_broken_value_stays(kind: Kind) -> None:
    rng = random.Random(f"{kind} pieces")
    leaked = []
    for _ in range(RUNS):
        whole = DRAW[kind](rng)
        secret = SECRETS.get(kind, str)(whole)
        sent = rng.choice(FRAMES).format(broken(whole, secret, rng))
        out = flattened(REDACTOR.text(sent).text)
        if any(piece in out for piece in pieces(flattened(secret))):
            leaked.append((sent, out))
    assert len(leaked) <= RUNS / 100, leaked[:3]


def test_every_kind_is_drawn() -> None:
    assert set(DRAW) == set(Kind)
