"""Who writes, without anybody being able to say who that is?"""

import secrets
from dataclasses import dataclass

from deliveries import vault
from deliveries.actor import Actor
from deliveries.networks import network_of

TOKEN_BYTES = 16  # 128 random bits
OURS = 0  # the “source” of the community's pseudonyms


@dataclass(frozen=True, slots=True)
class Author:
    """A pseudonym; ``ref`` is empty for somebody who has not written yet."""

    ref: str
    network: str = ""
    by_staff: bool = False
    moderates: bool = False


def new_token() -> str:
    """What a browser keeps to be known again."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def author(actor: Actor, token: str, address: str) -> Author:
    """The author of a request: a colleague by account, anybody else by token."""
    if actor.person_id is not None:
        return Author(
            vault.pseudonym(OURS, "colleague", str(actor.person_id)),
            by_staff=actor.may("community.answer"),
            moderates=actor.may("community.moderate"),
        )
    ref = vault.pseudonym(OURS, "reader", token) if token else ""
    return Author(ref, network=network_of(address))
