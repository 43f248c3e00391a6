"""May this file be kept at a ticket, and as what?

What a file is, its first bytes say, never its name or its sender. Kept is what nothing
runs: pictures, PDF and plain text. It is not unpacked or shown, only handed out.
"""

import hashlib
import unicodedata

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import timeline
from triage.models import Attachment, EventKind, MediaType
from triage.models.attachment import MOST_BYTES, NAME_MAX
from triage.tickets import Forbidden, Invalid, locked, staff_text

MOST_TEXT = 1024 * 1024  # bytes; personal data is looked for in all of it
MOST_FILES = 50  # at one ticket
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"GIF87a", MediaType.GIF),
    (b"GIF89a", MediaType.GIF),
    (b"%PDF-", MediaType.PDF),
)
ENDINGS: dict[MediaType, tuple[str, ...]] = {
    MediaType.PNG: ("png",),
    MediaType.JPEG: ("jpg", "jpeg"),
    MediaType.GIF: ("gif",),
    MediaType.WEBP: ("webp",),
    MediaType.PDF: ("pdf",),
    MediaType.TEXT: ("txt", "log", "csv", "eml", "json"),
}
MARKUP = ("<!doctype", "<html", "<svg", "<script", "<?xml")
LOOKED_AT = 4096  # characters in which markup betrays itself


def attach(number: int, actor: Actor, *, name: str, content: bytes) -> Attachment:
    """Keep a file at a ticket; needs no version, as a note.

    Raises :class:`Invalid` for a file that is empty, too big, of no kind that is kept,
    named as another kind, or there already.
    """
    kind = kind_of(content)
    words = _name(name, kind)
    if kind is MediaType.TEXT:
        content = staff_text(content.decode()).encode()
    with transaction.atomic():
        ticket = locked(number, actor, "file.attach", None)
        if actor.person_id is None:
            raise Forbidden("not_a_person")
        if ticket.attachments.count() >= MOST_FILES:
            raise Invalid(
                "file", _("A ticket has at most %(most)d files.") % {"most": MOST_FILES}
            )
        try:
            with transaction.atomic():
                row: Attachment = Attachment.objects.create(
                    ticket=ticket,
                    name=words,
                    media_type=kind,
                    size=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    content=content,
                    added_by_id=actor.person_id,
                )
        except IntegrityError as error:  # attachment_once
            raise Invalid("file", _("The ticket has this file already.")) from error
        change = {"file": row.pk, "name": words}
        timeline.add(ticket, EventKind.ATTACHED, actor, change)
    return row


def kind_of(content: bytes) -> MediaType:
    """Say what a file is; raises :class:`Invalid` for what is not kept."""
    if not content.strip():
        raise Invalid("file", _("The file is empty."))
    if len(content) > MOST_BYTES:
        raise Invalid(
            "file",
            _("A file may have %(most)d MB.") % {"most": MOST_BYTES // 1024**2},
        )
    for start, kind in SIGNATURES:
        if content.startswith(start):
            return kind
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if _is_plain(content):
        if len(content) > MOST_TEXT:
            raise Invalid("file", _("A text may have 1 MB. Cut out what matters."))
        return MediaType.TEXT
    raise Invalid("file", _("Only PNG, JPEG, GIF, WebP, PDF and plain text are kept."))


def _is_plain(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    if any(each < " " and each not in "\t\n\r\f" for each in text):
        return False
    start = text[:LOOKED_AT].lower()
    return not any(mark in start for mark in MARKUP)


def _name(name: str, kind: MediaType) -> str:
    """The last part of a name without what nobody sees; it must fit the content."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(c for c in last if not unicodedata.category(c).startswith("C"))
    words = staff_text(" ".join(seen.split()))
    stem, _dot, ending = words.rpartition(".")
    if not stem or ending.lower() not in ENDINGS[kind]:
        raise Invalid(
            "file",
            _("By its content it is “%(kind)s”; its name must end with %(endings)s.")
            % {
                "kind": kind.label,
                "endings": ", ".join(f".{each}" for each in ENDINGS[kind]),
            },
        )
    return f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}"
