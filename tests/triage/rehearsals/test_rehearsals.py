"""May a lead leave a rehearsal, find it again, and trust what it says?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries.models import ChannelKind
from tests.people import Person
from tests.rows import make
from tests.work import make_ticket
from triage import jobs, rehearsals, tasks
from triage.models import ChangeRehearsal, Queue, RoutingRule, SlaPolicy
from triage.rehearsals import KEPT, running
from triage.web.sla_forms import TermsForm

pytestmark = pytest.mark.django_db

NEW = "/team/routing/new/"
GENERAL = "/team/sla/queues/general/"
PART = {"HX-Request": "true"}


@pytest.fixture
def mail(leo: Person) -> Queue:
    """A second queue that Leo leads."""
    queue = Queue.objects.create(slug="mail", name="Mail")
    queue.memberships.create(person=leo.user, role="lead")
    return queue


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For whom a worker was rung: every rehearsal is a long one here."""
    found: list[int] = []
    monkeypatch.setattr(rehearsals, "INLINE", 0)
    monkeypatch.setattr(running, "CHUNK", 1)
    monkeypatch.setattr(jobs.rehearse_change, "delay", found.append)
    return found


def terms(queue: Queue, **changes: Any) -> dict[str, Any]:
    """What a browser posts: all that holds, but for the changes."""
    form = TermsForm(initial=TermsForm.stored(queue))
    posted = {
        name: field.prepare_value(form.get_initial_for_field(field, name))
        for name, field in form.fields.items()
    }
    posted |= changes
    return {name: value for name, value in posted.items() if value not in (None, False)}


Committed = Callable[..., Any]


def ask(
    person: Person, path: str, data: dict[str, Any], committed: Committed
) -> ChangeRehearsal:
    """Begin a rehearsal for which a worker is rung."""
    with committed(execute=True):
        page = person.browser.post(path, data)
    assert page.status_code == 200
    assert page.context["rehearsed"] == ""
    found: ChangeRehearsal = ChangeRehearsal.objects.get()
    return found


def test_a_rehearsal_is_a_job_that_says_how_far_it_is(
    leo: Person,
    mail: Queue,
    rung: list[int],
    django_capture_on_commit_callbacks: Committed,
) -> None:
    for _ in range(3):
        make_ticket(channel=ChannelKind.EMAIL)
    data = {"channel": "email", "queue": mail.pk}
    run = ask(leo, NEW, data, django_capture_on_commit_callbacks)
    assert rung == [run.pk]
    assert "0 of 3 tickets examined." in leo.browser.get(NEW).text
    seen: list[str] = []

    def clock() -> Any:
        seen.append(leo.browser.get(NEW, headers=PART).text)
        return timezone.now()

    rehearsals.carry_out(run.pk, clock)
    said = [f"{n} of 3 tickets examined." for n in range(3)]
    assert [any(each in part for part in seen) for each in said] == [True] * 3
    assert all('hx-trigger="every 2s"' in part for part in seen)
    part = leo.browser.get(NEW, headers=PART).text
    assert "3 tickets would go elsewhere" in part
    assert "every 2s" not in part
    assert 'hx-swap-oob="true"' in part  # the button that saves comes along


def test_it_is_found_again_with_what_was_tried_and_saved_then(
    leo: Person,
    general: Queue,
    rung: list[int],
    django_capture_on_commit_callbacks: Committed,
) -> None:
    make_ticket(cause="config.billing")
    data = terms(general, S2_first_response="30 min")
    run = ask(leo, GENERAL, data, django_capture_on_commit_callbacks)
    jobs.rehearse_change(run.pk)
    assert "Done" in leo.browser.get("/team/sla/").text
    page = leo.browser.get(GENERAL)
    assert page.context["form"]["S2_first_response"].value() == "30 min"
    assert page.context["rehearsal"].earlier == 1
    assert "1 ticket would be due earlier" in page.text
    fresh = leo.browser.get(f"{GENERAL}?afresh=1")
    assert fresh.context["rehearsal"] is None
    seen = page.context["rehearsed"]
    assert leo.browser.post(GENERAL, {**data, "rehearsed": seen}).status_code == 302
    assert SlaPolicy.objects.get().first_response_min == 30
    assert not ChangeRehearsal.objects.exists()


def test_a_result_stays_until_the_rules_change(leo: Person, mail: Queue) -> None:
    make_ticket()
    leo.browser.post(NEW, {"queue": mail.pk})
    assert leo.browser.get(NEW).context["rehearsed"]
    row = RoutingRule.objects.create(queue=mail, position=1, channel="push")
    page = leo.browser.get(NEW)
    assert page.context["rehearsed"] == ""
    assert "The rules have changed since you rehearsed." in page.text
    row.delete()
    assert leo.browser.get(NEW).context["rehearsed"]


