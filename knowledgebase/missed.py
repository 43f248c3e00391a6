"""Which searches led nobody to an article?

Kept without anything personal, in a table that does not grow: when it is full, what
was asked least and longest ago makes room. Colleagues and end users have room of their
own, so that what comes from outside displaces nothing that colleagues asked.
"""

import re
import unicodedata
from datetime import datetime

from django.db.models import F, Q, QuerySet

from deliveries import vault
from deliveries.redaction import Redactor
from knowledgebase.models import WORDS_MAX, MissedSearch

MOST = 1_000  # rows of each kind of reader
SHORTEST = 2  # characters
UNOPENED = 3  # times before it is told that nobody opened what was found
LONGEST = 300  # characters of a search that are looked at

_MARKS = re.compile(r"‹[^›]*›")
# Stricter than what is redacted elsewhere: a loose number may be anybody's.
_ADDRESSES = re.compile(r"\S*@\S*|\bhttps?://\S+|\bwww\.\S+")
_NUMBERS = re.compile(r"\+?\d(?:[\s().-]?\d){5,}")
_WORD = re.compile(r"[^\W\d_]")


def kept(query: str) -> str:
    """Return what is kept of a search: its words in one form, nothing personal.

    Empty if that leaves no word.
    """
    plain = unicodedata.normalize("NFKC", query[:LONGEST])
    plain = Redactor(vault.derived_key("missed_search")).text(plain).text
    for personal in (_MARKS, _ADDRESSES, _NUMBERS):
        plain = personal.sub(" ", plain)
    printable = "".join(each if each.isprintable() else " " for each in plain)
    words = " ".join(printable.lower().split())[:WORDS_MAX].strip()
    return words if len(words) >= SHORTEST and _WORD.search(words) else ""


def noted(query: str, *, locale: str, reader: str, found: bool, now: datetime) -> None:
    """Count a search that has led nowhere yet; ``found``: whether any is shown."""
    words = kept(query)
    if not words:
        return
    same = {"words": words, "locale": locale, "reader": reader}
    rows = MissedSearch.objects.filter(**same)
    if rows.update(count=F("count") + 1, found=found, last_at=now):
        return
    row = MissedSearch(**same, found=found, last_at=now)
    MissedSearch.objects.bulk_create([row], ignore_conflicts=True)
    alike = MissedSearch.objects.filter(reader=reader)
    over = alike.count() - MOST
    if over > 0:
        least = alike.order_by("count", "last_at", "pk")
        MissedSearch.objects.filter(pk__in=least.values("pk")[:over]).delete()


def opened(query: str, *, locale: str, reader: str) -> None:
    """Forget a search through which somebody has come to an article."""
    words = kept(query)
    rows = MissedSearch.objects.filter(words=words, locale=locale, reader=reader)
    rows.filter(found=True).delete()


def listed() -> QuerySet[MissedSearch]:
    """Searches for editors: those without an answer, and those nobody opened one of."""
    rows = MissedSearch.objects.filter(dismissed_at=None)
    return rows.filter(Q(found=False) | Q(count__gte=UNOPENED))


def answered(phrases: str, *, locale: str, now: datetime) -> None:
    """Take searches off the list to which an article answers now, one phrase a line."""
    words = {kept(line) for line in phrases.splitlines()} - {""}
    rows = MissedSearch.objects.filter(words__in=words, locale=locale)
    rows.filter(dismissed_at=None).update(dismissed_at=now)


def dismiss(pk: int, *, now: datetime) -> bool:
    """Take a search off the list for good; false if it is not on it."""
    return bool(listed().filter(pk=pk).update(dismissed_at=now))
