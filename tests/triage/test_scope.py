"""Who sees nothing, who may do nothing, and is what they may not do drawn at all?"""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from deliveries.actor import Role
from tests.addresses import action_of, patterns
from tests.people import PERSON_OF, Person, Program, make_member, make_person
from tests.scenes import Scene
from tests.surfaces import (
    PAGES,
    SURFACES,
    TAKE,
    Surface,
)
from tests.watched import everything
from tests.work import join_queue, make_ticket
from triage import access, grants
from triage.grants import Cell
from triage.models import MemberRole, Queue

pytestmark = pytest.mark.django_db

DESK = [role for role in PERSON_OF if role is not Role.SENDER]
BUTTONS = {
    "ticket.claim": "ticket_assignment",
    "ticket.hand_over": "ticket_handover",
    "ticket.note": "ticket_notes",
    "resend.run": "ticket_retry",
    "ticket.solve": "ticket_resolution",
    "ticket.reopen": "ticket_reopening",
}
OF_SOLVED = {"ticket.note", "ticket.reopen"}
OF_UNSOLVED = set(BUTTONS) - {"ticket.reopen"}


def closed_to(role: Role) -> list[Surface]:
    """What the table gives nobody of a role."""
    return [
        each for each in SURFACES if grants.TABLE[each.action][role] is Cell.REFUSED
    ]


def is_login(location: str) -> bool:
    """Whether an answer leads to the log-in."""
    return location.startswith(reverse("account_login"))


# --- Eve, strangers, and those who are no longer who they were ------------------------


def test_eve_sees_no_ticket_and_no_queue_of_others(scene: Scene, eve: Person) -> None:
    before = everything()
    for surface in SURFACES:
        if surface.of_a_ticket or surface.name == "queue":
            # What her role may do nowhere is refused before anything is looked for.
            nowhere = grants.TABLE[surface.action][Role.AGENT] is Cell.REFUSED
            expected = 403 if nowhere else 404
            assert surface.ask(eve.browser, scene).status_code == expected, surface
    assert everything() == before


def test_eves_lists_name_nothing_of_others(scene: Scene, eve: Person) -> None:
    for page in PAGES:
        if page.name in ("queues", "tickets", "article_work"):
            html = page.ask(eve.browser, scene).content.decode()
            assert reverse("ticket", args=[scene.ticket.number]) not in html
            assert reverse("queue", args=["general"]) not in html


def test_a_stranger_is_asked_to_log_in(scene: Scene, client: Client) -> None:
    before = everything()
    for surface in closed_to(Role.PUBLIC):
        answer = surface.ask(client, scene)
        assert answer.status_code == 302, surface
        assert is_login(answer["Location"]), surface
    assert everything() == before


