"""Are the pages whole on which incidents are grouped, and people are told of them?"""

from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from tests.chromium import NARROW, THEMES, WIDE, Desk, Visit, look_at
from tests.people import Person
from tests.triage.bulk.deeds import select
from tests.triage.incidents.desk import fail, merge, ticket_of
from tests.triage.notices.letters import leave, make_sms_route, reachable
from tests.work import MAILBOX_FULL, hand_to_people, make_ticket
from triage import replies, tickets
from triage.models import CannedText, FailureReport, Macro, NoteKind, Queue
from triage.notices import links

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

TABS = ("diagnosis", "messages", "reports", "resends", "timeline")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_incidents_are_whole(desk: Desk, leo: Person, language: str) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "incidents-empty", "/incidents/")
    here, there, third = (fail(name, 4) for name in ("here", "there", "third"))
    merge(third, there, leo)
    look_at(visit, "incidents", "/incidents/")
    for tab in TABS:
        url = f"/incidents/{there.number}/?tab={tab}"
        look_at(visit, f"incident-{tab}", url)
    merging = f"/incidents/{here.number}/merge/?into={there.number}"
    look_at(visit, "incident-merge", merging)
    pairing = f"/tickets/{ticket_of(here).number}/merge/"
    look_at(visit, "ticket-merge", pairing)
    into = ticket_of(there).number
    look_at(visit, "ticket-merge-preview", f"{pairing}?into={into}")
    picked = select(leo, [ticket_of(each) for each in (here, there)])
    look_at(visit, "bulk-merge", f"/selections/{picked.token}/merge/")


def look_on(visit: Visit, name: str) -> None:
    """Look at the page that is shown, at both widths and in both themes."""
    for viewport, width in ((WIDE, "wide"), (NARROW, "narrow")):
        visit.page.set_viewport_size(viewport)
        for theme in THEMES:
            visit.page.emulate_media(color_scheme=theme)
            visit.look(f"{name}, {theme}")
            visit.keep(f"{name}-{visit.language}-{theme}-{width}")
    visit.page.set_viewport_size(WIDE)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_answer_is_whole_before_and_after_it_left(
    desk: Desk, ana: Person, general: Queue, language: str
) -> None:
    make_sms_route()
    rows = [reachable(), reachable(locale="zh-CN"), reachable(), reachable(phone="")]
    [ticket] = hand_to_people(rows)
    visit = desk.visit(ana, language=language)
    for name, url in (
        ("incident", f"/incidents/{ticket.group.number}/"),
        ("ticket", f"/tickets/{ticket.number}/"),
    ):
        visit.go(url)
        visit.page.wait_for_load_state()
        visit.page.keyboard.press("r")
        visit.page.locator("[name=text_en]").fill("Their relay is back since noon.")
        if name == "incident":
            look_on(visit, "incident-composer")
        visit.page.locator(".reply [formaction]").click()
        visit.page.wait_for_selector(".answering")
        look_on(visit, f"reply-preview-{name}")
        visit.page.locator(".answering .btn.primary").click()
        visit.page.wait_for_selector(".messages")
    leave()
    look_at(visit, "incident-not-told", f"/incidents/{ticket.group.number}/")
    look_at(visit, "incident-told", f"/incidents/{ticket.group.number}/?tab=timeline")
    look_at(visit, "ticket-told", f"/tickets/{ticket.number}/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_status_page_is_whole(
    desk: Desk, ana: Person, general: Queue, language: str
) -> None:
    report = reachable()
    [ticket] = hand_to_people([report])
    report = FailureReport.objects.get(pk=report.pk)
    replies.write(
        ticket.number,
        ana.actor,
        {"en": "Their relay is back since noon.", "zh-hans": "对方的中继中午已恢复。"},
        now=timezone.now(),
    )
    visit = desk.visit(language=language)
    look_at(visit, "status", urlsplit(links.make(report)).path)
    look_at(visit, "status-none", "/s/guessed/", 404)
    agent = desk.visit(ana, language=language)
    look_at(agent, "ticket-replies", f"/tickets/{ticket.number}/")
    agent.page.keyboard.press("r")
    agent.look("the composer of answers")
    agent.keep(f"reply-composer-{language}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_inbox_and_macros_are_whole(
    desk: Desk, ana: Person, leo: Person, general: Queue, language: str
) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "inbox-empty", "/inbox/")
    look_at(visit, "macros-empty", "/team/macros/")
    ticket = make_ticket(cause=MAILBOX_FULL, assignee=leo.user)
    words = "@leo 请看一下,their certificate ran out."
    tickets.note(ticket.number, ana.actor, kind=NoteKind.OBSERVATION, body=words)
    macro = Macro.objects.create(
        queue=general,
        name="Ask the provider",
        name_zh_hans="询问服务商",
        note="Asked about {ticket}: {cause}.",
        note_kind="observation",
        waiting_on="provider",
        wait_h=4,
    )
    CannedText.objects.create(
        queue=general, name="Asked", name_zh_hans="已询问", text="We asked them."
    )
    look_at(visit, "inbox", "/inbox/")
    look_at(visit, "my-day-mentions", "/")
    look_at(visit, "macros", "/team/macros/")
    look_at(visit, "macro-new", "/team/macros/new/")
    look_at(visit, "macro-edit", f"/team/macros/{macro.pk}/")
    look_at(visit, "ticket-macro", f"/tickets/{ticket.number}/macro/{macro.pk}/")
    visit.go(f"/tickets/{ticket.number}/")
    visit.page.keyboard.press("m")
    visit.look("the macros of a ticket")
    visit.keep(f"macro-menu-{language}")
