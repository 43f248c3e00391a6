"""Do the other formats of an export hold the same rows, masked, for their readers?"""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ChannelKind
from tests.factories import make_address, make_message
from tests.people import Person
from tests.work import make_ticket
from triage import exports
from triage.exports import writing
from triage.exports.columns import COLUMNS
from triage.models import Export, ExportFormat, Ticket
from triage.selection import Place

pytestmark = pytest.mark.django_db

ROW = re.compile(r'<tr><th scope="row">')


def export(person: Person, form: str, **said: str) -> Any:
    """Ask for a file, and fetch it."""
    answer = person.browser.post("/exports/", {"format": form, **said})
    return person.browser.get(f"{answer['Location']}file/")


def words(answer: Any) -> str:
    """What is in a file."""
    text: str = answer.getvalue().decode()
    assert int(answer["Content-Length"]) == len(text.encode())
    return text


def count(form: str, text: str) -> int:
    """How many tickets a file holds."""
    if form == ExportFormat.HTML:
        return len(ROW.findall(text))
    return len(text.splitlines()) - (form == ExportFormat.CSV)


@pytest.mark.parametrize("form", ExportFormat.values)
def test_a_file_holds_as_many_rows_as_the_list_shows(leo: Person, form: str) -> None:
    for cause in ("config.billing", "server.unavailable", "recipient.mailbox_full"):
        make_ticket(cause=cause)
    for query in ("", "tier=S2"):
        shown = leo.browser.get(f"/queues/general/?{query}").context
        text = words(export(leo, form, queue="general", query=query))
        assert count(form, text) == shown["total"] == len(shown["page"].rows)


@pytest.mark.parametrize("form", ExportFormat.values)
def test_no_recipient_is_in_a_file(leo: Person, form: str) -> None:
    mail = {"channel": ChannelKind.EMAIL}
    address = make_address(value="nobody.knows@example.org", **mail)
    make_ticket(make_message(address=address))
    text = words(export(leo, form))
    assert count(form, text) == 1
    assert "nobody.knows" not in text


def test_a_program_reads_names_and_codes_in_every_language(leo: Person) -> None:
    ticket = make_ticket(provider="=northpost")
    english = words(export(leo, "ndjson"))
    leo.browser.cookies.load({"django_language": "zh-hans"})
    assert words(export(leo, "ndjson")) == english
    (line,) = map(json.loads, english.splitlines())
    assert list(line) == [each.key for each in COLUMNS]
    assert line["number"] == ticket.number
    assert (line["cause"], line["state"]) == ("server.unavailable", ticket.state)
    assert line["promise"]["state"] == "running"
    assert line["opened_at"].endswith("+00:00")
    assert line["provider"] == "=northpost"  # no spreadsheet, no formula


@pytest.mark.parametrize(
    ("tag", "lang", "label"),
    [("en", "en", "Cause"), ("zh-hans", "zh-Hans", "原因")],
)
def test_pages_to_print_are_whole_and_load_nothing(
    leo: Person, tag: str, lang: str, label: str
) -> None:
    make_ticket(provider="<script>alert(1)</script>")
    make_ticket(provider="=cmd|' /C calc'!A0")
    leo.browser.cookies.load({"django_language": tag})
    answer = export(leo, "html", queue="general", query="state=new")
    text = words(answer)
    assert text.lstrip().startswith("<!DOCTYPE html>")
    assert f'<html lang="{lang}">' in text
    assert f">{label}</th>" in text
    assert "<code>state=new</code>" in text
    assert "@page" in text
    assert "[[" not in text
    assert not re.search(r"\b(?:src|href)=|@import|url\(", text)
    assert "<script" not in text
    assert "&#x27;=cmd" in text
    assert answer["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_format_that_is_none_is_said(leo: Person) -> None:
    make_ticket()
    answer = leo.browser.post("/exports/", {"format": "xls"}, follow=True)
    assert "Lists are not exported in this format." in answer.text
    assert not Export.objects.exists()


@pytest.mark.parametrize("form", ExportFormat.values)
def test_no_more_than_a_part_is_ever_held(
    leo: Person, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A hundred thousand rows are a hundred parts, written and read one by one."""
    monkeypatch.setattr(writing, "CHUNK", 2)
    for _ in range(5):
        make_ticket()
    row = exports.start(
        leo.actor,
        Place(None, ""),
        token="",
        language="en",
        now=timezone.now(),
        form=ExportFormat(form),
    )
    exports.write(row.pk, timezone.now)
    row.refresh_from_db()
    parts = exports.read(row)
    read = [next(parts)]
    with CaptureQueriesContext(connection) as captured:
        read.append(next(parts))
    assert len(captured) == 1
    read += parts
    assert len(read) == row.parts.count() >= 3
    assert sum(map(len, read)) == row.size
    assert count(form, b"".join(read).decode()) == 5


def test_a_worker_that_takes_a_file_over_begins_anew(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CHUNK", 1)
    make_ticket(), make_ticket()
    row = exports.start(
        leo.actor, Place(None, ""), token="", language="en", now=timezone.now()
    )

    def stopped(ids: Any, actor: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(writing, "lines_of", stopped)
        exports.write(row.pk, timezone.now)
    assert row.parts.count() == 1  # the head
    Export.objects.filter(pk=row.pk).update(due_at=timezone.now())
    exports.write(row.pk, timezone.now)
    file = leo.browser.get(f"/exports/{row.pk}/file/")
    assert count("csv", words(file)) == Ticket.objects.count() == 2


def test_a_list_offers_each_format(leo: Person) -> None:
    make_ticket()
    page = leo.browser.get("/queues/general/").text
    for form in ExportFormat.values:
        assert f'name="format" value="{form}"' in page
