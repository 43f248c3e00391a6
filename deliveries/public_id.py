"""What does an object call itself to the outside?

A prefix that says the kind, then 128 random bits in Crockford's base 32
(https://www.crockford.com/base32.html): no I, L, O or U, safe to read aloud.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26  # ceil(128 bits / 5 bits a character)


def new(prefix: str) -> str:
    """Make a fresh public id, for example ``rep_`` and 26 characters."""
    number = secrets.randbits(128)
    characters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        characters.append(ALPHABET[digit])
    return prefix + "".join(reversed(characters))
