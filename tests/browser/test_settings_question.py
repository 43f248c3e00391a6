"""Does the admin site ask in both themes and languages before what reaches far?"""

import pytest

from deliveries.models import Route
from tests.chromium import NARROW, THEMES, WIDE, Desk
from tests.factories import make_route
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_route_is_switched_off_after_a_question(
    desk: Desk, ada: Person, language: str
) -> None:
    route = make_route()
    visit = desk.visit(ada, language=language)
    page = visit.go(f"/admin/deliveries/route/{route.pk}/change/").page
    visit.keep(f"setting-{language}")
    page.locator("[name=enabled]").uncheck()
    page.locator("[name=_save]").click()
    page.wait_for_load_state()
    for size, width in ((WIDE, "wide"), (NARROW, "narrow")):
        page.set_viewport_size(size)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            visit.look(f"a question, {theme}")
        visit.keep(f"question-{language}-{width}")
    page.set_viewport_size(WIDE)
    assert Route.objects.get().enabled
    page.locator("[name=confirmed]").click()
    page.wait_for_load_state()
    assert not Route.objects.get().enabled
    visit.go("/admin/admin/logentry/")
    visit.look("the history")
    visit.keep(f"history-{language}")
