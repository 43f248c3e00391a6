"""Does a macro take all its steps or none, with the rights of whoever runs it?"""

import pytest
from django.utils import timezone

from deliveries.models import DeliveryAttempt
from tests.factories import make_address, make_message, make_route
from tests.people import Person
from tests.rows import make
from tests.triage.bulk.deeds import apply, ask, counts, decided, select
from tests.watched import everything
from tests.work import (
    MAILBOX_FULL,
    RELAY_DENIED,
    category,
    make_article,
    make_ticket,
)
from triage import bulk, macros, tickets
from triage.models import (
    CannedText,
    EventKind,
    Macro,
    Membership,
    Notice,
    Queue,
    Ticket,
)

pytestmark = pytest.mark.django_db

WHY = "They wait since yesterday."


def keep(queue: Queue, **steps: object) -> Macro:
    """A macro of a queue with some steps."""
    made = make(Macro, queue=queue, **{"diagnose": False, **steps})
    return Macro.objects.select_related("queue", "queue_to", "category").get(pk=made.pk)


def everything_at_once(queue: Queue) -> Macro:
    """A macro with every step but solving, after which nothing waits or moves."""
    return keep(
        queue,
        diagnose=True,
        assign="me",
        category=category(MAILBOX_FULL),
        tier="S1",
        tier_reason=WHY,
        note_kind="decision",
        note="{ticket} is ours: {cause}, {unknown}.",
        resend=True,
        waiting_on="provider",
        wait_h=4,
        queue_to=make(Queue),
    )


def sendable() -> Ticket:
    """A ticket about a message that may be sent again."""
    make_route()
    return make_ticket(make_message(address=make_address()))


def test_every_step_is_taken_in_order_and_leaves_its_event(
    leo: Person, general: Queue
) -> None:
    ticket, macro = sendable(), everything_at_once(general)
    done = macros.run(ticket.number, macro, leo.actor, now=timezone.now())
    every = [kind for kind in macros.StepKind if kind != macros.StepKind.SOLVE]
    assert [each.kind for each in done] == every
    ticket.refresh_from_db()
    assert ticket.queue == macro.queue_to
    assert (ticket.state, ticket.waiting_on) == ("waiting", "provider")
    assert (ticket.tier_override, ticket.category_override) == ("S1", macro.category)
    assert DeliveryAttempt.objects.filter(cause="agent").count() == 1
    body = ticket.notes.get().body
    assert body.startswith(f"#{ticket.number} is ours: ")
    assert body.endswith(", {unknown}.")
    seen = list(ticket.events.order_by("seq").values_list("seq", flat=True))
    assert seen == list(range(1, len(seen) + 1))
    assert EventKind.MACRO in set(ticket.events.values_list("kind", flat=True))


def test_a_dry_run_says_the_same_and_changes_nothing(
    leo: Person, general: Queue
) -> None:
    ticket, macro = sendable(), everything_at_once(general)
    before = everything()
    said = macros.dry_run(ticket.number, macro, leo.actor, now=timezone.now())
    assert everything() == before
    done = macros.run(ticket.number, macro, leo.actor, now=timezone.now())
    assert said == done
    (note,) = (each.words for each in said if each.kind == "note")
    assert f"#{ticket.number} is ours: " in note
    assert "{unknown}" in note  # what is no name stays as it is written


def test_one_step_that_is_refused_leaves_everything_as_it_was(
    leo: Person, general: Queue
) -> None:
    ticket = make_ticket(make_message(), cause=RELAY_DENIED)
    macro = keep(general, assign="me", resend=True)
    said = macros.dry_run(ticket.number, macro, leo.actor, now=timezone.now())
    assert [each.refused for each in said] == [False, True]
    assert "the cause must go first" in said[1].why
    before = everything()
    with pytest.raises(tickets.Invalid):
        macros.run(ticket.number, macro, leo.actor, now=timezone.now())
    assert everything() == before
    page = leo.browser.get(f"/tickets/{ticket.number}/macro/{macro.pk}/")
    assert "It cannot be run here" in page.text
    assert "Run the macro" not in page.text


