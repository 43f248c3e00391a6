"""Does ``.env.example`` say what the settings say?"""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from triage.management import env_example

CHECKOUT = Path(__file__).resolve().parent.parent


def test_the_example_has_not_drifted_from_the_settings() -> None:
    out = StringIO()
    call_command("doctor", "--env", stdout=out)
    kept = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    assert kept == out.getvalue(), "run: manage.py doctor --env > .env.example"


def test_every_line_of_the_example_is_a_comment() -> None:
    example = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    assert all(line.startswith("#") for line in example.splitlines() if line)


def test_a_variable_is_shown_below_its_comment_with_its_default() -> None:
    source = (
        "# --- parts ---\n\n# How many.\n# At least one.\n"
        'PARTS = env.int("PARTS", default=3)\n'
    )
    assert env_example.render(source).splitlines()[3:] == [
        "# --- parts ---",
        "",
        "# How many.",
        "# At least one.",
        "#PARTS=3",
    ]


def test_a_list_is_shown_as_it_is_written_in_the_file() -> None:
    source = '# Names.\nNAMES = env.list("NAMES", default=["a", "b"])\n'
    assert env_example.render(source).endswith("#NAMES=a,b\n")


def test_a_default_that_follows_another_setting_is_said_in_words() -> None:
    source = '# Loose.\nLOOSE = env.bool("LOOSE", default=DEBUG)\n'
    assert env_example.render(source).endswith("# Default: that of DEBUG.\n#LOOSE=\n")


def test_a_variable_that_nobody_explained_is_refused() -> None:
    with pytest.raises(ValueError, match="PARTS has no comment"):
        env_example.render('PARTS = env.int("PARTS", default=3)\n')
