"""Does the benchmark of the diagnosis say what it lacks, and measure what is there?"""

import json
from pathlib import Path

import pytest

from benchmarks import diagnosis
from tests.triage.diagnosis.cases import CASES
from triage.diagnosis import lessons

NAMES = {
    "family",
    "leaf",
    "family_macro_f1",
    "false_retries",
    "retry_recall",
    "conditional_retried",
    "coverage_95",
    "coverage_98",
    "ece",
    "p95_ms_text",
    "p95_ms_mail",
}


def test_without_the_known_failures_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(diagnosis, "DATA", tmp_path)
    with pytest.raises(SystemExit) as left:
        diagnosis.run()
    assert left.value.code == 2
    assert "../shared/diagnosis" in capsys.readouterr().err


def test_each_figure_is_given_grouped_and_ungrouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "DATA", tmp_path)
    monkeypatch.setattr(lessons, "MOST_WORDINGS", 40)
    rows = [
        {
            "id": str(at),
            "channel": evidence.channel,
            "provider": f"provider-{at % 7}",
            "raw": evidence.answer,
            "smtp_code": evidence.provider_code,
            "accept": [cause],
            "family": [cause.partition(".")[0]],
            "retry_gold": "permanent",
        }
        for at, (evidence, cause) in enumerate(CASES)
    ]
    (tmp_path / "dev.jsonl").write_text("\n".join(map(json.dumps, rows)))
    figures = diagnosis.run()
    assert figures.keys() == NAMES | {f"{name}_ungrouped" for name in NAMES}
    assert figures["family"] > 0.9
