"""How is one step of an article's history, or one version, put into a line?"""

from typing import Any

from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledgebase.models import (
    ArticleAct,
    ArticleEvent,
    ArticleVersion,
    Locale,
    StaleReason,
)

# What can be changed of an article, by the name under which its history keeps it.
FIELDS = {
    "categories": gettext_lazy("causes"),
    "audience": gettext_lazy("readers"),
    "channels": gettext_lazy("channels"),
    "providers": gettext_lazy("providers"),
    "owner": gettext_lazy("owner"),
    "review_by": gettext_lazy("day of review"),
}
ICONS = {
    ArticleAct.WRITTEN: "pencil",
    ArticleAct.PUBLISHED: "check",
    ArticleAct.IMPORTED: "check",
    ArticleAct.CONFIRMED: "check",
    ArticleAct.MARKED_STALE: "flag",
    ArticleAct.GIVEN_UP: "flag",
}
IN_THEIR_OWN = {Locale.EN.value: "English", Locale.ZH_HANS.value: "中文"}


def name_of(person: User | None) -> str:
    """How colleagues call somebody; the machine where there is nobody."""
    return (person.get_full_name() or person.username) if person else _("The machine")


def event_line(event: ArticleEvent) -> dict[str, Any]:
    """One step: who, what, about which text, with which words."""
    reason = event.change.get("reason")
    planned = event.change.get("publish_at")
    fields = [str(FIELDS[each]) for each in event.change.get("fields", [])]
    return {
        "who": name_of(event.actor),
        "did": event.get_act_display(),
        "icon": ICONS.get(ArticleAct(event.act), "hand-over"),
        "at": event.at,
        "language": IN_THEIR_OWN.get(event.locale, ""),
        "locale": event.locale,
        "version": event.version.number if event.version else None,
        "note": event.note,
        "reason": StaleReason(reason).label if reason else "",
        "planned": parse_datetime(planned) if planned else None,
        "fields": fields,
    }


def version_line(version: ArticleVersion, published: int | None) -> dict[str, Any]:
    """One text: by whom, approved by whom, and whether readers get it."""
    return {
        "number": version.number,
        "title": version.title,
        "author": name_of(version.author),
        "reviewer": name_of(version.reviewer) if version.reviewer else "",
        "at": version.created_at,
        "published_at": version.published_at,
        "is_published": version.pk == published,
    }
