"""What have I to read, what changed in it, and how do I say that I have understood?"""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deliveries import keyset, vault
from deliveries.request import KnownRequest
from knowledgebase import comparing, training
from knowledgebase.models import ArticleVersion, TrainingItem
from knowledgebase.refusals import Conflict, Invalid
from knowledgebase.web import lines, reading, shelf
from knowledgebase.web.answers import article_url
from knowledgebase.web.naming import named

PAGE = 50
OPEN, DONE = "training", "training done"


@require_safe
@named("training.own")
def training_list(request: KnownRequest) -> HttpResponse:
    """Show what I have to read, the most urgent first; or what I have understood."""
    done = request.GET.get("done") == "1"
    found = _done(request) if done else _open(request)
    today = timezone.localdate()
    address = reverse("training")
    context = {
        "done": done,
        "items": [line(each, today) for each in found.rows],
        "page": {
            name: _url(cursor, done=done)
            for name, cursor in (
                ("next_url", found.next),
                ("previous_url", found.previous),
            )
        },
        "urls": {"open": address, "done": f"{address}?done=1"},
        # The page above about everybody's training, so named by where it lies.
        "team_url": "../team/training/" if request.actor.may("training.manage") else "",
    }
    return render(request, "knowledgebase/training.html", context)


def line(item: TrainingItem, today: Any) -> dict[str, Any]:
    """One line about an item: ``_training_rows.html`` shows it."""
    return {
        "title": training.title_of(item),
        "lang": item.article_version.translation.locale
        if item.article_version is not None
        else "",
        "reason": item.module.title if item.module else item.get_cause_display(),
        "read_by": item.read_by,
        "overdue": item.is_overdue(today),
        "understood_at": item.understood_at,
        "url": reverse("training_item", args=[item.pk]),
    }


def _open(request: KnownRequest) -> keyset.Page[TrainingItem]:
    rows, cursor = training.due(request.actor.person_id), _cursor(request, OPEN)
    if cursor is not None:
        day, pk = parse_date(str(cursor.values[0])), cursor.values[1]
        if cursor.backwards:
            rows = rows.filter(Q(read_by__lt=day) | Q(read_by=day, pk__lt=pk))
            rows = rows.order_by("-read_by", "-pk")
        else:
            rows = rows.filter(Q(read_by__gt=day) | Q(read_by=day, pk__gt=pk))
    return keyset.page(
        list(rows[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda item: (item.read_by.isoformat(), item.pk),
    )


def _done(request: KnownRequest) -> keyset.Page[TrainingItem]:
    rows = TrainingItem.objects.of(request.actor.person_id).understood()
    rows = rows.with_everything_for_list().order_by("-understood_at", "-pk")
    cursor = _cursor(request, DONE)
    if cursor is not None:
        at, pk = parse_datetime(str(cursor.values[0])), cursor.values[1]
        if cursor.backwards:
            rows = rows.filter(Q(understood_at__gt=at) | Q(understood_at=at, pk__gt=pk))
            rows = rows.order_by("understood_at", "pk")
        else:
            rows = rows.filter(Q(understood_at__lt=at) | Q(understood_at=at, pk__lt=pk))
    return keyset.page(
        list(rows[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda item: (
            item.understood_at.isoformat() if item.understood_at else "",
            item.pk,
        ),
    )


def _cursor(request: KnownRequest, name: str) -> keyset.Cursor | None:
    text = request.GET.get("cursor", "")
    if not text:
        return None
    try:
        return keyset.decode(text, name=name, key=vault.derived_key("cursor"), length=2)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def _url(cursor: keyset.Cursor | None, *, done: bool) -> str:
    if cursor is None:
        return ""
    name, begin = (DONE, "done=1&") if done else (OPEN, "")
    text = keyset.encode(cursor, name=name, key=vault.derived_key("cursor"))
    return f"{reverse('training')}?{begin}cursor={text}"


@require_safe
@named("training.own")
def training_item(request: KnownRequest, item: int) -> HttpResponse:
    """Show what is to be read, with what changed since I knew it."""
    return _page(request, _mine(request, item))


def _mine(request: KnownRequest, pk: int) -> TrainingItem:
    rows = TrainingItem.objects.of(request.actor.person_id).with_everything_for_list()
    found = rows.select_related(
        "article_version__translation__article",
        "article_version__translation__published_version",
        "category",
        "module",
        "known_version",
    ).filter(pk=pk)
    item = found.first()
    if item is None:
        raise Http404
    return item


def _page(
    request: KnownRequest, item: TrainingItem, moved: Conflict | None = None
) -> HttpResponse:
    shown = training.texts(item)
    context = {
        "item": line(item, timezone.localdate()) | {"cause": item.cause},
        "moved": lines.event_line(moved.event) if moved and moved.event else None,
        "texts": [_text(each) for each in shown],
        "changed": _changed(item, shown),
        "category_url": shelf.category_url(item.category.slug) if item.category else "",
        "list_url": reverse("training"),
        "proof": training.proof(item, shown) if _may_be_done(item, shown) else "",
        "done_url": reverse("training_understood", args=[item.pk]),
    }
    status = 409 if moved else 200
    return render(request, "knowledgebase/training_item.html", context, status=status)


def _may_be_done(item: TrainingItem, shown: list[ArticleVersion]) -> bool:
    """Whether it is open and there is something to read."""
    return item.understood_at is None and bool(shown or item.category_id)


def _text(version: ArticleVersion) -> dict[str, Any]:
    translation = version.translation
    return {
        "title": version.title,
        "number": version.number,
        "locale": translation.locale,
        "body": reading.body_of(version),
        "url": article_url(translation.article.slug, translation.locale),
    }


def _changed(item: TrainingItem, shown: list[ArticleVersion]) -> dict[str, Any] | None:
    """The text that I knew beside the one of now, if they are of one language."""
    known = item.known_version
    now = shown[0] if shown else None
    if known is None or now is None or known.translation_id != now.translation_id:
        return None
    return {
        "before": known.number,
        "after": now.number,
        "rows": comparing.sides(_whole(known), _whole(now)),
        "locale": now.translation.locale,
    }


def _whole(version: ArticleVersion) -> str:
    return f"{version.title}\n\n{version.body}"


@require_POST
@named("training.own")
def training_understood(request: KnownRequest, item: int) -> HttpResponse:
    """Note that I have read and understood what the page showed."""
    person, shown = request.actor.person_id or 0, request.POST.get("proof", "")
    try:
        training.complete(item, person, shown, timezone.now())
    except TrainingItem.DoesNotExist as error:
        raise Http404 from error
    except Invalid as invalid:
        messages.error(request, invalid.message)
        return HttpResponseRedirect(reverse("training_item", args=[item]))
    except Conflict as conflict:
        return _page(request, _mine(request, item), conflict)
    messages.success(request, _("Noted that you have read and understood it."))
    return HttpResponseRedirect(reverse("training"))
