"""How does a request of ``providers.json`` get the values of one message?

A placeholder is ``{name}``, ``{first|second}`` for the first that has a value, with
``?`` at its end when the whole entry may be left out. Values are put in once and never
read again, so that no text of a message can name another value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

_NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*"
PLACEHOLDER = re.compile(rf"\{{({_NAME}(?:\|{_NAME})*)(\??)\}}")


class Missing(LookupError):
    """A value that the provider needs is not there; ``code`` says of which kind."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.code = f"{name.partition('.')[0]}.missing"


class _Absent:
    """Stands for an entry that is left out."""


ABSENT: Final = _Absent()


def fill(template: object, values: Mapping[str, object]) -> object:
    """Put values into a template of dicts, lists and texts.

    A text that is one placeholder becomes its value, whatever its type. An entry whose
    optional value is missing is left out, and so is a dict or list that loses all of
    its entries. Raises :class:`Missing`.
    """
    if isinstance(template, str):
        return _text(template, values)
    if isinstance(template, Mapping):
        pairs = {name: fill(each, values) for name, each in template.items()}
        kept = {name: each for name, each in pairs.items() if each is not ABSENT}
        return ABSENT if template and not kept else kept
    if isinstance(template, list | tuple):
        items = [fill(each, values) for each in template]
        left = [each for each in items if each is not ABSENT]
        return ABSENT if template and not left else left
    return template


def texts(template: Mapping[str, str], values: Mapping[str, object]) -> dict[str, str]:
    """Put values into named texts, such as headers; see :func:`fill`."""
    filled = {name: fill(each, values) for name, each in template.items()}
    return {name: str(each) for name, each in filled.items() if each is not ABSENT}


def names(template: object) -> Iterator[str]:
    """Yield every name that the placeholders of a template mention."""
    if isinstance(template, str):
        for found in PLACEHOLDER.finditer(template):
            yield from found[1].split("|")
    elif isinstance(template, Mapping):
        for each in template.values():
            yield from names(each)
    elif isinstance(template, list | tuple):
        for each in template:
            yield from names(each)


def _text(template: str, values: Mapping[str, object]) -> object:
    whole = PLACEHOLDER.fullmatch(template)
    if whole:
        return _value(whole, values)
    parts: list[str] = []
    done = 0
    for found in PLACEHOLDER.finditer(template):
        value = _value(found, values)
        if value is ABSENT:
            return ABSENT
        parts += [template[done : found.start()], str(value)]
        done = found.end()
    return "".join([*parts, template[done:]])


def _value(found: re.Match[str], values: Mapping[str, object]) -> object:
    choices = found[1].split("|")
    for name in choices:
        value = values.get(name)
        if value not in (None, "", {}, []):
            return value
    if found[2]:
        return ABSENT
    raise Missing(choices[0])