def test_a_macro_lends_nobody_a_right(ana: Person, leo: Person, general: Queue) -> None:
    ticket = make_ticket()
    Ticket.objects.update(tier_computed="S2")
    macro = keep(general, tier="S4", tier_reason=WHY)
    path = f"/tickets/{ticket.number}/macro/{macro.pk}/"
    before = everything()
    assert "only a specialist or lead lowers a tier" in ana.browser.get(path).text
    assert ana.browser.post(path).status_code == 403
    assert everything() == before
    assert leo.browser.post(path).status_code == 302


def test_an_agent_runs_nothing_on_a_colleagues_ticket(
    ana: Person, leo: Person, general: Queue
) -> None:
    ticket = make_ticket(assignee=leo.user)
    macro = keep(general, note_kind="decision", note="Ours.")
    path = f"/tickets/{ticket.number}/macro/{macro.pk}/"
    assert ana.browser.get(path).status_code == 403
    assert ana.browser.post(path).status_code == 403
    assert f'href="{path}"' not in ana.browser.get(f"/tickets/{ticket.number}/").text


def test_a_macro_of_another_queue_is_not_there(leo: Person, general: Queue) -> None:
    ticket = make_ticket()
    foreign = keep(make(Queue), assign="me")
    path = f"/tickets/{ticket.number}/macro/{foreign.pk}/"
    assert leo.browser.get(path).status_code == 404
    assert leo.browser.post(path).status_code == 404


def test_what_is_so_already_is_passed_over_and_said(
    ana: Person, general: Queue
) -> None:
    ticket = make_ticket(assignee=ana.user)
    macro = keep(general, assign="me", note_kind="decision", note="Ours.")
    path = f"/tickets/{ticket.number}/macro/{macro.pk}/"
    page = ana.browser.post(path, follow=True)
    assert "There was nothing to change by: Take the ticket" in page.text
    assert ticket.notes.count() == 1


def test_who_was_slower_reads_who_was_first(
    ana: Person, leo: Person, general: Queue
) -> None:
    ticket = make_ticket()
    macro = keep(general, assign="me")
    tickets.take(ticket.number, leo.actor)
    path = f"/tickets/{ticket.number}/macro/{macro.pk}/"
    answer = leo.browser.post(path, {"version": ticket.version})
    assert answer.status_code == 409


def test_words_that_are_filled_in_are_not_read_again() -> None:
    values = {"cause": "{me}", "me": "Ana"}
    assert macros.fill("{cause} {me} {} {x!r} {cause.a} {0}", values) == (
        "{me} Ana {} {x!r} {cause.a} {0}"
    )


# --- on a selection -------------------------------------------------------------------


def test_on_a_selection_each_ticket_gets_all_steps(leo: Person, general: Queue) -> None:
    made = [make_ticket() for _ in range(3)]
    macro = keep(general, assign="me", waiting_on="provider")
    action = apply(leo, made, macros.RunMacro(macro))
    assert counts(action) == (3, 0, 0)
    assert {t.state for t in Ticket.objects.all()} == {"waiting"}
    assert action.undo_until is None
    with pytest.raises(tickets.Invalid):
        bulk.undo(action.pk, leo.actor, now=timezone.now())


def test_on_a_selection_one_that_is_not_permitted_refuses_all(
    ana: Person, leo: Person, general: Queue
) -> None:
    mine, theirs = make_ticket(), make_ticket(assignee=leo.user)
    macro = keep(general, waiting_on="provider")
    before = decided()
    with pytest.raises(bulk.NotPermitted) as refused:
        ask(ana, select(ana, [mine, theirs]), macros.RunMacro(macro))
    assert refused.value.forecast.forbidden_numbers == (theirs.number,)
    assert decided() == before


def test_on_a_selection_a_refused_step_leaves_that_ticket_alone(
    leo: Person, general: Queue
) -> None:
    Membership.objects.filter(person=leo.user).update(role="lead")
    good, bad = sendable(), make_ticket(make_message(), cause=RELAY_DENIED)
    macro = keep(general, assign="me", resend=True)
    action = apply(leo, [good, bad], macros.RunMacro(macro))
    assert counts(action) == (1, 1, 0)
    assert action.result == [[bad.number, "step"]]
    bad.refresh_from_db()
    assert bad.assignee is None


