"""How far is the team with its training, and which modules are there?"""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from deliveries import keyset, vault
from deliveries.actor import Actor, Role
from deliveries.request import KnownRequest
from knowledgebase import training
from knowledgebase.models import TrainingModule
from triage import access
from triage.models import Membership, Queue
from triage.web.rows import face_of

PAGE = 50
LIST = "training of the team"
REMEMBERED = timedelta(days=90)


def queues_of(actor: Actor) -> QuerySet[Queue]:
    """Whose training the actor keeps: the queues they lead, every one for editors."""
    if Role.EDITOR in actor.roles:
        return Queue.objects.all()
    return Queue.objects.led_by(actor)


def trainees(actor: Actor) -> QuerySet[User]:
    """People who work in one of these queues."""
    members = Membership.objects.filter(queue__in=queues_of(actor))
    rows = User.objects.filter(pk__in=members.values("person"), is_active=True)
    return rows.order_by("first_name", "username")


@require_safe
@access.names("training.manage")
def overview(request: KnownRequest) -> HttpResponse:
    """Show how far each person is with each module, and the modules."""
    found = _page_of(request)
    modules = TrainingModule.objects.annotate(
        article_count=Count("places", distinct=True),
        reader_count=Count("readers", distinct=True),
    ).order_by("name", "pk")
    rows = list(modules)
    context = {
        "rows": _progress(found.rows, request.actor),
        "page": {"next_url": _url(found.next), "previous_url": _url(found.previous)},
        "modules": [_module(each) for each in rows if each.archived_at is None],
        "archived": [_module(each) for each in rows if each.archived_at is not None],
        "new_url": reverse("training_module_new"),
        "mine_url": reverse("training"),
    }
    return render(request, "triage/training_team.html", context)


def _page_of(request: KnownRequest) -> keyset.Page[dict[str, Any]]:
    rows = training.progress(trainees(request.actor), timezone.now() - REMEMBERED)
    cursor = _cursor(request.GET.get("cursor", ""))
    if cursor is not None:
        day, person, module = cursor.values
        by = parse_date(str(day))
        way = "lt" if cursor.backwards else "gt"
        rows = rows.filter(
            Q(**{f"next_by__{way}": by})
            | Q(**{"next_by": by, f"person__{way}": person})
            | Q(**{"next_by": by, "person": person, f"module_key__{way}": module})
        )
        rows = rows.reverse() if cursor.backwards else rows
    return keyset.page(
        list(rows[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (
            row["next_by"].isoformat(),
            row["person"],
            row["module_key"],
        ),
    )


def _cursor(text: str) -> keyset.Cursor | None:
    if not text:
        return None
    try:
        return keyset.decode(text, name=LIST, key=vault.derived_key("cursor"), length=3)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def _url(cursor: keyset.Cursor | None) -> str:
    if cursor is None:
        return ""
    text = keyset.encode(cursor, name=LIST, key=vault.derived_key("cursor"))
    return f"{reverse('team_training')}?cursor={text}"


def _progress(rows: list[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    people = User.objects.in_bulk({row["person"] for row in rows})
    ids = {row["module"] for row in rows} - {None}
    modules = TrainingModule.objects.in_bulk(ids) if ids else {}
    today = timezone.localdate()
    return [
        {
            "person": face_of(people[row["person"]], actor),
            "module": modules[row["module"]].title if row["module"] else "",
            "url": reverse("training_module", args=[row["module"]])
            if row["module"]
            else "",
            "done": row["done"],
            "total": row["total"],
            "next_by": _day(row["next_by"]),
            "overdue": row["next_by"] < today,
        }
        for row in rows
    ]


def _day(day: date) -> date | None:
    return None if day == training.NEVER else day


def _module(module: Any) -> dict[str, Any]:
    return {
        "name": module.title,
        "articles": module.article_count,
        "readers": module.reader_count,
        "due_in_days": module.due_in_days,
        "refreshed_quarterly": module.refreshed_quarterly,
        "archived_at": module.archived_at,
        "url": reverse("training_module", args=[module.pk]),
    }
