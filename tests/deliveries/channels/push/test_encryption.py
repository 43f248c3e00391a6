"""Is a push encrypted as RFC 8291 shows, and is nothing else taken for a key?"""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from deliveries.channels.push.encryption import LONGEST, NotAKey, encrypt
from deliveries.signatures.tokens import p256_key
from tests.deliveries.channels.contracts import BROWSER, BROWSER_AUTH, point, url64

KEY, AUTH = url64(point(BROWSER)), url64(BROWSER_AUTH)


def test_the_example_of_the_rfc_is_met_byte_for_byte() -> None:
    own = p256_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    sealed = encrypt(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        salt=bytes.fromhex("0c6bfaadad67958803092d454676f397"),
        own=own,
    )

    assert url64(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_longest_push_fits_what_every_service_takes() -> None:
    assert len(encrypt(b"x" * LONGEST, KEY, AUTH)) == 4096
    with pytest.raises(ValueError, match="longer"):
        encrypt(b"x" * (LONGEST + 1), KEY, AUTH)


def test_no_two_pushes_look_alike() -> None:
    assert encrypt(b"x", KEY, AUTH) != encrypt(b"x", KEY, AUTH)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (KEY, "short"),
        (KEY, url64(b"x" * 17)),
        ("", AUTH),
        ("A", AUTH),
        (url64(b"\x04" + b"x" * 64), AUTH),
        (url64(point(ec.generate_private_key(ec.SECP384R1()))), AUTH),
    ],
    # Named, as keys are new in each worker and all must collect the same tests.
    ids=["short", "long", "none", "letter", "off the curve", "of another curve"],
)
def test_what_is_no_key_is_not_used(p256dh: str, auth: str) -> None:
    with pytest.raises(NotAKey):
        encrypt(b"x", p256dh, auth)
