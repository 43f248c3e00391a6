"""How are ages and figures written on the pages of the desk?

Pure formatting for templates: no queries, no markup, the language of the reader.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from triage.recent_reports import HOUR

register = template.Library()

CAP = 10_000
BAR = 16  # height of a sparkline's highest bar

# Beyond this age hours no longer help anybody to decide what to do first.
HOURS_MATTER = timedelta(days=3)


@register.filter
def capped(count: int) -> str:
    """A count with separators; beyond ten thousand only that it is more."""
    if count > CAP:
        return f"{intcomma(CAP)}+"
    return str(intcomma(count))


@register.filter
def age(since: datetime | None, now: datetime | None) -> str:
    """How long ago ``since`` was at ``now``, in at most two units.

    Both are aware datetimes; an absent one gives an empty string, so that a template
    need not ask. A moment in the future counts as just now: clocks differ.
    """
    if not since or not now:
        return ""
    return span(max(now - since, timedelta()))


@register.filter
def left(until: datetime | None, now: datetime | None) -> str:
    """How long it is from ``now`` until a promise is due, or since it was.

    Both are aware datetimes; an absent one gives an empty string.
    """
    if not until or not now:
        return ""
    if until < now:
        return _("%(span)s over") % {"span": span(now - until)}
    return span(until - now)


@register.filter
def span(passed: timedelta) -> str:
    """A stretch of time in at most two units; it is not negative."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return _("under 1 min")
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": rest}
    if passed < HOURS_MATTER:
        return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    return _("%(days)d d") % {"days": hours // 24}


@register.simple_tag
def tier_mark(tier: str) -> SafeString:
    """The component of a tier; a long list has few different ones."""
    return _written("components/tier.html", tier=tier)


@register.simple_tag
def person_mark(person: object) -> SafeString:
    """The component of a person, or of nobody; few people hold a long list."""
    return _written("components/person.html", person=person)


@register.simple_tag
@cache
def sprite() -> str:
    """Where the outlines lie; asked for some eighty times a page."""
    return static("img/icons.svg")


@register.simple_tag
def state_mark(state: str, label: str) -> SafeString:
    """The component of a state; a long list has few different ones."""
    return _written("components/state.html", state=state, label=label)


@register.simple_tag
def sparkline(recent: tuple[int, ...]) -> SafeString:
    """The component of the reports of the last hours; quiet causes look alike."""
    most = max(recent, default=0)
    bars = [(4 * place, _height(n, most)) for place, n in enumerate(recent) if n]
    now = 4 * (len(recent) - HOUR)
    return _written(
        "components/sparkline.html",
        before=tuple(bar for bar in bars if bar[0] < now),
        lately=tuple(bar for bar in bars if bar[0] >= now),
        total=sum(recent),
        last=sum(recent[-HOUR:]),
    )


def _height(count: int, most: int) -> int:
    """How high a bar is, of at most ``BAR``; what is there at all can be seen."""
    return max(2, round(BAR * count / most))


@register.simple_tag
def ticket_row(
    row: Any, now: datetime, may_pick: object, picked: Collection[int]
) -> SafeString:
    """A row of a list of tickets, as it is for everybody while its words stay."""
    until = row.clock.target_at if row.clock else None
    return _written(
        "triage/_queue_row.html",
        row=row,
        age=age(row.opened_at, now),
        left=left(until, now),
        may_pick=bool(may_pick),
        picked=row.number in picked,
    )


@register.simple_tag
def choice(field: BoundField) -> SafeString:
    """The widget of a field to choose from, which Django writes anew for everybody.

    One with errors says so; that is for the form's own widget.
    """
    offered: Any = field.field
    return _written(
        "components/select.html",
        called=field.html_name,
        id=field.id_for_label,
        value=str(field.value() or ""),
        options=tuple((str(value), str(label)) for value, label in offered.choices),
    )


@register.simple_tag
def key_lines(keys: tuple[object, ...], nav: Iterable[Any]) -> SafeString:
    """What each key does, and where one can go by key."""
    places = tuple((item.label, item.key) for item in nav if item.key)
    return _written("key_lines.html", keys=keys, places=places)


@register.simple_tag
def moment(at: datetime | None, form: str) -> SafeString:
    """The component of an instant; the same ones are written on page after page."""
    return _written("components/moment_written.html", at=at, form=form)


def _written(name: str, **values: object) -> SafeString:
    return _kept(name, get_language(), get_current_timezone_name(), **values)


@lru_cache(maxsize=4096)  # with rows of a list alone some 12 MB in each process
def _kept(name: str, _language: str | None, _zone: str, **values: object) -> SafeString:
    return render_to_string(name, values)


@register.filter
def exact(at: datetime) -> str:
    """A moment in full, in the reader's language; rows are read again and again."""
    return _exact(at, get_language(), get_current_timezone_name())


@lru_cache(maxsize=4096)
def _exact(at: datetime, _language: str | None, _zone: str) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")