def test_nobody_sends_more_at_once_than_they_may(ana: Person, general: Queue) -> None:
    made = [make_ticket(), make_ticket()]
    macro = keep(general, resend=True)
    with pytest.raises(tickets.Invalid, match="plan a resend"):
        ask(ana, select(ana, made), macros.RunMacro(macro))


def test_a_macro_that_was_changed_since_is_not_run(leo: Person, general: Queue) -> None:
    macro = keep(general, assign="me")
    said = macros.RunMacro(macro).parameters()
    Macro.objects.update(version=2)
    with pytest.raises(Macro.DoesNotExist):
        macros.read("macro", said)


# --- keeping them ---------------------------------------------------------------------


def test_a_lead_keeps_changes_and_deletes_a_macro(leo: Person, general: Queue) -> None:
    said = {"queue": general.pk, "name": "Wait", "version": 0, "waiting_on": "provider"}
    leo.browser.post("/team/macros/new/", said)
    row = Macro.objects.get()
    changed = {**said, "name": "Wait long", "wait_h": 48, "version": row.version}
    leo.browser.post(f"/team/macros/{row.pk}/", changed)
    assert "at most 48 hours" in leo.browser.get("/team/macros/").text
    late = leo.browser.post(f"/team/macros/{row.pk}/", {**changed, "name": "Late"})
    assert (late.status_code, "changed it meanwhile" in late.text) == (400, True)
    leo.browser.post(f"/team/macros/{row.pk}/deletion/")
    assert not Macro.objects.exists()


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, "at least one step"),
        ({"tier": "S1"}, "a reason of at least"),
        ({"note_kind": "decision"}, "Write what you saw"),
        ({"note": "Ours."}, "what kind of note"),
        ({"wait_h": "4"}, "for whom it waits"),
        ({"assign": "someone"}, "valid choice"),
        ({"assign": "me", "wait_h": "x"}, "whole number"),
        ({"assign": "me", "queue": "0"}, "valid choice"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_makes_no_macro_is_said_and_kept_in_the_form(
    said: dict[str, str], fault: str, leo: Person, general: Queue
) -> None:
    base = {"queue": str(general.pk), "name": "Mine", "version": "0"}
    page = leo.browser.post("/team/macros/new/", {**base, **said})
    assert page.status_code == 400
    assert fault in page.text
    assert 'value="Mine"' in page.text
    assert not Macro.objects.exists()


def test_a_lead_keeps_nothing_for_a_queue_of_others(leo: Person) -> None:
    other = make(Queue)
    said = {"queue": other.pk, "name": "Mine", "version": 0, "assign": "me"}
    assert leo.browser.post("/team/macros/new/", said).status_code == 400
    theirs = make(Macro, queue=other)
    assert leo.browser.get(f"/team/macros/{theirs.pk}/").status_code == 404
    text = make(CannedText, queue=other)
    assert leo.browser.post(f"/team/texts/{text.pk}/deletion/").status_code == 404


def test_a_canned_text_stands_behind_what_was_typed(
    ana: Person, general: Queue
) -> None:
    ticket = make_ticket()
    text = make(
        CannedText, queue=general, text="{ticket}: asked.", text_zh_hans="问过。"
    )
    said = {"kind": "decision", "body": "So far", "text": text.pk, "insert": "1"}
    page = ana.browser.post(f"/tickets/{ticket.number}/notes/", said)
    assert page.status_code == 200
    assert f"So far\n\n#{ticket.number}: asked." in page.text
    assert not ticket.notes.exists()
    ana.browser.cookies["django_language"] = "zh-hans"
    assert "问过。" in ana.browser.get(f"/tickets/{ticket.number}/").text


# --- solving --------------------------------------------------------------------------


def solving(queue: Queue, **steps: object) -> Macro:
    """A macro that solves with the cause of a full mailbox."""
    return keep(queue, solve_category=category(MAILBOX_FULL), **steps)


def test_a_macro_solves_as_a_person_does(ana: Person, general: Queue) -> None:
    version = make_article()
    ticket = make_ticket(assignee=ana.user)
    macro = solving(
        general,
        solve_article=version.translation.article,
        solve_note="Asked the owner of {ticket}.",
    )
    before = everything()
    said = macros.dry_run(ticket.number, macro, ana.actor, now=timezone.now())
    assert everything() == before
    done = macros.run(ticket.number, macro, ana.actor, now=timezone.now())
    assert said == done
    (step,) = done
    assert step.words.startswith("Solve with the cause: ")
    assert version.title in step.words
    row = ticket.resolutions.get()
    assert (row.category, row.article_version) == (category(MAILBOX_FULL), version)
    assert row.note == f"Asked the owner of #{ticket.number}."
    assert row.resolved_by == ana.user
    ticket.refresh_from_db()
    assert ticket.state == "solved"
    kinds = set(ticket.events.values_list("kind", flat=True))
    assert {EventKind.MACRO, EventKind.SOLVED} <= kinds
    assert Notice.objects.filter(event__ticket=ticket).count() == ticket.reports.count()


def test_an_article_that_is_not_published_any_more_stops_it(
    ana: Person, general: Queue
) -> None:
    version = make_article()
    article = version.translation.article
    ticket = make_ticket(assignee=ana.user)
    macro = solving(general, solve_article=article, note_kind="decision", note="Ours.")
    article.translations.update(current_version=None, state="archived")
    macro = Macro.objects.with_steps().get(pk=macro.pk)
    said = macros.dry_run(ticket.number, macro, ana.actor, now=timezone.now())
    assert [each.refused for each in said] == [False, True]
    assert said[1].why == "The article is not published any more."
    before = everything()
    with pytest.raises(tickets.Invalid):
        macros.run(ticket.number, macro, ana.actor, now=timezone.now())
    assert everything() == before


def test_who_may_not_solve_a_ticket_runs_no_macro_that_does(
    ana: Person, leo: Person, general: Queue
) -> None:
    ticket = make_ticket(assignee=leo.user)
    macro = solving(general)
    path = f"/tickets/{ticket.number}/macro/{macro.pk}/"
    assert ana.browser.post(path).status_code == 403
    assert not ticket.resolutions.exists()


def test_many_are_solved_and_what_is_solved_is_left_alone(
    leo: Person, general: Queue
) -> None:
    rows = [make_ticket(assignee=leo.user) for _ in range(3)]
    macro = solving(general)
    macros.run(rows[0].number, macro, leo.actor, now=timezone.now())
    done = apply(leo, rows, macros.RunMacro(macro))
    assert counts(done) == (2, 1, 0)
    assert not Ticket.objects.exclude(state="solved").exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"solve_note": "Mended."}, "solve_category"),
        ({"solve_category": MAILBOX_FULL, "waiting_on": "provider"}, "waiting_on"),
        ({"solve_category": MAILBOX_FULL, "solve_article": "999"}, "solve_article"),
    ],
)
def test_a_solving_step_that_makes_no_sense_is_said_by_the_field(
    leo: Person, general: Queue, said: dict[str, str], field: str
) -> None:
    whole = {"queue": general.pk, "name": "Done", "version": 0, **said}
    page = leo.browser.post("/team/macros/new/", whole)
    assert page.status_code == 400
    assert field in page.context["form"].errors
    assert not Macro.objects.exists()


def test_a_lead_keeps_a_macro_that_solves(leo: Person, general: Queue) -> None:
    article = make_article().translation.article
    whole = {
        "queue": general.pk,
        "name": "Done",
        "version": 0,
        "solve_category": MAILBOX_FULL,
        "solve_article": article.pk,
        "solve_note": "As the article says.",
    }
    assert leo.browser.post("/team/macros/new/", whole).status_code == 302
    macro = Macro.objects.get()
    assert macro.solve_article == article
    shown = leo.browser.get(f"/team/macros/{macro.pk}/")
    assert shown.context["form"]["solve_article"].value() == str(article.pk)
    assert "Solve with the cause: " in leo.browser.get("/team/macros/").text