def test_a_stranger_is_answered_401_by_the_api(client: Client) -> None:
    for path in ("/api/v1/reports/", "/api/v1/reports/count/", "/api/v1/categories/"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_opens_no_page(scene: Scene, sam: Program) -> None:
    browser = Client(headers=sam.headers)
    before = everything()
    for surface in closed_to(Role.CLIENT):
        assert surface.ask(browser, scene).status_code == 403, surface
    assert everything() == before


def test_a_key_does_no_more_than_its_scope(sam: Program) -> None:
    for scope in ("report:write", "report:read"):
        sam.row.scopes = [scope]
        actor = access.actor_for_key(sam.row)
        narrowed = {action for action in grants.SCOPE_OF_ACTION if actor.may(action)}
        assert {grants.SCOPE_OF_ACTION[each] for each in narrowed} == {scope}


def test_a_person_who_is_disabled_is_a_stranger(ana: Person) -> None:
    User.objects.filter(pk=ana.user.pk).update(is_active=False)
    assert is_login(ana.browser.get(reverse("queues"))["Location"])


def test_a_role_that_was_lost_opens_nothing_any_more(scene: Scene, ana: Person) -> None:
    path = reverse("ticket", args=[scene.ticket.number])
    assert ana.browser.get(path).status_code == 200
    ana.user.memberships.all().delete()
    assert ana.browser.get(path).status_code == 403


def test_a_role_of_a_queue_holds_in_that_queue_alone(
    general: Queue, eve: Person
) -> None:
    eve.user.memberships.update(role=MemberRole.LEAD)
    join_queue(eve.user, general)
    colleague = make_person("zoe", MemberRole.AGENT, general).user
    ticket = make_ticket(assignee=colleague)
    assert access.may(eve.actor, "ticket.solve", ticket) == access.Refused("not_own")


def test_an_editor_sees_a_ticket_once_it_has_a_resolution(
    scene: Scene, mia: Person
) -> None:
    path = reverse("ticket", args=[scene.ticket.number])
    assert mia.browser.get(path).status_code == 404
    scene.solved()
    assert mia.browser.get(path).status_code == 200


def test_the_way_back_from_a_ticket_leads_to_a_list_that_its_reader_may_see(
    scene: Scene, mia: Person, ana: Person
) -> None:
    scene.solved()
    path = reverse("ticket", args=[scene.ticket.number])
    for reader, back in (
        (ana, reverse("queue", args=["general"])),
        (mia, reverse("tickets")),
    ):
        page = reader.browser.get(path).content.decode()
        assert f'<a href="{back}" data-key="u"' in page
        assert reader.browser.get(back).status_code == 200


# --- what nobody may do ---------------------------------------------------------------


def somebody_with_every_role(general: Queue) -> Person:
    """Max is lead, specialist, agent, editor, auditor and admin at once."""
    person = make_member("max", group="editor", admin=True)
    person.user.groups.add(*make_member("nil", group="auditor").user.groups.all())
    for role in (MemberRole.AGENT, MemberRole.SPECIALIST, MemberRole.LEAD):
        join_queue(person.user, general, role)
    return person


@pytest.mark.parametrize("action", ["ticket.verify", "audit.change"])
def test_some_things_nobody_may_do(action: str, general: Queue) -> None:
    person = somebody_with_every_role(general)
    ticket = make_ticket(assignee=person.user)
    assert set(grants.TABLE[action].values()) == {Cell.REFUSED}
    assert isinstance(access.may(person.actor, action, ticket), access.Refused)


def test_no_url_leads_to_what_nobody_may_do() -> None:
    guarded = {
        action_of(pattern, spaces, method)
        for pattern, spaces in patterns()
        for method in ("GET", "POST")
    }
    assert guarded.isdisjoint({"ticket.verify", "audit.change"})


def test_being_a_superuser_takes_no_ticket(scene: Scene, ada: Person) -> None:
    assert ada.user.is_superuser
    before = everything()
    assert TAKE.ask(ada.browser, scene).status_code == 403
    assert everything() == before


# --- what is refused is not drawn -----------------------------------------------------


def drawn(scene: Scene, person: Person) -> set[str]:
    """The decisions that the ticket's page offers."""
    number = scene.ticket.number
    page = person.browser.get(reverse("ticket", args=[number])).content.decode()
    return {
        action
        for action, name in BUTTONS.items()
        if f'"{reverse(name, args=[number])}' in page
    }


def allowed(role: Role, actions: set[str]) -> set[str]:
    """Those of the actions that the role may do on a ticket that nobody holds."""
    refused = (Cell.REFUSED, Cell.OWN)
    return {each for each in actions if grants.TABLE[each][role] not in refused}


@pytest.mark.parametrize("role", [role for role in DESK if role is not Role.EDITOR])
def test_an_unsolved_ticket_offers_what_the_table_allows(
    role: Role, person: Person, scene: Scene
) -> None:
    assert drawn(scene, person) == allowed(role, OF_UNSOLVED)


@pytest.mark.parametrize("role", DESK)
def test_a_solved_ticket_offers_what_the_table_allows(
    role: Role, person: Person, scene: Scene
) -> None:
    assert drawn(scene.solved(), person) == allowed(role, OF_SOLVED)


def test_a_colleagues_ticket_offers_an_agent_the_note_alone(
    scene: Scene, ana: Person
) -> None:
    assert drawn(scene.held_by(scene.other), ana) == {"ticket.note"}


def test_ones_own_ticket_can_be_handed_over(scene: Scene, ana: Person) -> None:
    assert "ticket.hand_over" in drawn(scene.held_by(ana.user), ana)


@pytest.mark.parametrize("role", DESK)
def test_the_rail_leads_only_where_the_role_may_go(role: Role, person: Person) -> None:
    page = person.browser.get(reverse("knowledge")).content.decode()
    for action, name in (
        ("queue.read", "queues"),
        ("article.read_internal", "knowledge"),
        ("rule.read", "rules"),
        ("team.read", "team"),
        ("system.read", "admin:index"),
    ):
        may = grants.TABLE[action][role] is not Cell.REFUSED
        assert (f'href="{reverse(name)}"' in page) is may, name
