"""Does the command answer every line of a file, whatever the line holds?"""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.checkout import ROOT

CASE = {
    "id": "a",
    "channel": "email",
    "provider": "northpost",
    "raw": "550 5.1.1 <ana@example.org>: user unknown",
    "smtp_code": "550",
    "enhanced_status": "5.1.1",
}
BOUNCE = b"""From: MAILER-DAEMON@example.org
Subject: Undelivered Mail Returned to Sender
Content-Type: text/plain

<ana@example.org>: host mx.example.net[192.0.2.1] said: 550 5.1.1 User unknown
"""


def run(folder: Path, *lines: Any, **options: Any) -> tuple[list[dict[str, Any]], str]:
    """The answers, and what the command said on standard error."""
    source, target, err = folder / "in.jsonl", folder / "out.jsonl", StringIO()
    source.write_bytes(
        b"\n".join(
            each if isinstance(each, bytes) else json.dumps(each).encode()
            for each in lines
        )
    )
    call_command("diagnose", input=source, output=target, stderr=err, **options)
    answers = target.read_text(encoding="utf-8").splitlines()
    return [json.loads(each) for each in answers], err.getvalue()


def test_a_failure_is_answered_with_cause_and_evidence(tmp_path: Path) -> None:
    (answer,), said = run(tmp_path, CASE)
    assert answer["id"] == "a"
    assert answer["category"] == "recipient.unknown"
    assert 0.5 < answer["confidence"] <= 1
    assert answer["auto_retry"] is False
    assert answer["ms"] >= 0
    texts = [each["text"] for each in answer["evidence"] if "text" in each]
    assert any("user unknown" in text for text in texts)
    assert all(
        CASE["raw"][each["start"] : each["end"]] == each["text"]
        for each in answer["evidence"]
        if "text" in each
    )
    assert "diagnosing 1/1" in said


@pytest.mark.parametrize(
    ("line", "name", "says"),
    [
        (b"not json", None, "not JSON"),
        (b"[1]", None, "not an object"),
        (b'{"channel": "email"}', None, "no id"),
        (b'{"id": true, "channel": "email"}', None, "no id"),
        (b'{"id": "b"}', "b", "no channel"),
        (b'{"id": "b", "channel": "email", "raw": {}}', "b", "raw is no text"),
        (b'{"id": "b", "channel": ["email"]}', "b", "channel is no text"),
        (b"[" * 100_000, None, "not JSON"),
        (b"\xff\xfe\x00", None, "not JSON"),
    ],
)
def test_a_bad_line_is_answered_with_its_fault(
    tmp_path: Path, line: bytes, name: str | None, says: str
) -> None:
    answers, said = run(tmp_path, CASE, line, {**CASE, "id": 7})
    assert [each.get("category") for each in answers][::2] == ["recipient.unknown"] * 2
    assert (answers[1]["id"], answers[1]["line"]) == (name, 2)
    assert says in answers[1]["error"]
    assert "1 lines held no failure" in said


def test_a_whole_mail_is_read_where_no_answer_is_given(tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_bytes(BOUNCE)
    line = {"id": "m", "channel": "email", "mail": "bounce.eml"}
    inside = {**line, "mail": f"{tmp_path.name}/bounce.eml"}
    answers, _ = run(tmp_path, line, inside, mails=tmp_path)
    assert [each["category"] for each in answers] == ["recipient.unknown"] * 2


@pytest.mark.parametrize(
    "name", ["../secret.eml", "/etc/hostname", "a/../../secret.eml", "link.eml"]
)
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.eml").write_bytes(BOUNCE)
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "link.eml").symlink_to(tmp_path / "secret.eml")
    answers, _ = run(tmp_path, {**CASE, "mail": name}, mails=mails)
    assert "outside" in answers[0]["error"]


@pytest.mark.parametrize("name", ["none.eml", "\0", "x" * 5000])
def test_a_mail_that_is_not_there_is_missed_only_without_an_answer(
    tmp_path: Path, name: str
) -> None:
    bare = {"id": "b", "channel": "email", "mail": name}
    with_answer, without = run(tmp_path, {**CASE, "mail": name}, bare, mails=tmp_path)[
        0
    ]
    assert with_answer["category"] == "recipient.unknown"
    assert without["error"]


def test_a_mail_without_a_folder_is_a_fault(tmp_path: Path) -> None:
    answers, _ = run(tmp_path, {"id": "b", "channel": "email", "mail": "b.eml"})
    assert "--mails" in answers[0]["error"]


def test_a_file_or_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("diagnose", input=tmp_path / "none", output=tmp_path / "out")
    with pytest.raises(CommandError, match="no folder"):
        run(tmp_path, CASE, mails=tmp_path / "none")


def test_it_runs_in_a_pipe_without_a_database() -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "diagnose", "--input", "-", "--output", "-"],
        input=json.dumps(CASE).encode(),
        capture_output=True,
        cwd=ROOT,
        env={"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "PATH": ""},
        check=True,
        timeout=60,
    )
    assert json.loads(ran.stdout)["category"] == "recipient.unknown"
