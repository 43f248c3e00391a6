"""Does the manual say what the permission table says?"""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from triage import grants

PAGE = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"


def test_the_page_has_not_drifted_from_the_table() -> None:
    out = StringIO()
    call_command("permissions", stdout=out)
    kept = PAGE.read_text(encoding="utf-8")
    assert kept == out.getvalue(), "run: manage.py permissions > docs/permissions.md"


def test_every_action_has_a_line_with_a_cell_for_each_role() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for action, cells in grants.TABLE.items():
        line = next(each for each in lines if each.startswith(f"| `{action}` |"))
        shown = [cell.strip().replace("–", "-") for cell in line.split("|")[2:-1]]
        assert shown == [cells[role].value for role in grants.COLUMNS]
