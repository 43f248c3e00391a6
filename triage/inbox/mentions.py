"""Whom does a note call by name?

``@ana`` calls a person who works the queue of the ticket. Chinese sets no space behind
a name, so a name ends where no letter of its alphabet follows.
"""

import re
from collections.abc import Iterable

from django.contrib.auth.models import User

_AT = re.compile(r"(?<![A-Za-z0-9._%+@-])@([A-Za-z0-9][A-Za-z0-9._+-]{0,149})")


def called(text: str, people: Iterable[User]) -> list[User]:
    """Return those of ``people`` whom the text calls, each once, in their order."""
    words = {_bare(each) for each in _AT.findall(text)}
    return [each for each in people if each.get_username().lower() in words]


def unknown_names(text: str, people: Iterable[User]) -> list[str]:
    """Return the names that are called and that none of ``people`` has."""
    names = {each.get_username().lower() for each in people}
    words = dict.fromkeys(_bare(each) for each in _AT.findall(text))
    return [each for each in words if each not in names]


def _bare(word: str) -> str:
    """A name without the full stop or dash that ends the sentence."""
    return word.rstrip(".-+").lower()
