"""Does a file of failures arrive as reports, and does the command see them to rest?"""

import json
import os
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from deliveries.models import ApiKey, ChannelKind, Source
from tests.people import Program
from tests.wire import free_port
from triage import pipeline
from triage.management.commands import file_reports
from triage.management.rest_client import RestClient
from triage.models import FailureReport, Origin, Symptom

pytestmark = pytest.mark.django_db(transaction=True)

CASE = {
    "channel": "email",
    "provider": "northpost",
    "raw": "550 5.1.1 <‹email:1a2b›>: user unknown",
    "smtp_code": "550",
    "enhanced_status": "5.1.1",
    "note": "not for us",
}


@pytest.fixture(autouse=True)
def digesting(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let the machine digest whenever the command waits."""
    settings.OUTBOUND_ALLOW_PRIVATE = True

    def digest(seconds: float) -> None:
        pipeline.digest_due(timezone.now())

    client = partial(RestClient, sleep=digest)
    monkeypatch.setattr(file_reports, "RestClient", client)


def a_file(folder: Path, *cases: Any) -> Path:
    path = folder / "cases.jsonl"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in cases]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run(path: Path, **options: Any) -> tuple[str, str, int]:
    """The command's standard output, its standard error and its exit status."""
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command("file_reports", path, stdout=out, stderr=err, **options)
    except SystemExit as error:
        status = int(error.code or 0)
    return out.getvalue(), err.getvalue(), status


def test_failures_are_filed_and_followed_until_they_rest(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    hook = {**CASE, "channel": "email-webhook", "raw": "mailbox full"}
    path = a_file(tmp_path, CASE, hook, {**CASE, "channel": "im"})

    out, err, status = run(path, url=live_server.url, key=sam.key)

    assert out == "filed 3, final 0, waiting 3, lost 0\n"
    assert status == 0
    assert "filing 3/3\n" in err
    assert "diagnosing 3/3\n" in err
    channels = FailureReport.objects.order_by("pk").values_list("channel", flat=True)
    assert list(channels) == [ChannelKind.EMAIL, ChannelKind.EMAIL, ChannelKind.CHAT]


def test_each_field_of_a_line_has_its_place(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    run(a_file(tmp_path, CASE), url=live_server.url, key=sam.key)

    report = FailureReport.objects.get()
    assert (report.source, report.origin) == (sam.source, Origin.CLIENT)
    assert (report.provider, report.provider_code) == ("northpost", "550")
    assert report.enhanced_code == "5.1.1"
    assert "user unknown" in report.provider_answer
    assert report.client_report_id is not None


def test_a_bad_line_is_named_and_stops_nothing(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    path = a_file(
        tmp_path, "{", "[]", {**CASE, "raw": 7.5}, {**CASE, "channel": "pigeon"}, CASE
    )

    out, err, status = run(path, url=live_server.url, key=sam.key)

    assert out == "filed 1, final 0, waiting 1, lost 0\n"
    assert status == 0
    assert "line 1: This is not JSON." in err
    assert "line 2: This is not a JSON object." in err
    assert "line 3: “raw” is not a text." in err
    assert "line 4: /channel" in err
    assert "4 lines could not be filed." in err


def test_what_is_too_long_is_cut(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    long = {**CASE, "provider": "p" * 99, "smtp_code": 550, "raw": "满" * 9000}

    out, _, _ = run(a_file(tmp_path, long), url=live_server.url, key=sam.key)

    report = FailureReport.objects.get()
    assert out.startswith("filed 1,")
    assert report.provider == "p" * 64
    assert len(report.provider_answer.encode()) <= 16 * 1024


def test_the_running_stack_is_found_and_a_key_is_lent_for_the_run(
    tmp_path: Path, live_server: LiveServer, settings: Settings
) -> None:
    settings.UNDELIVERED_VAR = str(tmp_path)
    (tmp_path / "up.lock").write_text(f"{os.getpid()}\n{live_server.url}/\n")

    out, _, _ = run(a_file(tmp_path, CASE))

    key = ApiKey.objects.get()
    assert out == "filed 1, final 0, waiting 1, lost 0\n"
    assert key.source == Source.objects.get(slug="import")
    assert key.revoked_at is not None


def test_two_runs_file_twice(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    path = a_file(tmp_path, CASE)

    for _ in range(2):
        out, _, _ = run(path, url=live_server.url, key=sam.key)
        assert out.startswith("filed 1,")

    assert FailureReport.objects.count() == 2


def test_a_report_that_nobody_diagnoses_is_lost(
    tmp_path: Path,
    live_server: LiveServer,
    sam: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_reports, "LOST_AFTER_S", 0.0)

    out, _, status = run(a_file(tmp_path, CASE), url=live_server.url, key=sam.key)

    assert out == "filed 1, final 0, waiting 0, lost 1\n"
    assert status == 1


def test_lines_that_met_no_server_are_lost(tmp_path: Path, sam: Program) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    out, err, status = run(a_file(tmp_path, CASE, CASE), url=url, key=sam.key)

    assert out == "filed 0, final 0, waiting 0, lost 2\n"
    assert "Is the stack running?" in err
    assert status == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        run(tmp_path / "nothing.jsonl")


def a_mail(subject: str, *words: str) -> str:
    head = "From: MAILER-DAEMON@mx.example.net\nTo: ana@example.org\n"
    return "\n".join([f"{head}Subject: {subject}\n", *words])


def test_a_folder_of_mails_is_filed_and_followed_until_they_rest(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    (tmp_path / "inner").mkdir()
    bounce = a_mail("Undelivered Mail", "<kim@example.net>: 550 5.1.1 user unknown")
    late = a_mail("Delayed Mail", "connect to mx.example.net: no route to host")
    (tmp_path / "inner" / "b.EML").write_text(bounce)
    (tmp_path / "a.eml").write_text(late)
    (tmp_path / "note.txt").write_text("not for us")

    out, err, status = run(tmp_path, url=live_server.url, key=sam.key)

    assert out == "filed 2, final 0, waiting 2, lost 0\n"
    assert status == 0
    assert "filing 2/2\n" in err
    assert "diagnosing 2/2\n" in err
    first, second = FailureReport.objects.order_by("detail")
    assert (first.detail, second.detail) == ("a.eml", "inner/b.EML")
    assert (first.symptom, second.symptom) == (Symptom.DELAYED, Symptom.FAILED_ERROR)
    assert (second.channel, second.provider_code) == (ChannelKind.EMAIL, "550")
    assert second.enhanced_code == "5.1.1"
    assert "user unknown" in second.provider_answer
    assert "Subject" not in second.provider_answer
    assert second.category is not None
    assert second.category.slug == "recipient.unknown"


def test_one_mail_is_filed_by_its_name(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    path = tmp_path / "away.eml"
    path.write_text("From: kim@example.net\nSubject: Out of office\n\nAsk Lee.\n")

    out, _, _ = run(path, url=live_server.url, key=sam.key)

    report = FailureReport.objects.get()
    assert out.startswith("filed 1,")
    assert report.category is not None
    assert report.category.slug == "notice.auto_reply"


def test_a_mail_that_cannot_be_read_is_named_and_stops_nothing(
    tmp_path: Path, live_server: LiveServer, sam: Program
) -> None:
    (tmp_path / "a.eml").write_bytes(b"\0\n")
    (tmp_path / "b.eml").symlink_to(tmp_path / "gone")
    (tmp_path / "c.eml").write_bytes(b"\xff\x00\xfe 550 5.1.1 user unknown")

    out, err, status = run(tmp_path, url=live_server.url, key=sam.key)

    assert out.startswith("filed 1,")
    assert status == 0
    assert "a.eml: This mail is empty." in err
    assert "b.eml: The file cannot be read: No such file or directory." in err
    assert "2 mails could not be filed." in err


def test_a_folder_without_mails_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no \.eml in"):
        run(tmp_path)
