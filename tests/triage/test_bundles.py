"""Does a page get its sheets and scripts, in one piece where they were collected?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from tests.checkout import ROOT
from tests.people import Person
from triage import bundles
from triage.templatetags import desk

LINK = re.compile(r'<link rel="stylesheet" href="([^"]+)"(?! media)')
SCRIPT = re.compile(r'<script type="module" src="([^"]+)"')
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
COMPONENTS = sorted((ROOT / "static/css/components").glob("*.css"))


@pytest.fixture
def collected(settings: LazySettings, tmp_path: Path) -> Iterator[Path]:
    """Static files as a server for people has them."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "triage.bundles.BundledStorage"},
    }
    for _again in range(2):
        call_command("collectstatic", interactive=False, verbosity=0)
    desk.sprite.cache_clear()
    yield tmp_path
    desk.sprite.cache_clear()  # it has a name that was collected


def test_the_sheet_of_the_desk_holds_every_component_once(collected: Path) -> None:
    together = (collected / bundles.SHEET).read_text(encoding="utf-8")
    for path in COMPONENTS:
        assert together.count(path.read_text(encoding="utf-8")) == 1
    assert together.index("--paper:") < together.index(".rail {")


def test_the_script_of_the_desk_holds_every_behaviour_once(collected: Path) -> None:
    together = (collected / bundles.SCRIPT).read_text(encoding="utf-8")
    for path in SCRIPTS:
        assert together.count(f"{{\n{path.read_text(encoding='utf-8')}}}") == 1
    assert not re.search(r"^(import|export)\b", together, re.MULTILINE)


@pytest.mark.django_db
def test_a_page_links_to_the_one_script(collected: Path, ana: Person) -> None:
    (linked,) = SCRIPT.findall(ana.browser.get("/queues/").text)
    assert linked.startswith("/static/js/desk.")


@pytest.mark.django_db
def test_a_page_links_to_the_one_sheet(collected: Path, ana: Person) -> None:
    (linked,) = LINK.findall(ana.browser.get("/queues/").text)
    assert linked.startswith("/static/css/desk.")


@pytest.mark.django_db
def test_where_nothing_was_collected_a_page_names_its_sheets(ana: Person) -> None:
    linked = LINK.findall(ana.browser.get("/queues/").text)
    assert "/static/css/components/table.css" in linked
    everywhere = [f"/static/{name}" for name in bundles.EVERYWHERE]
    assert [each for each in linked if each in everywhere] == everywhere
    assert linked[:4] == [f"/static/{name}" for name in bundles.FIRST]


@pytest.mark.django_db
def test_where_nothing_was_collected_a_page_names_its_scripts(ana: Person) -> None:
    linked = SCRIPT.findall(ana.browser.get("/queues/").text)
    assert linked == [f"/static/js/{path.name}" for path in SCRIPTS]
