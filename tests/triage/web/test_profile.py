"""Does the desk look, read and tell the time as each person wants it, everywhere?"""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person
from tests.work import make_ticket
from triage import tickets
from triage.models import AgentProfile, Ticket, WaitingOn
from triage.tickets import acts
from triage.web import preferences

pytestmark = pytest.mark.django_db

SHANGHAI = "Asia/Shanghai"


def say(person: Person, **answers: object) -> None:
    """Fill in the profile as the page sends it."""
    form = {"density": "comfortable", "keys_on": "on", **answers}
    assert person.browser.post("/profile/", form).status_code == 302


def elsewhere(person: Person) -> Client:
    """Another browser of the same person, which knows nothing of the first."""
    other = Client()
    other.force_login(person.user)
    return other


def head(browser: Client, path: str = "/queues/") -> str:
    """The first tag of a page."""
    text = browser.get(path, headers={"Accept-Language": "en"}).text
    return text[text.index("<html") : text.index("<head")]


def waiting(person: Person, until: datetime) -> Ticket:
    """A ticket of theirs that waits until then."""
    ticket = make_ticket(assignee=person.user)
    wait = acts.Wait(WaitingOn.PROVIDER, until)
    tickets.do(ticket.number, person.actor, wait)
    return ticket


# --- what follows a person ------------------------------------------------------------


def test_language_theme_and_density_follow_a_person_to_another_browser(
    ana: Person, leo: Person
) -> None:
    say(ana, language="zh-hans", theme="dark", density="compact")
    found = head(elsewhere(ana))
    assert 'lang="zh-hans"' in found
    assert 'data-theme="dark"' in found
    assert 'data-density="compact"' in found
    assert head(leo.browser) == '<html lang="en" data-density="comfortable">\n'


@pytest.mark.parametrize("path", ["/nothing/", "/admin/", "/accounts/2fa/"])
def test_the_language_is_that_of_every_page(ana: Person, path: str) -> None:
    say(ana, language="zh-hans")
    assert 'lang="zh-hans"' in head(elsewhere(ana), path)


def test_the_switches_of_the_rail_are_remembered_with_the_person(ana: Person) -> None:
    ana.browser.post("/theme/", {"theme": "dark"})
    ana.browser.post("/language/", {"language": "zh-hans"})
    found = head(elsewhere(ana))
    assert 'lang="zh-hans" data-theme="dark"' in found
    other = elsewhere(ana)
    other.post("/theme/", {"theme": "system"})
    assert "data-theme" not in head(ana.browser)


def test_pages_before_the_log_in_look_as_it_was_chosen_in_this_browser(
    ana: Person,
) -> None:
    say(ana, language="zh-hans", theme="dark")
    ana.browser.post("/accounts/logout/")
    found = head(ana.browser, "/accounts/login/")
    assert 'lang="zh-hans" data-theme="dark"' in found


