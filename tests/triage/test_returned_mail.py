"""Does a returned mail reach a ticket, and never more than that?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from deliveries import receipts
from deliveries.models import (
    DeliveryEvent,
    EventKind,
    FactChange,
    Fate,
    Message,
    MessageState,
    Suppression,
)
from tests.deliveries.receipts.bounces import bounce
from tests.deliveries.receipts.posting import Account, counts, handed_over
from tests.deliveries.receipts.signing import Signed
from tests.factories import make_provider, make_source
from tests.repairs import follow_up
from triage import pipeline
from triage.models import FailureReport, ReportState, Ticket

pytestmark = pytest.mark.django_db
MAIL = "message/rfc822"


@pytest.fixture
def message() -> Message:
    """A mail that was handed over, and of which nothing has been heard."""
    return handed_over(make_provider())


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """An empty mailbox in a folder."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def work_follows() -> None:
    """Let the machine do what is due."""
    follow_up()
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())


def only_a_ticket(message: Message) -> None:
    """A person looks at it; the message and its address are as they were."""
    report = FailureReport.objects.select_related("category").get()
    assert (report.state, Ticket.objects.count()) == (ReportState.TICKETED, 1)
    assert report.category is not None
    assert report.category.slug == "recipient.unknown"
    before = (message.state, message.evidence_level)
    message.refresh_from_db()
    assert (message.state, message.evidence_level) == before
    assert not Suppression.objects.exists()


# --- over the API ---------------------------------------------------------------------


def test_a_bounce_that_is_posted_reaches_a_ticket(message: Message) -> None:
    account = Account(None, "mail")

    answer = account.send(Signed(bounce(message), MAIL))

    assert answer.status_code == 200
    assert account.path.startswith("/api/v1/hooks/mail/")
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.trusted, event.attempt_n) == ("bounced", False, 1)
    assert (event.reply_code, event.enhanced_code) == ("550", "5.1.1")
    work_follows()
    only_a_ticket(message)


def test_the_same_mail_counts_once_by_whatever_way(
    message: Message, maildir: Path
) -> None:
    account = Account(None, "mail")
    for _ in range(2):
        account.send(Signed(bounce(message), MAIL))
    (maildir / "new/1").write_bytes(bounce(message))

    call_command("fetch_bounces", maildir=maildir)

    assert DeliveryEvent.objects.count() == FactChange.objects.count() == 1
    assert counts(account.row) == {Fate.TAKEN: 1, Fate.KNOWN: 1}


@pytest.mark.parametrize("named_in", ["return path", "original"])
def test_a_mail_names_its_message_in_either_place(
    message: Message, named_in: str
) -> None:
    taken = receipts.take_mail(bounce(message, named_in=named_in), timezone.now())
    assert taken.fate is Fate.TAKEN


def test_a_source_that_sends_itself_is_named_by_its_own_message_id() -> None:
    source = make_source()
    message = handed_over(make_provider(), source=source)
    Message.objects.update(external_id="1@x.example")
    account = Account(None, "mail", source=source)

    account.send(Signed(bounce(message, named_in="nowhere"), MAIL))

    assert DeliveryEvent.objects.get().message_id == message.pk
    elsewhere = Account(None, "mail", source=make_source())
    elsewhere.send(Signed(bounce(message, own_id="<2@mx.example>"), MAIL))
    assert counts(elsewhere.row) == {Fate.FOREIGN: 1}


def test_no_mail_proves_a_delivery_or_a_complaint(message: Message) -> None:
    raw = bounce(message, action="delivered", status="2.0.0", words="250 OK")

    receipts.take_mail(raw, timezone.now())

    event = DeliveryEvent.objects.get()
    assert (event.kind, event.level) == (EventKind.DELIVERED, 2)
    message.refresh_from_db()
    assert (message.state, message.evidence_level) == (MessageState.ACCEPTED, 0)


def test_a_delay_reaches_nobody(message: Message) -> None:
    raw = bounce(message, action="delayed", status="4.4.1", words="Connection refused")
    receipts.take_mail(raw, timezone.now())
    assert DeliveryEvent.objects.get().kind == EventKind.DEFERRED
    assert not FactChange.objects.exists()


