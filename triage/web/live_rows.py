"""What changed on a page of few rows since the browser wrote it, without moving one?

As for a long list, the browser says which rows it shows and a sign of the words of
each; here the server builds all rows anyway, as they are few. What a page shows besides
has a sign of its own, under the number 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from zlib import crc32

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from deliveries.request import KnownRequest
from triage.web import frame, live
from triage.web.live_list import CHANGED, Seen, news_of, shown_in
from triage.web.rows import SIGN

REST = 0  # stands for all that is no row


@dataclass(frozen=True, slots=True)
class Line:
    """A row as a page writes it: its words have a sign, its figures change in place."""

    number: int
    mark: str
    figures: tuple[object, ...]
    row: Any

    @property
    def seen(self) -> str:
        """What a browser says of the row when it asks for news."""
        return f"{self.number}.0.{self.mark}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a page stands now.

    ``lines`` are the rows of the page, and those that the browser shows and that are
    still to be seen; ``left`` are the numbers of the others. ``cells`` is the template
    of the figures of one row.
    """

    lines: Sequence[Line]
    cells: str
    url: str
    rest: str = ""
    left: Mapping[int, str] = field(default_factory=dict)


def mark_of(*words: object) -> str:
    """A sign of words, by which one state is told from another."""
    return f"{crc32(repr(words).encode()) & SIGN:x}"


def address(url: str, rest: str = "") -> dict[str, Any]:
    """Build what a page says about itself, so that a browser can ask for its news."""
    return {
        "live_url": url,
        "live_at": live.written_at(timezone.now()),
        "live_rest": f"{REST}.0.{rest}" if rest else "",
    }


def shown_on(request: KnownRequest) -> dict[int, Seen]:
    """The rows that the browser shows, without what is no row."""
    shown = shown_in(request.GET.get("shown", ""))
    return {number: seen for number, seen in shown.items() if number != REST}


def answer(request: KnownRequest, standing: Standing, now: datetime) -> HttpResponse:
    """Answer what changed, or 304 if the browser knows this already."""
    state: list[object] = [standing.rest, sorted(standing.left)]
    state += [(each.number, each.mark, each.figures) for each in standing.lines]
    render: Callable[[], str] = partial(_rendered, request, standing, now)
    return live.answer(request, state, render, now)


def _rendered(request: KnownRequest, standing: Standing, now: datetime) -> str:
    shown = shown_in(request.GET.get("shown", ""))
    lines, changed, new = [], len(standing.left), 0
    for line in standing.lines:
        seen = shown.get(line.number)
        if seen is None:
            new += 1
            continue
        was = seen.mark.rstrip(CHANGED)
        differs = was != line.mark
        changed += differs
        mark = f"{line.number}.0.{was}{CHANGED if differs else ''}"
        lines.append(
            {"row": line.row, "of": line.number, "changed": differs, "seen": mark}
        )
    rest = shown.get(REST)
    changed += rest is not None and rest.mark != standing.rest
    context = {
        "news": news_of(new, changed),
        "news_url": standing.url,
        "cells": standing.cells,
        "lines": lines,
        "left": [{"number": pk, "reason": why} for pk, why in standing.left.items()],
        "now": now,
        "at": live.figures_at(request, now),
        "nav": frame.nav_of(request) if live.figures_due(request, now) else (),
    }
    return render_to_string("triage/_rows_changes.html", context)