def test_a_result_of_promises_stays_until_they_change(
    leo: Person, general: Queue
) -> None:
    leo.browser.post(GENERAL, terms(general, S2_first_response="30 min"))
    assert leo.browser.get(GENERAL).context["rehearsed"]
    make(SlaPolicy, queue=general, tier="S3")
    page = leo.browser.get(GENERAL)
    assert page.context["stale"]
    assert page.context["rehearsal"] is None


def test_a_move_is_found_again_where_it_was_asked_for(leo: Person, mail: Queue) -> None:
    RoutingRule.objects.create(queue=mail, position=1, channel="push")
    row = RoutingRule.objects.create(queue=mail, position=2)
    path = f"/team/routing/{row.pk}/change/"
    leo.browser.post(path, {"verb": "up"})
    listed = leo.browser.get("/team/routing/").text
    assert f'href="{path}?verb=up"' in listed
    assert leo.browser.get(f"{path}?verb=up").context["rehearsed"]
    assert leo.browser.get(f"{path}?verb=down").context["rehearsed"] == ""
    assert leo.browser.get(f"{path}?verb=explode")["Location"] == "/team/routing/"


def test_what_was_not_counted_to_its_end_is_not_saved(
    leo: Person,
    mail: Queue,
    rung: list[int],
    django_capture_on_commit_callbacks: Committed,
) -> None:
    make_ticket()
    data = {"queue": mail.pk}
    run = ask(leo, NEW, data, django_capture_on_commit_callbacks)
    leo.browser.post(NEW, {**data, "rehearsed": run.digest})
    assert not RoutingRule.objects.exists()


def test_asking_anew_ends_the_former_attempt(
    leo: Person,
    mail: Queue,
    general: Queue,
    rung: list[int],
    django_capture_on_commit_callbacks: Committed,
) -> None:
    make_ticket(), make_ticket()
    run = ask(leo, NEW, {"queue": mail.pk}, django_capture_on_commit_callbacks)

    def clock() -> Any:
        if ChangeRehearsal.objects.get().epoch == 1:
            leo.browser.post(NEW, {"queue": general.pk})
        return timezone.now()

    rehearsals.carry_out(run.pk, clock)
    row = ChangeRehearsal.objects.get()
    assert (row.pk, row.state, row.result) == (run.pk, "queued", {})
    rehearsals.carry_out(run.pk, timezone.now)
    row.refresh_from_db()
    assert (row.state, row.result["moves"]) == ("done", [])


def test_nobody_sees_what_another_person_tries_out(
    leo: Person, ada: Person, mail: Queue
) -> None:
    leo.browser.post(NEW, {"queue": mail.pk})
    page = ada.browser.get(NEW)
    assert page.context["run"] is None
    assert "My rehearsals" not in ada.browser.get("/team/routing/").text
    seen = leo.browser.get(NEW).context["rehearsed"]
    ada.browser.post(NEW, {"queue": mail.pk, "rehearsed": seen})
    assert not RoutingRule.objects.exists()


def test_one_whose_worker_died_is_taken_up_again_and_ends_in_the_third_try(
    leo: Person, mail: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = timezone.now() - timedelta(minutes=2)
    again = make(ChangeRehearsal, due_at=past, tries=1, state="running")
    dead = make(ChangeRehearsal, due_at=past, tries=3, state="running")
    rung: list[int] = []
    monkeypatch.setattr(jobs.rehearse_change, "delay", rung.append)
    tasks.ring_for_rehearsals()
    assert rung == [again.pk]
    dead.refresh_from_db()
    assert (dead.state, dead.due_at) == ("failed", None)


def test_a_failure_is_said_on_the_page(leo: Person, mail: Queue) -> None:
    leo.browser.post(NEW, {"queue": mail.pk})
    ChangeRehearsal.objects.update(state="failed")
    page = leo.browser.get(NEW)
    assert "The rehearsal failed" in page.text
    assert page.context["rehearsed"] == ""


def test_what_nobody_saved_goes_after_a_week(leo: Person, mail: Queue) -> None:
    leo.browser.post(NEW, {"queue": mail.pk})
    assert rehearsals.remove_old(timezone.now()) == 0
    assert rehearsals.remove_old(timezone.now() + KEPT + timedelta(hours=1)) == 1