@pytest.mark.parametrize(
    "raw", [b"\n", b"\0\xff" * 500, b"Subject: Hi\n\nA letter.\n", b"\n" * 100_000]
)
def test_a_mail_that_tells_nothing_has_no_effect(raw: bytes) -> None:
    account = Account(None, "mail")
    assert account.send(Signed(raw, MAIL)).status_code == 200
    assert counts(account.row) == {Fate.FOREIGN: 1}


def test_other_contents_and_sizes_are_refused() -> None:
    account = Account(None, "mail")
    assert account.send(Signed(b"{}")).status_code == 415
    large = Signed(b" " * (10 * 1024 * 1024 + 1), MAIL)
    assert account.send(large).status_code == 413


# --- from a folder --------------------------------------------------------------------


def fetch(capsys: Any, **options: Any) -> str:
    """Run the command; return its last line."""
    call_command("fetch_bounces", **options)
    return str(capsys.readouterr().out).strip().splitlines()[-1]


def test_a_bounce_in_a_folder_reaches_a_ticket(
    message: Message, maildir: Path, capsys: Any
) -> None:
    (maildir / "new/1").write_bytes(bounce(message))

    said = fetch(capsys, maildir=maildir)

    assert said == "taken 1, known 0, foreign 0, left 0"
    assert [each.name for each in (maildir / "cur").iterdir()] == ["1:2,S"]
    assert not any((maildir / "new").iterdir())
    work_follows()
    only_a_ticket(message)


def test_a_second_look_finds_nothing_and_a_mail_put_back_changes_nothing(
    message: Message, maildir: Path, capsys: Any
) -> None:
    (maildir / "new/1").write_bytes(bounce(message))
    fetch(capsys, maildir=maildir)
    assert fetch(capsys, maildir=maildir) == "taken 0, known 0, foreign 0, left 0"

    (maildir / "cur/1:2,S").rename(maildir / "new/1")

    assert fetch(capsys, maildir=maildir) == "taken 0, known 1, foreign 0, left 0"
    assert DeliveryEvent.objects.count() == 1


def test_a_dry_run_changes_nothing(
    message: Message, maildir: Path, capsys: Any
) -> None:
    (maildir / "new/1").write_bytes(bounce(message))
    (maildir / "new/2").write_bytes(b"Subject: Hi\n\nA letter.\n")

    said = fetch(capsys, maildir=maildir, dry_run=True)

    assert said == "taken 1, known 0, foreign 1, left 0"
    assert len(list((maildir / "new").iterdir())) == 2
    assert not DeliveryEvent.objects.exists()


def test_a_limit_leaves_the_rest_for_the_next_time(
    message: Message, maildir: Path, capsys: Any
) -> None:
    for number in range(3):
        raw = bounce(message, own_id=f"<{number}@mx.example>")
        (maildir / f"new/{number}").write_bytes(raw)

    assert fetch(capsys, maildir=maildir, limit=2).startswith("taken 2,")
    assert [each.name for each in (maildir / "new").iterdir()] == ["2"]


def test_what_cannot_be_read_is_left_and_counted(
    message: Message, maildir: Path, capsys: Any
) -> None:
    (maildir / "new/a-folder").mkdir()
    (maildir / "new/b-large").write_bytes(b" " * (10 * 1024 * 1024 + 1))
    (maildir / "new/c-good").write_bytes(bounce(message))

    with pytest.raises(SystemExit):
        call_command("fetch_bounces", maildir=maildir)

    assert "taken 1, known 0, foreign 0, left 2" in capsys.readouterr().out
    left = sorted(each.name for each in (maildir / "new").iterdir())
    assert left == ["a-folder", "b-large"]


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        ({"maildir": Path("/nowhere")}, "no Maildir"),
        ({"maildir": Path("/nowhere"), "limit": 0}, "at least 1"),
        ({"imap": "localhost"}, "BOUNCES_PASSWORD"),
    ],
)
def test_a_mistake_is_told_with_its_cure(options: dict[str, Any], cure: str) -> None:
    with pytest.raises(CommandError, match=cure):
        call_command("fetch_bounces", **options)
