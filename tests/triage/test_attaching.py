"""Is only kept at a ticket what nothing runs, and handed out as a download alone?"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from tests.people import Person
from tests.work import make_ticket
from triage.attaching import MOST_TEXT, kind_of
from triage.models import Attachment, Ticket
from triage.models.attachment import MOST_BYTES
from triage.tickets import Invalid

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def upload(
    person: Person, ticket: Ticket, name: str, content: bytes, body: str = ""
) -> HttpResponse:
    """Attach a file to a note, as the page does."""
    said = {
        "kind": "observation",
        "body": body,
        "file": SimpleUploadedFile(name, content),
    }
    answer: HttpResponse = person.browser.post(f"/tickets/{ticket.number}/notes/", said)
    return answer


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("shot.png", PNG, "image/png"),
        ("photo.JPEG", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("move.gif", b"GIF89a....", "image/gif"),
        ("small.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("letter.pdf", b"%PDF-1.7\n\0", "application/pdf"),
        ("答复.txt", "服务器忙".encode(), "text/plain"),
    ],
    ids=ascii,
)
def test_a_file_is_what_its_first_bytes_say(
    name: str, content: bytes, kind: str, ana: Person
) -> None:
    ticket = make_ticket()
    assert upload(ana, ticket, name, content).status_code == 302
    row = Attachment.objects.get()
    assert (row.media_type, row.name, bytes(row.content)) == (kind, name, content)
    assert ticket.events.filter(kind="attached").count() == 1
    answer = ana.browser.get(f"/tickets/{ticket.number}/files/{row.pk}/")
    assert answer.content == content
    assert answer["Content-Type"].split(";")[0] == kind
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        ("a.txt", b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(1)</script>"),
        ("a.txt", b"text\n<script>alert(1)</script>"),
        ("a.html", PNG),
        ("a.png", b"only words"),
        ("a.png.exe", PNG),
        ("exe", PNG),
        (".png", PNG),
        ("a.zip", b"PK\x03\x04rest\0"),
        ("a.exe", b"MZ\x90\0"),
        ("a.txt", b"words\0and NUL"),
        ("a.txt", b"\xff\xfe\x00bad"),
        ("a.txt", b""),
        ("a.txt", b" \n "),
        ("a.txt", b"x" * (MOST_TEXT + 1)),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_anything_else_is_refused_and_nothing_is_written(
    name: str, content: bytes, ana: Person
) -> None:
    ticket = make_ticket()
    page = upload(ana, ticket, name, content, body="What I typed")
    assert page.status_code == 400
    assert "What I typed" in page.text
    assert not Attachment.objects.exists()
    assert not ticket.notes.exists()


def test_a_file_that_is_too_big_is_refused_before_it_is_read(ana: Person) -> None:
    ticket = make_ticket()
    assert upload(ana, ticket, "a.png", PNG + b"\0" * (MOST_BYTES * 2)).status_code in (
        400,
        413,
    )
    with pytest.raises(Invalid, match="10"):
        kind_of(PNG + b"\0" * MOST_BYTES)
    assert not Attachment.objects.exists()


def test_a_name_loses_its_path_and_what_nobody_sees(ana: Person) -> None:
    ticket = make_ticket()
    upload(ana, ticket, "..\\..\\gn\u202ep\u200b shot.png", PNG)
    assert Attachment.objects.get().name == "gnp shot.png"


def test_personal_data_is_taken_out_of_a_text(ana: Person) -> None:
    ticket = make_ticket()
    upload(ana, ticket, "a.log", b"550 no such user jane.doe@example.com")
    assert b"jane.doe" not in bytes(Attachment.objects.get().content)


def test_the_same_file_is_kept_once(ana: Person) -> None:
    ticket = make_ticket()
    upload(ana, ticket, "a.png", PNG)
    assert upload(ana, ticket, "b.png", PNG).status_code == 400
    assert Attachment.objects.count() == 1


def test_a_file_out_of_scope_or_of_another_ticket_is_not_there(
    ana: Person, eve: Person
) -> None:
    ticket, other = make_ticket(), make_ticket()
    upload(ana, ticket, "a.png", PNG)
    pk = Attachment.objects.get().pk
    assert eve.browser.get(f"/tickets/{ticket.number}/files/{pk}/").status_code == 404
    assert ana.browser.get(f"/tickets/{other.number}/files/{pk}/").status_code == 404


def test_an_agent_attaches_nothing_to_a_colleagues_ticket(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket(assignee=leo.user)
    assert upload(ana, ticket, "a.png", PNG, body="A note").status_code == 403
    assert not Attachment.objects.exists()
    assert not ticket.notes.exists()
