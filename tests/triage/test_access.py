"""Does the permission table hold on every page, for every role?

Each surface of the site is tried by each role: on a ticket of their own, on a
colleague's, and on one out of scope.
"""

import pytest

from deliveries.actor import Role
from tests.addresses import OURS, action_of, patterns, written_in
from tests.people import PERSON_OF, Person
from tests.scenes import Scene
from tests.surfaces import (
    ASKING,
    DECISIONS,
    INBOX,
    KEEPING,
    NOTE,
    OFFERING,
    PAGES,
    PICKING,
    REOPEN,
    SETTLE,
    SURFACES,
    TEACHING,
    VIEWING,
    WRITING,
    Surface,
)
from tests.watched import everything
from triage import access, grants
from triage.grants import Cell
from triage.models import Queue, Ticket

pytestmark = pytest.mark.django_db

STAFF = tuple(PERSON_OF)
WORKERS = (Role.AGENT, Role.SPECIALIST, Role.LEAD)


def cell(surface: Surface, role: Role) -> Cell:
    """What the table says."""
    return grants.TABLE[surface.action][role]


def set_up(scene: Scene, surface: Surface, person: Person, role: Role) -> None:
    """Put the ticket where the surface makes sense: held, free or solved."""
    holder = person.user if role in WORKERS else scene.other
    scene.held_by(None if surface.action == "ticket.claim" else holder)
    scene.picked_by(person.user)
    if surface == SETTLE:
        scene.unsettled()
    if surface == REOPEN or role is Role.EDITOR:
        scene.solved()


# --- every URL has a policy -----------------------------------------------------------


def test_every_url_names_an_action_of_the_table() -> None:
    nameless = [
        f"{method} {pattern}"
        for pattern, spaces in patterns()
        for method in ("GET", "POST")
        if action_of(pattern, spaces, method) not in grants.TABLE
    ]
    assert nameless == []


def test_every_endpoint_carries_its_action_itself() -> None:
    faults = []
    for pattern, _ in patterns():
        if written_in(pattern, "triage.api", "deliveries.api"):
            view = getattr(pattern.callback, "cls", pattern.callback)
            actions = {view.action, *getattr(view, "action_by_method", {}).values()}
            faults += [f"{pattern}: {each}" for each in actions - set(grants.TABLE)]
    assert faults == []


def test_no_action_is_kept_for_a_url_that_is_gone() -> None:
    names = {pattern.name for pattern, _ in patterns()}
    spaces = {space for _, found in patterns() for space in found}
    assert set(access.OF_LIBRARY) - names == set()
    assert set(access.OF_NAMESPACE) - spaces == set()


def test_the_surfaces_are_the_whole_site() -> None:
    open_to_all = {
        name
        for name, pattern in OURS.items()
        if action_of(pattern, (), "GET") == "site.open"
    }
    of_help = {"help", "help_article", "help_feedback"}
    of_the_desk = {"healthz", "readyz", "set_language", "set_theme", "status"}
    assert open_to_all == of_the_desk | of_help
    assert {each.name for each in SURFACES} == set(OURS) - open_to_all


def test_of_the_api_only_signed_requests_and_tips_need_no_key() -> None:
    open_to_all = {
        pattern.name
        for pattern, _ in patterns()
        if written_in(pattern, "triage.api", "deliveries.api")
        and action_of(pattern, (), "POST") == "site.open"
    }
    assert open_to_all == {"api_hook", "api_nothing", "api_tips"}


def test_each_surface_is_guarded_by_the_action_it_is_tried_for() -> None:
    found = {
        str(each): action_of(OURS[each.name], (), each.method) for each in SURFACES
    }
    assert found == {str(each): each.action for each in SURFACES}


def test_an_action_that_is_not_in_the_table_is_refused(ada: Person) -> None:
    assert isinstance(access.may(ada.actor, "ticket.burn"), access.Refused)
    with pytest.raises(KeyError):
        access.names("ticket.burn")


# --- each role on each surface --------------------------------------------------------


