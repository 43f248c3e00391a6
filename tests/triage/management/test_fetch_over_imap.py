"""Are returned mails fetched over IMAP, each once, from a server that we believe?"""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from deliveries.models import DeliveryEvent, Message
from tests.deliveries.certificates import self_signed
from tests.deliveries.receipts.bounces import bounce
from tests.deliveries.receipts.posting import handed_over
from tests.factories import make_provider
from tests.imap import Folder, serving
from triage.management.commands import fetch_bounces

pytestmark = pytest.mark.django_db


@pytest.fixture
def message() -> Message:
    """A mail that was handed over, and of which nothing has been heard."""
    return handed_over(make_provider())


@pytest.fixture
def folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    message: Message,
) -> Iterator[Folder]:
    """A mailbox with a bounce and a letter, on a server that we believe."""
    certificate = self_signed(tmp_path)
    believed = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(fetch_bounces, "context", lambda: believed)
    monkeypatch.setenv("BOUNCES_PASSWORD", "correct horse")
    settings.OUTBOUND_ALLOW_PRIVATE = True
    mails = {7: bounce(message), 9: b"Subject: Hi\r\n\r\nA letter.\r\n"}
    with serving(Folder(mails), certificate) as found:
        yield found


def fetch(mailbox: Folder, capsys: Any, **options: Any) -> str:
    """Run the command; return its last line."""
    place = f"localhost:{mailbox.port}"
    call_command("fetch_bounces", imap=place, user="bounces", **options)
    return str(capsys.readouterr().out).strip().splitlines()[-1]


def test_what_is_taken_is_marked_and_not_fetched_again(
    folder: Folder, message: Message, capsys: Any
) -> None:
    assert fetch(folder, capsys) == "taken 1, known 0, foreign 1, left 0"

    assert folder.seen == {7, 9}
    assert DeliveryEvent.objects.get().message_id == message.pk
    assert fetch(folder, capsys) == "taken 0, known 0, foreign 0, left 0"


def test_a_mail_that_is_unseen_again_changes_nothing(
    folder: Folder, capsys: Any
) -> None:
    fetch(folder, capsys)
    folder.seen.clear()

    assert fetch(folder, capsys) == "taken 0, known 1, foreign 1, left 0"
    assert DeliveryEvent.objects.count() == 1


def test_reading_alone_marks_nothing(folder: Folder, capsys: Any) -> None:
    said = fetch(folder, capsys, dry_run=True)

    assert said == "taken 1, known 0, foreign 1, left 0"
    assert folder.seen == set()
    assert not any("STORE" in each for each in folder.asked)
    assert not DeliveryEvent.objects.exists()


def test_a_mail_that_the_server_refuses_is_left_and_counted(
    folder: Folder, message: Message, capsys: Any
) -> None:
    folder.refused = {7}
    folder.mails[11] = bounce(message, own_id="<2@mx.example>")

    with pytest.raises(SystemExit):
        fetch(folder, capsys)

    assert "taken 1, known 0, foreign 1, left 1" in capsys.readouterr().out
    assert folder.seen == {9, 11}


def test_a_limit_holds(folder: Folder, capsys: Any) -> None:
    assert fetch(folder, capsys, limit=1).startswith("taken 1, known 0, foreign 0")
    assert folder.seen == {7}


def test_a_line_that_breaks_loses_nothing(folder: Folder, capsys: Any) -> None:
    folder.hangs_up_after = 6
    with pytest.raises(CommandError, match="broke off"):
        fetch(folder, capsys)

    folder.hangs_up_after = 10_000
    fetch(folder, capsys)

    assert DeliveryEvent.objects.count() == 1
    assert folder.seen == {7, 9}


def test_nobody_is_told_the_password_whom_nobody_vouches_for(
    folder: Folder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_bounces, "context", ssl.create_default_context)
    with pytest.raises(CommandError, match="cannot be opened"):
        fetch(folder, capsys)
    assert folder.asked == []


def test_a_wrong_password_or_folder_is_told(
    folder: Folder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="no folder"):
        fetch(folder, capsys, folder="Elsewhere")
    monkeypatch.setenv("BOUNCES_PASSWORD", "guessed")
    with pytest.raises(CommandError, match="cannot be opened"):
        fetch(folder, capsys)


def test_private_addresses_are_not_called_in_production(
    folder: Folder, capsys: Any, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    with pytest.raises(CommandError, match="no public address"):
        fetch(folder, capsys)
    assert folder.asked == []
