"""What stands around every page: the rail, the language, the theme, the errors?"""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from tests.people import PASSWORD, Person, make_person
from tests.work import make_ticket
from triage.models import Ticket
from triage.templatetags import desk
from triage.web import frame, queue_lines

pytestmark = pytest.mark.django_db


def rail(person: Person, url: str = "/queues/") -> dict[str, Any]:
    items = person.browser.get(url).context["frame"].nav
    return {item.label: item for item in items}


# --- the rail -------------------------------------------------------------------------


def test_the_rail_leads_where_one_may_go(ana: Person, leo: Person, ada: Person) -> None:
    everybody = {
        "Incidents",
        "Messages",
        "Queues",
        "Knowledge",
        "Diagnosis",
        "Resends",
        "Routes",
        "Simulator",
    }
    workers = everybody | {"My day", "Inbox", "Training"}
    assert set(rail(ana)) == workers
    assert set(rail(leo)) == workers | {"Team", "Approvals"}
    assert set(rail(ada)) == everybody | {"Team", "Settings", "Webhooks", "Approvals"}


def test_the_rail_counts_what_is_unsolved_in_ones_queues(
    ana: Person, eve: Person
) -> None:
    make_ticket()
    solved = make_ticket()
    solved.resolutions.create(category=solved.group.category)
    Ticket.objects.filter(pk=solved.pk).update(state="solved")
    item = rail(ana)["Queues"]
    assert (item.count, item.hot, item.current) == (1, False, True)
    assert rail(eve)["Queues"].count == 0


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("/", "My day"),
        ("/queues/", "Queues"),
        ("/tickets/", "Queues"),
        ("/training/", "Training"),
        ("/team/", "Team"),
        ("/team/routing/", "Team"),
        ("/team/training/", "Training"),
    ],
)
def test_a_page_lies_under_one_line(leo: Person, url: str, line: str) -> None:
    shown = rail(leo, url)
    assert [label for label, item in shown.items() if item.current] == [line]


def test_an_urgent_ticket_makes_the_count_hot(ana: Person) -> None:
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(tier_computed="S1")
    assert rail(ana)["Queues"].hot


def test_the_count_stops_where_nobody_counts_any_more(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CAP", 2)
    for _ in range(3):
        make_ticket()
    assert '<span class="count">2+</span>' in ana.browser.get("/queues/").text


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ana", "AN"), ("Ana Maria Silva", "AS"), ("王芳", "王"), ("", ""), ("é", "é")],
)
def test_initials_stand_for_a_name(name: str, initials: str) -> None:
    assert frame.initials_of(name) == initials


# --- language -------------------------------------------------------------------------


def test_the_browser_says_which_language_is_read(ana: Person) -> None:
    for asked, spoken in (("zh-CN,zh;q=0.9", "zh-hans"), ("de", "en"), ("", "en")):
        page = ana.browser.get("/queues/", headers={"Accept-Language": asked})
        assert f'<html lang="{spoken}"' in page.text


def test_a_chosen_language_stays_and_leads_back(ana: Person) -> None:
    response = ana.browser.post(
        "/language/", {"language": "zh-hans", "next": "/queues/"}
    )
    assert response.url == "/queues/"  # type: ignore[attr-defined]
    page = ana.browser.get("/queues/", headers={"Accept-Language": "en"})
    assert '<html lang="zh-hans"' in page.text
    assert "队列" in page.text


# --- theme ----------------------------------------------------------------------------


def test_a_chosen_theme_stays_and_leads_back(ana: Person) -> None:
    response = ana.browser.post("/theme/", {"theme": "dark", "next": "/team/?a=1"})
    assert response.url == "/team/?a=1"  # type: ignore[attr-defined]
    assert '<html lang="en" data-theme="dark"' in ana.browser.get("/queues/").text
    assert 'data-theme="dark"' in ana.browser.get("/nothing/").text
    ana.browser.post("/theme/", {"theme": "system"})
    assert "data-theme" not in ana.browser.get("/queues/").text


@pytest.mark.parametrize("theme", ["", "neon", '"><script>'])
def test_an_unknown_theme_means_the_systems(ana: Person, theme: str) -> None:
    ana.browser.post("/theme/", {"theme": theme})
    assert "data-theme" not in ana.browser.get("/queues/").text
    ana.browser.cookies["theme"] = theme
    assert "data-theme" not in ana.browser.get("/queues/").text


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""],
)
def test_nobody_is_led_away(ana: Person, target: str) -> None:
    for url in ("/theme/", "/language/"):
        response = ana.browser.post(url, {"next": target, "language": "en"})
        assert response.url.startswith("/")  # type: ignore[attr-defined]
        assert not response.url.startswith("//")  # type: ignore[attr-defined]


def test_looking_changes_neither_theme_nor_language(ana: Person) -> None:
    assert ana.browser.get("/theme/?theme=dark").status_code == 405
    ana.browser.get("/language/?language=zh-hans")
    assert '<html lang="en"' in ana.browser.get("/queues/").text


# --- logging in -----------------------------------------------------------------------


def test_who_logs_in_comes_to_the_page_they_asked_for(ana: Person) -> None:
    browser = Client()
    assert "Log in" in browser.get("/accounts/login/?next=/team/").text
    response = browser.post(
        "/accounts/login/?next=/queues/", {"login": "ana", "password": PASSWORD}
    )
    assert response.url == "/queues/"  # type: ignore[attr-defined]
    assert browser.get("/queues/").status_code == 200


def test_a_wrong_password_is_refused_in_words(ana: Person) -> None:
    response = Client().post(
        "/accounts/login/", {"login": "ana", "password": "wrong-password"}
    )
    assert response.status_code == 200
    assert "not correct" in response.text


def test_who_was_disabled_is_out_at_once(ana: Person) -> None:
    assert ana.browser.get("/queues/").status_code == 200
    User.objects.filter(pk=ana.user.pk).update(is_active=False)
    assert ana.browser.get("/queues/").status_code == 302


def test_somebody_without_any_role_sees_nothing(db: None) -> None:
    nobody = make_person("nobody", None, None)
    for url in ("/", "/queues/", "/tickets/", "/team/", "/knowledge/"):
        assert nobody.browser.get(url).status_code == 403


def test_nobody_signs_up_alone() -> None:
    assert Client().get("/accounts/signup/").status_code == 404


# --- errors ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_error_is_said_in_words_in_both_languages(
    ana: Person, language: str
) -> None:
    ana.browser.cookies["django_language"] = language
    for url, status in (("/nothing/", 404), ("/team/", 403), ("/queues/?x=%00", 400)):
        response = ana.browser.get(url)
        assert response.status_code == status
        assert f'<html lang="{language}"' in response.text
        assert response["X-Request-Id"].startswith("req_")


def test_our_own_mistake_is_said_with_the_id_of_the_request(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(queue_lines, "lines_of", fail)
    ana.browser.raise_request_exception = False
    response = ana.browser.get("/queues/")
    assert response.status_code == 500
    assert response["X-Request-Id"] in response.text


def test_a_database_that_is_away_is_said_to_be_so(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(queue_lines, "lines_of", fail)
    response = ana.browser.get("/queues/")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


def test_every_page_forbids_foreign_scripts_and_frames(ana: Person) -> None:
    for url in ("/queues/", "/nothing/", "/accounts/login/", "/knowledge/"):
        policy = ana.browser.get(url)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
