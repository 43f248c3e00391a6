"""Which messages does the list show, and what does it say of each?"""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries import keyset, newest, terms
from deliveries.filters import MessageFilter
from deliveries.models import EvidenceLevel, Message, MessageState
from deliveries.request import KnownRequest
from triage import scopes
from triage.search.kinds import messages_through_others
from triage.web import by_key

LIST = "messages"
LONGEST = 200  # characters of a question
REPORTS = 200  # the newest that say it; messages of older ones are not found
ID = re.compile(r"msg_[0-9a-z]{26}", re.IGNORECASE)
SHOWN = ("address", "source", "provider", "last_category")
ICONS: dict[str, str] = {
    MessageState.DELIVERED: "check",
    MessageState.ACCEPTED: "check",
    MessageState.FAILED: "cross",
    MessageState.UNKNOWN: "flag",
    MessageState.EXPIRED: "clock-overdue",
    MessageState.CANCELLED: "cross",
    MessageState.HELD: "pause",
}


def named(request: KnownRequest) -> Message | None:
    """The message in scope that the question names by its public id."""
    text = request.GET.get("q", "").strip()
    if not ID.fullmatch(text):
        return None
    public_id = "msg_" + text[len("msg_") :].upper()
    return scopes.messages_visible_to(request.actor).filter(public_id=public_id).first()


def of_list(request: KnownRequest) -> dict[str, Any]:
    """Build the context of ``messages.html``."""
    question = request.GET.get("q", "").strip()
    scope = scopes.messages_visible_to(request.actor)
    chosen = MessageFilter(request.GET, queryset=scope, request=request)
    if not chosen.is_valid() or len(question) > LONGEST:
        raise BadRequest(_("This filter does not exist."))
    words = terms.asked(question)
    page: by_key.Page[Message]
    if question and not words:
        page = by_key.Page([])
    elif words:
        page = _found(request, chosen.qs, terms.query(words))
    else:
        page = by_key.page_of(request, chosen.qs.select_related(*SHOWN), LIST)
    narrowed = any(request.GET.get(each) for each in MessageFilter.Meta.fields)
    return {
        "page": page.lines([line(each) for each in page.rows]),
        "question": question,
        "filters": chosen.form,
        "empty": _empty(request, filtered=narrowed or bool(question)),
        "filtered": narrowed or bool(question),
        "clear_url": request.path,
        "tabs": tabs(request, "messages"),
    }


def _found(
    request: KnownRequest, rows: "QuerySet[Message]", question: str
) -> by_key.Page[Message]:
    """The newest messages that hold the words, or whose address or report does."""
    cursor = by_key.cursor_of(request, LIST)
    before = int(cursor.values[0]) if cursor else None
    try:
        with newest.looking():
            own = newest.holding(rows, question, limit=by_key.PAGE, before=before)
            others = messages_through_others(
                request.actor, rows, question, REPORTS, before
            )
    except newest.TookTooLong:
        return by_key.Page([])
    found = own.beside(others, by_key.PAGE)
    by_id = Message.objects.select_related(*SHOWN).in_bulk(found.ids)
    goes_on = found.more or found.reached is not None
    following = keyset.Cursor((found.last,)) if goes_on else None
    first = request.GET.copy()
    first.pop("cursor", None)
    return by_key.Page(
        [by_id[pk] for pk in found.ids if pk in by_id],
        by_key.url_of(request, following, LIST),
        f"{request.path}?{first.urlencode()}" if cursor else "",
    )


def _empty(request: KnownRequest, *, filtered: bool) -> str:
    if filtered:
        return "filtered"
    actor = request.actor
    return "nothing" if actor.queue_ids or actor.sees_everything else "no_queue"


def tabs(request: KnownRequest, current: str) -> list[dict[str, Any]]:
    """Messages, and the orders not to send them."""
    lines = (
        ("message.list", "messages", _("Messages")),
        ("suppression.read", "suppressions", _("Suppressions")),
    )
    return [
        {"label": label, "url": reverse(name), "current": name == current}
        for action, name, label in lines
        if request.actor.may(action)
    ]


def line(message: Message) -> dict[str, Any]:
    """What a list says of one message; its recipient stays masked."""
    cause = message.last_category
    return {
        "url": reverse("message", args=[message.public_id]),
        "reference": message.external_id,
        "recipient": recipient_of(message),
        "source": message.source.name,
        "channel_label": message.get_channel_display(),
        "provider": message.provider.name if message.provider else "",
        "region": message.region,
        "purpose_label": message.get_purpose_display(),
        "state": message.state,
        "state_label": message.get_state_display(),
        "icon": icon_of(message),
        "cause": cause.name if cause else "",
        "evidence_label": EvidenceLevel(message.evidence_level).label,
        "needed_label": EvidenceLevel(message.needed_level).label,
        "proven": message.proven,
        "at": message.created_at,
    }


def recipient_of(message: Message) -> str:
    """The masked recipient, or that none is known."""
    return message.address.masked if message.address else _("address not known to us")


def icon_of(message: Message) -> str:
    """The sign beside the word for where a message stands."""
    return ICONS.get(message.state, "clock")


def lines(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """What a list says of each of some messages."""
    return [line(each) for each in messages]
