"""Does the large desk look like one that was worked, and drown nobody's reports?"""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from tests.work import make_report, make_ticket
from triage.access import actor_for_user
from triage.demo import volume
from triage.models import (
    LIVE,
    FailureGroup,
    FailureReport,
    Ticket,
)
from triage.search import Asked, find

CASTS = re.compile(r"[()]|::(?:character varying|text)(?:\[\])?")

pytestmark = pytest.mark.django_db(transaction=True)


def seed(tickets: int = 80, **options: Any) -> None:
    call_command("seed_volume", tickets=tickets, verbosity=0, **options)


def indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        # The server writes the same condition with casts here or there.
        return [CASTS.sub("", row[0]) for row in cursor.fetchall()]


def references() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


def enabled_triggers() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'")
        return int(cursor.fetchone()[0])


def test_a_desk_is_whole_and_the_schema_as_before() -> None:
    before = (indexes(), references(), enabled_triggers())
    seed()
    assert (indexes(), references(), enabled_triggers()) == before
    assert Ticket.objects.count() == 80
    live = Ticket.objects.filter(state__in=LIVE).count()
    assert 8 <= live <= 20
    assert Ticket.objects.exclude(state__in=LIVE).exists()
    for ticket in Ticket.objects.all():
        assert ticket.events.count() == ticket.last_seq
        assert ticket.reports.count() == 1
        assert ticket.resolutions.exists() is (ticket.solved_at is not None)


def test_what_was_copied_is_what_the_trigger_would_have_taken() -> None:
    seed()
    held = list(Ticket.objects.order_by("pk").values("channel", "family", "about"))
    taken = []
    for group in FailureGroup.objects.filter(tickets__isnull=False).order_by(
        "tickets__pk"
    ):
        source = f"{group.source.slug} {group.source.name}" if group.source else ""
        cause = group.category
        about = f"{cause.slug} {group.provider} {group.region} {source}"
        taken.append({"channel": group.channel, "family": cause.family, "about": about})
    assert held == taken


def test_the_same_number_gives_the_same_desk() -> None:
    seed(20)
    first = list(Ticket.objects.order_by("number").values_list("about", "state"))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE triage_failuregroup, deliveries_message CASCADE")
    seed(20)
    again = list(Ticket.objects.order_by("number").values_list("about", "state"))
    assert again == first


def test_reports_that_are_there_are_not_drowned_by_mistake() -> None:
    make_report()
    with pytest.raises(CommandError, match="--into-existing"):
        seed()
    assert FailureReport.objects.count() == 1
    seed(20, into_existing=True)
    seed(20, into_existing=True)
    assert FailureReport.objects.count() == 41
    make_ticket()  # whose numbers and keys come after those that were copied


@pytest.mark.parametrize("tickets", [0, -1, 10**9])
def test_a_senseless_number_is_refused(tickets: int) -> None:
    with pytest.raises(CommandError, match="from 1 to"):
        seed(tickets)


def test_it_is_found_in_both_languages() -> None:
    seed()
    name = f"{volume.AGENTS[0]}-volume"
    actor = actor_for_user(User.objects.get(username=name))
    now = FailureReport.objects.latest("received_at").received_at
    for text in ("northpost", "验证码"):
        assert find(actor, Asked(text), now=now)
