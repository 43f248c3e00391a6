"""What stands beside the work on a ticket: its files, and help in writing?"""

from collections.abc import Iterable
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from deliveries.actor import Actor
from triage import access, macros
from triage.models import Attachment, Macro, Ticket
from triage.web.rows import face_of
from triage.web.ticket_rows import TicketRows


def of(ticket: Ticket, actor: Actor, rows: TicketRows) -> dict[str, Any]:
    """Build all of it."""
    may_note = actor.may("ticket.note")
    return {
        "macros": macros_of(ticket, rows.macros),
        "files": files_of(ticket, actor, rows.files),
        # Nothing for who has no inbox.
        "watching": bool(rows.watches) if actor.may("inbox.own") else None,
        "composer": composer(ticket, actor, rows) if may_note else None,
    }


def files_of(
    ticket: Ticket, actor: Actor, files: Iterable[Attachment]
) -> list[dict[str, Any]]:
    """The files of a ticket; with their addresses for who may download."""
    may = actor.may("file.download")
    return [
        {
            "name": each.name,
            "kind": each.get_media_type_display(),
            "size": filesizeformat(each.size),
            "by": face_of(each.added_by, actor),
            "at": each.at,
            "url": reverse("ticket_file", args=[ticket.number, each.pk]) if may else "",
        }
        for each in files
    ]


def composer(ticket: Ticket, actor: Actor, rows: TicketRows) -> dict[str, Any]:
    """What stands beside the field of a note: texts, names, and whether files may."""
    values = macros.values_of(ticket, actor)
    others = [each for each in rows.people if each.pk != actor.person_id]
    refused = isinstance(access.may(actor, "file.attach", ticket), access.Refused)
    return {
        "texts": [
            {"pk": each.pk, "name": each.title, "text": macros.fill(each.words, values)}
            for each in rows.texts
        ],
        "names": [each.username for each in others],
        "files": not refused,
    }


def macros_of(ticket: Ticket, offered: Iterable[Macro]) -> list[dict[str, str]]:
    """The macros that may be run here; none on a ticket whose work is done."""
    return [
        {
            "name": each.title,
            "url": reverse("ticket_macro", args=[ticket.number, each.pk]),
        }
        for each in offered
    ]