def test_keys_that_are_off_are_off_in_every_browser(ana: Person) -> None:
    def are_on(browser: Client) -> bool:
        (line,) = [
            each
            for each in browser.get("/queues/").text.splitlines()
            if "data-keys-on" in each
        ]
        return " checked>" in line

    assert are_on(ana.browser)
    answer = ana.browser.post("/keys/", {}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert not are_on(elsewhere(ana))
    assert "checked" not in str(ana.browser.get("/profile/").context["form"]["keys_on"])
    ana.browser.post("/keys/", {"keys": "on"})
    assert are_on(elsewhere(ana))


def test_a_profile_costs_no_query(ana: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert ana.browser.get("/tickets/").status_code == 200
        return len(seen)

    cost()
    without = cost()
    say(ana, language="zh-hans", zone=SHANGHAI)
    assert cost() == without


def test_without_the_database_everybody_reads_as_the_browser_says(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError

    say(ana, theme="dark")
    monkeypatch.setattr(preferences, "remember", fail)
    assert ana.browser.get("/healthz").status_code == 200
    assert ana.browser.get("/queues/").status_code == 200


# --- the clock ------------------------------------------------------------------------


def test_every_time_is_told_on_the_clock_of_the_profile(ana: Person) -> None:
    until = datetime(timezone.now().year + 1, 1, 15, 20, 30, tzinfo=UTC)
    until = min(until, timezone.now().replace(hour=20, minute=30) + timedelta(days=9))
    ticket = waiting(ana, until)
    page = f"/tickets/{ticket.number}/"
    assert f"{until:%Y-%m-%d} 20:30 UTC" in ana.browser.get(page).text
    say(ana, zone=SHANGHAI)
    there = f"{until + timedelta(hours=8):%Y-%m-%d} 04:30 Asia/Shanghai"
    found = ana.browser.get(page).text
    assert there in found
    assert "20:30 UTC" not in found
    assert f'data-zone="{SHANGHAI}"' in found
    assert "+08:00" in found  # what scripts read
    assert f"Until ({SHANGHAI})" in found


def test_a_time_is_typed_on_the_clock_of_the_profile(ana: Person) -> None:
    say(ana, zone=SHANGHAI)
    day = timezone.now().date() + timedelta(days=3)
    ticket = make_ticket(assignee=ana.user)
    form = {"on": "provider", "until": f"{day}T09:00", "version": ticket.version}
    ana.browser.post(f"/tickets/{ticket.number}/waiting/", form)
    ticket.refresh_from_db()
    assert ticket.wait_until == datetime.combine(day, time(1), UTC)


def test_nobody_elses_clock_is_moved(ana: Person, leo: Person) -> None:
    say(ana, zone=SHANGHAI)
    ana.browser.get("/queues/")
    assert "data-zone" not in head(leo.browser)
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_zone_that_is_no_longer_known_is_utc(ana: Person) -> None:
    AgentProfile.objects.create(person=ana.user, zone="Atlantis/Old_Town")
    assert 'data-zone="UTC"' in head(ana.browser)
    assert ana.browser.get("/profile/").status_code == 200


# --- what makes no sense --------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("language", "la"),
        ("zone", "Mars/Base"),
        ("zone", "../../etc/passwd"),
        ("theme", "neon"),
        ("density", "airless"),
        ("locale", "la"),
        ("languages", "la"),
        ("shift_days", "7"),
        ("shift_starts", "25:00"),
        ("shift_starts", "09:00"),
        ("shift_ends", "\x00"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    ana: Person, field: str, wrong: str
) -> None:
    answer = ana.browser.post("/profile/", {field: wrong})
    assert answer.status_code == 400
    named = {"shift_starts": ("shift_starts", "shift_ends")}.get(field, (field,))
    assert set(answer.context["form"].errors) & set(named)
    assert 'class="error"' in answer.text
    assert not AgentProfile.objects.exists()


def test_a_shift_has_a_length(ana: Person) -> None:
    answer = ana.browser.post(
        "/profile/", {"shift_starts": "09:00", "shift_ends": "09:00"}
    )
    assert answer.status_code == 400
    assert "shift_ends" in answer.context["form"].errors


def test_what_is_not_asked_of_an_auditor_is_not_taken_from_one(aud: Person) -> None:
    page = aud.browser.get("/profile/")
    assert "away_until" not in page.context["form"].fields
    say(aud, theme="dark", away_until="2100-01-01T00:00", shift_starts="09:00")
    row = AgentProfile.objects.get(person=aud.user)
    assert (row.theme, row.away_until, row.shift_starts) == ("dark", None, None)


# --- shifts ---------------------------------------------------------------------------


def test_who_is_off_shift_is_offered_nothing_and_reads_when_it_begins(
    ana: Person, leo: Person
) -> None:
    make_ticket()
    now = timezone.now()
    say(
        ana,
        shift_starts=f"{now + timedelta(hours=2):%H:%M}",
        shift_ends=f"{now + timedelta(hours=4):%H:%M}",
    )
    assert "You are off shift" in ana.browser.get("/").text
    ana.browser.post("/next/")
    assert not Ticket.objects.filter(assignee=ana.user).exists()
    assert "off shift" in leo.browser.get("/team/").text


def test_languages_and_shift_are_seen_and_set_by_a_lead(
    leo: Person, ana: Person
) -> None:
    form = {
        "capacity": "5",
        "languages": ["zh", "de"],
        "shift_starts": "22:00",
        "shift_ends": "06:00",
        "shift_days": ["0", "4"],
    }
    leo.browser.post(f"/team/people/{ana.user.pk}/", form)
    row = AgentProfile.objects.get(person=ana.user)
    assert (row.languages, row.shift_days) == (["zh", "de"], [0, 4])
    assert (row.shift_starts, row.shift_ends) == (time(22), time(6))
    assert "Chinese, German" in leo.browser.get("/team/").text
