"""Does the manual speak of what exists, and of all of it?"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.management import get_commands

from deliveries.api.problems import KINDS
from deliveries.channels import promises
from deliveries.models import Scope
from tests.checkout import ROOT, named
from triage.api.serializers import ReportCreateSerializer
from triage.filters import ReportFilter
from triage.models import ReportState

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"manage\.py ([a-z]\w*)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9, ]+\])?==(\S+)", re.MULTILINE)
NEEDED = re.compile(r'^  "([a-z0-9-]+)', re.MULTILINE)
# Folders that are in every checkout; what a run makes, such as var/, is not.
FOLDERS = {
    each.name
    for each in ROOT.iterdir()
    if each.is_dir() and each.name not in {"var", ".venv", ".git"}
}


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The names that a link may end in, as code hosts make them from headings."""
    headings = HEADING.findall(prose(page))
    words = (re.sub(r"[^\w\- ]", "", each.lower()) for each in headings)
    return {each.replace(" ", "-") for each in words}


def paths(page: Path) -> Iterator[str]:
    """Everything in `code` that claims to be a path of the checkout."""
    for word in CODE.findall(prose(page)):
        if word.partition("/")[0] in FOLDERS and re.fullmatch(
            r"[\w./-]+/[\w./-]*", word
        ):
            yield word


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_command_that_is_named_exists(document: Path) -> None:
    named_here = set(COMMAND.findall(document.read_text(encoding="utf-8")))
    assert named_here <= get_commands().keys()


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_path_that_is_named_exists(document: Path) -> None:
    assert not [each for each in paths(document) if not (ROOT / each).exists()]


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_a_page_names_no_place_of_the_machine_it_was_written_on(document: Path) -> None:
    assert not re.findall(r"/(?:work|home|root|Users)/\S*", prose(document))


def test_the_readme_names_the_two_commands_that_the_makefile_has() -> None:
    for target in ("run", "test"):
        assert f"make {target}" in text("README.md")
        assert re.search(rf"^{target}:", text("Makefile"), re.MULTILINE)


def test_every_command_of_ours_is_in_the_manual() -> None:
    ours = {name for name, app in get_commands().items() if app == "triage"}
    assert ours <= set(COMMAND.findall(text("docs/operations.md")))


def test_the_api_page_names_every_refusal_with_its_status() -> None:
    rows = [line for line in text("docs/api.md").splitlines() if line.startswith("| ")]
    starts = {tuple(cell.strip() for cell in row.split("|")[1:3]) for row in rows}
    assert {(str(kind.status), f"`{code}`") for code, kind in KINDS.items()} <= starts


def test_the_api_page_names_every_word_of_the_api() -> None:
    words = set(CODE.findall(prose(ROOT / "docs/api.md")))
    assert set(ReportCreateSerializer().fields) <= words
    assert ReportFilter.base_filters.keys() <= words
    assert {*ReportState.values, *Scope.values} <= words


def test_the_stack_page_names_every_package_in_the_version_that_is_locked() -> None:
    locked = dict(PIN.findall(text("requirements.txt")))
    project = text("pyproject.toml")
    direct = project[project.index("\ndependencies") : project.index("\ndev = [")]
    page = text("docs/stack.md")
    for package in NEEDED.findall(direct):
        line = next((x for x in page.splitlines() if f"`{package}`" in x), "")
        assert locked[package] in line, package


def test_the_channels_page_has_the_table_that_the_file_of_providers_gives() -> None:
    page = text("docs/channels.md")
    _, _, rest = page.partition("<!-- channels -->\n")
    assert rest.partition("<!-- /channels -->")[0] == promises.table()


def test_the_manual_of_operations_shows_who_is_asked_for_what_in_production() -> None:
    page = text("docs/operations.md")
    for name in ("SECRET_KEY", "SEAL_KEYS", "ALLOWED_HOSTS", "NUM_PROXIES"):
        assert f"`{name}`" in page
        assert hasattr(settings, name)