@pytest.mark.parametrize("role", STAFF)
def test_a_role_opens_the_pages_that_its_cells_allow(
    role: Role, person: Person, scene: Scene
) -> None:
    set_up(scene, PAGES[0], person, role)
    before = everything()
    answers = {str(page): page.ask(person.browser, scene).status_code for page in PAGES}
    expected = {
        str(page): 403 if cell(page, role) is Cell.REFUSED else 200 for page in PAGES
    }
    if cell(PAGES[0], role) is not Cell.REFUSED and role not in WORKERS:
        expected["GET home"] = 302  # who takes no tickets begins with the queues
    if role is Role.EDITOR:
        # Her scope is what is solved, not a queue.
        expected["GET queue"] = expected["GET queue_changes"] = 404
    assert answers == expected
    assert everything() == before


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize(
    "surface", [*DECISIONS, *WRITING, *TEACHING, *OFFERING, *KEEPING, *ASKING], ids=str
)
def test_a_role_decides_what_its_cell_allows(
    surface: Surface, role: Role, person: Person, scene: Scene
) -> None:
    set_up(scene, surface, person, role)
    before = everything()
    answer = surface.ask(person.browser, scene)
    if cell(surface, role) is Cell.REFUSED:
        assert answer.status_code == 403
        assert everything() == before
    else:
        assert answer.status_code == 302
        assert everything() != before


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("surface", [*PICKING, *VIEWING, *INBOX], ids=str)
def test_a_role_uses_its_own_selections_and_views(
    surface: Surface, role: Role, person: Person, scene: Scene
) -> None:
    set_up(scene, PAGES[0], person, role)
    before = everything()
    answer = surface.ask(person.browser, scene)
    refused = cell(surface, role) is Cell.REFUSED
    assert (answer.status_code == 403) is refused
    assert answer.status_code < 500
    if refused:
        assert everything() == before


@pytest.mark.parametrize("role", WORKERS)
def test_what_somebody_else_picked_is_not_there(
    role: Role, person: Person, scene: Scene
) -> None:
    scene.picked_by(scene.other)
    names = ("bulk", "view", "inbox_line")
    before = everything()
    for surface in SURFACES:
        if surface.name.startswith(names) and surface.name != "view_new":
            assert surface.ask(person.browser, scene).status_code == 404, surface
    assert everything() == before


@pytest.mark.parametrize("role", WORKERS)
def test_a_ticket_out_of_scope_is_not_there(
    role: Role, person: Person, scene: Scene
) -> None:
    scene.held_by(person.user)
    elsewhere = Queue.objects.create(slug="elsewhere", name="Elsewhere")
    Ticket.objects.filter(pk=scene.ticket.pk).update(queue=elsewhere)
    before = everything()
    for surface in SURFACES:
        if surface.of_a_ticket:
            refused = cell(surface, role) is Cell.REFUSED  # before it is looked for
            expected = 403 if refused else 404
            assert surface.ask(person.browser, scene).status_code == expected, surface
    assert everything() == before


@pytest.mark.parametrize("role", WORKERS)
@pytest.mark.parametrize("surface", DECISIONS, ids=str)
def test_a_colleagues_ticket_is_for_specialists_and_leads(
    surface: Surface, role: Role, person: Person, scene: Scene
) -> None:
    scene.held_by(scene.other)
    if surface == SETTLE:
        scene.unsettled()
    if surface == REOPEN:
        scene.solved()
    before = everything()
    answer = surface.ask(person.browser, scene.with_other(person.user))
    of_l1 = role is Role.AGENT and surface != NOTE
    if of_l1 or cell(surface, role) is Cell.OWN:
        assert answer.status_code == 403
        assert everything() == before
    else:
        assert answer.status_code == 302
        assert everything() != before


def test_an_agent_reads_a_colleagues_ticket(scene: Scene, ana: Person) -> None:
    scene.held_by(scene.other)
    page = next(each for each in PAGES if each.name == "ticket")
    assert page.ask(ana.browser, scene).status_code == 200


# --- the API --------------------------------------------------------------------------


@pytest.mark.parametrize("role", STAFF)
def test_the_api_asks_the_same_table(role: Role, person: Person) -> None:
    for method, path, action in (
        ("GET", "/api/v1/reports/", "report.status"),
        ("GET", "/api/v1/categories/", "schema.read"),
        ("GET", "/api/v1/resend-operations/", "resend.read"),
        ("POST", "/api/v1/reports/", "report.file"),
        ("POST", "/api/v1/tips/showings/", "report.file"),
        ("GET", "/api/schema/", "schema.read"),
        ("GET", "/api/docs/", "schema.read"),
    ):
        answer = person.browser.generic(method, path, b"{}", "application/json")
        refused = grants.TABLE[action][role] is Cell.REFUSED
        assert answer.status_code == (403 if refused else 200), (method, path)
