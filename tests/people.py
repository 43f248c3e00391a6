"""Who appears in the tests? Ana, Leo, Sam and Eve, always the same four.

Kim, Mia, Aud, Ada and Sue hold the roles that these four do not.
"""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from deliveries.actor import Actor, Role
from deliveries.models import ApiKey, Scope, Source, issue_key
from triage import access
from triage.models import GENERAL, MemberRole, Membership, Queue

# Who is tried for a role on every page.
PERSON_OF = {
    Role.SENDER: "sue",
    Role.AGENT: "ana",
    Role.SPECIALIST: "kim",
    Role.LEAD: "leo",
    Role.EDITOR: "mia",
    Role.AUDITOR: "aud",
    Role.ADMIN: "ada",
}
PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Person:
    """A staff member: their account, and a browser that is logged in as them."""

    user: User
    browser: Client

    @property
    def actor(self) -> Actor:
        """The actor as access sees them now."""
        return access.actor_for_user(self.user)


@dataclass(frozen=True)
class Program:
    """A source's API client."""

    source: Source
    row: ApiKey
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers with which the program calls."""
        return {"Authorization": f"Bearer {self.key}"}


def make_person(username: str, role: MemberRole | None, queue: Queue | None) -> Person:
    """Make a person with one membership, or with none."""
    user = User.objects.create_user(
        username, f"{username}@example.org", PASSWORD, first_name=username.capitalize()
    )
    if role is not None:
        Membership.objects.create(person=user, queue=queue, role=role)
    browser = Client()
    browser.force_login(user)
    return Person(user, browser)


def make_program(slug: str) -> Program:
    """Make a source and its key."""
    source = Source.objects.create(slug=slug, name=slug.capitalize())
    row, key = issue_key(source, f"{slug} backend", list(Scope.values))
    return Program(source, row, key)


def make_member(username: str, *, group: str = "", admin: bool = False) -> Person:
    """Make a person whose role is held outside queues: a group's, or admin."""
    person = make_person(username, None, None)
    if group:
        person.user.groups.add(Group.objects.get(name=group))
    User.objects.filter(pk=person.user.pk).update(is_superuser=admin)
    person.user.refresh_from_db()
    return person


@pytest.fixture
def general(db: None) -> Queue:
    """The queue that takes what no rule routes elsewhere."""
    return Queue.objects.get(slug=GENERAL)


@pytest.fixture
def ana(general: Queue) -> Person:
    """An agent of the general queue."""
    return make_person("ana", MemberRole.AGENT, general)


@pytest.fixture
def leo(general: Queue) -> Person:
    """The lead of the general queue."""
    return make_person("leo", MemberRole.LEAD, general)


@pytest.fixture
def kim(general: Queue) -> Person:
    """A specialist of the general queue."""
    return make_person("kim", MemberRole.SPECIALIST, general)


@pytest.fixture
def mia(db: None) -> Person:
    """An editor."""
    return make_member("mia", group="editor")


@pytest.fixture
def aud(db: None) -> Person:
    """An auditor."""
    return make_member("aud", group="auditor")


@pytest.fixture
def ada(db: None) -> Person:
    """An admin."""
    return make_member("ada", admin=True)


@pytest.fixture
def sue(sam: "Program") -> Person:
    """A person of the shop, who has no business on the desk."""
    person = make_person("sue", None, None)
    Membership.objects.create(
        person=person.user, source=sam.source, role=MemberRole.SENDER
    )
    return person


@pytest.fixture
def eve(db: None) -> Person:
    """An agent of another queue, who must see nothing of this one."""
    other = Queue.objects.create(slug="other", name="Other")
    return make_person("eve", MemberRole.AGENT, other)


@pytest.fixture
def sam(db: None) -> Program:
    """The API client of the shop."""
    return make_program("shop")


@pytest.fixture
def stranger(db: None) -> Program:
    """The API client of another source, which must see nothing of the shop."""
    return make_program("elsewhere")
