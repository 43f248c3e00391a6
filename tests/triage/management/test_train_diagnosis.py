"""Does the command learn from known failures and from the desk's own work?"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.triage.diagnosis.cases import CASES
from tests.work import category, make_ticket
from triage.diagnosis import fitted, lessons
from triage.management.commands import train_diagnosis
from triage.management.solved import solved_cases
from triage.models import Resolution


@pytest.fixture
def few_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of seconds: what it is taught from the rules is not the question."""
    monkeypatch.setattr(lessons, "MOST_WORDINGS", 60)
    monkeypatch.setattr(train_diagnosis, "DEV", Path("nowhere.jsonl"))


def a_file(folder: Path) -> Path:
    path = folder / "known.jsonl"
    rows = [
        {
            "id": f"case-{number}",
            "channel": evidence.channel,
            "provider": f"provider-{number % 5}",
            "raw": evidence.answer,
            "smtp_code": evidence.provider_code,
            "accept": [cause],
            "family": [cause.partition(".")[0]],
            "retry_gold": "permanent",
        }
        for number, (evidence, cause) in enumerate(CASES)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("train_diagnosis", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_it_says_what_it_learned_and_writes_the_weights(
    tmp_path: Path, few_lessons: None
) -> None:
    target = tmp_path / "weights.json"
    known = str(a_file(tmp_path))
    said = run("--dev", known, "--output", str(target))
    assert f"{len(CASES)} known failures" in said
    assert "held out by provider: family" in said
    first = target.read_bytes()
    assert fitted.loads(first.decode()).model.causes
    assert json.loads(first)["trained"]["known_failures"] == len(CASES)
    run("--dev", known, "--output", str(target))
    assert target.read_bytes() == first
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "known.jsonl",
        "weights.json",
    ]


def test_too_few_failures_teach_nothing(tmp_path: Path, few_lessons: None) -> None:
    target = tmp_path / "weights.json"
    with pytest.raises(CommandError, match="too few"):
        run("--output", str(target))
    assert not target.exists()


@pytest.mark.parametrize(
    "line", ["no json", '{"id": 1, "channel": "email", "accept": 3}']
)
def test_a_file_that_is_none_of_failures_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(line)
    with pytest.raises(CommandError, match="cannot be read"):
        run("--dev", str(path), "--output", str(tmp_path / "weights.json"))


@pytest.mark.django_db
def test_the_desk_teaches_what_people_chose_last() -> None:
    ticket = make_ticket()
    report = ticket.reports.get()
    wrong, right = category("recipient.unknown"), category("config.billing")
    make_ticket()  # nobody has resolved it
    for cause, replaced in ((wrong, timezone.now()), (right, None)):
        Resolution.objects.create(ticket=ticket, category=cause, superseded_at=replaced)
    (case,) = solved_cases()
    assert case.accept == (right.slug,)
    assert case.families == ("config",)
    assert case.evidence.answer == report.provider_answer
