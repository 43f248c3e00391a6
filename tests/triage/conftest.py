"""In what scene do the tests of permissions try each role, and who holds it?"""

import pytest

from deliveries.actor import Role
from tests.people import PERSON_OF, Person, make_person
from tests.scenes import Scene, make_scene
from triage.models import MemberRole, Queue


@pytest.fixture
def scene(general: Queue) -> Scene:
    """A ticket that nobody holds, and Zoe, who might be given it."""
    return make_scene(make_person("zoe", MemberRole.AGENT, general).user)


@pytest.fixture
def person(role: Role, request: pytest.FixtureRequest) -> Person:
    """Who holds the role."""
    found: Person = request.getfixturevalue(PERSON_OF[role])
    return found
