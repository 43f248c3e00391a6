"""Is an entry of ``providers.json`` as it should be, and if not, where and why?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


class Malformed(ValueError):
    """An entry is not as the reader wants it; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of the file with the name by which faults call it."""

    name: str
    entry: object

    @property
    def values(self) -> Mapping[str, object]:
        """The object itself; raises :class:`Malformed` if it is none."""
        if not isinstance(self.entry, dict):
            raise Malformed(f"{self.name}: not an object.")
        return self.entry

    def fault(self, key: str, why: str) -> Malformed:
        """Make the error for a key."""
        return Malformed(f"{self.name}.{key}: {why}.")

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that nobody reads."""
        for key in self.values.keys() - {*known}:
            raise self.fault(key, "not known")

    def inner(self, key: str) -> "Entry":
        """The object at a key; empty if there is none."""
        return Entry(f"{self.name}.{key}", self.values.get(key, {}))

    def present(self, key: str) -> object:
        """Whatever is at a key; refused if nothing is."""
        if key not in self.values:
            raise self.fault(key, "missing")
        return self.values[key]

    def text(self, key: str, default: str | None = None) -> str:
        """The text at a key."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "not a text")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """The whole number at a key."""
        value = self.values.get(key, default)
        if not isinstance(value, int):
            raise self.fault(key, "not a number")
        return value

    def one(self, key: str, known: Collection[int]) -> int:
        """The number at a key, one of those that are known."""
        value = self.number(key)
        if value not in known:
            raise self.fault(key, f"none of {', '.join(map(str, known))}")
        return value

    def word(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """The text at a key, one of those that are known."""
        value = self.text(key, default)
        if value not in known:
            raise self.fault(key, f"none of {', '.join(known)}")
        return value

    def words(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """The texts at a key, at least one, all of them known."""
        found = self.strings(key)
        if not found or not {*found} <= {*known}:
            raise self.fault(key, f"not some of {', '.join(known)}")
        return found

    def strings(self, key: str) -> tuple[str, ...]:
        """The list of texts at a key; empty if there is none."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            raise self.fault(key, "not a list of texts")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        """The texts by name at a key; empty if there are none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict) or not all(
            isinstance(each, str) for each in value.values()
        ):
            raise self.fault(key, "not an object of texts")
        return dict(value)

    def settings(self) -> dict[str, str | None]:
        """The settings with their defaults, None where one has to be given."""
        value = self.inner("settings").values
        if not all(each is None or isinstance(each, str) for each in value.values()):
            raise self.fault("settings", "not an object of texts and nulls")
        return {name: None if x is None else str(x) for name, x in value.items()}
