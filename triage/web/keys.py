"""Which keys are there? One list for the sheet that ``?`` opens and for the palette."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deliveries import language

OTHER = {"en": "zh-hans", "zh-hans": "en"}


@dataclass(frozen=True, slots=True)
class Key:
    """What a key does. ``names`` is the element's ``data-key``, if it has one."""

    signs: tuple[str, ...]
    label: str | Promise
    names: str = ""

    @property
    def also(self) -> str:
        """What it does, in the language that the page is not in."""
        return in_other_language(self.label)


KEYS = (
    Key(("j", "k"), _("Next row, previous row")),
    Key(("Enter", "o"), _("Open the row")),
    Key(("Space",), _("Look at the row beside the list")),
    Key(("u",), _("Back to the list"), "u"),
    Key(("[", "]"), _("Previous, next ticket of the list")),
    Key(("/",), _("Search everything"), "/"),
    Key(("Ctrl", "K"), _("Find a page or an action")),
    Key(("a",), _("Take"), "a"),
    Key(("⇧A",), _("Hand over"), "A"),
    Key(("n",), _("Write a note"), "n"),
    Key(("r",), _("Answer the reporters"), "r"),
    Key(("m",), _("Run a macro"), "m"),
    Key(("e",), _("Solve"), "e"),
    Key(("⇧R",), _("Plan a resend"), "R"),
    Key(("y",), _("Diagnose again"), "y"),
    Key(("x", "⇧J", "⇧K"), _("Select the row, and from there to here")),
    Key(("*", "a", "n"), _("Select all that match, or nothing")),
    Key(("q",), _("Move to a queue"), "q"),
    Key(("t",), _("Set the tier"), "t"),
    Key(("1", "2", "3", "4"), _("Set the tier to S1, S2, S3 or S4")),
    Key(("c",), _("Name the cause"), "c"),
    Key(("w",), _("Let wait"), "w"),
    Key((".",), _("Show what is new"), "."),
    Key(("l",), _("Merge"), "l"),
    Key((",",), _("Copy the reference"), ","),
    Key(("z",), _("Undo what I did last"), "z"),
    Key(("Ctrl", "Enter"), _("Send what is written")),
    Key(("Esc",), _("Close")),
)


def in_other_language(words: str | Promise) -> str:
    """Say something of the catalogue in the language that the page is not in."""
    return _said(words, OTHER[language.current()])


@lru_cache(maxsize=256)
def _said(words: str | Promise, tag: str) -> str:
    with translation.override(tag):
        return str(words)
