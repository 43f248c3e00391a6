"""Is a plan that a person waits for carried out, by whomever it is rung for?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deliveries import jobs, tasks
from deliveries.models import ResendOperation, ResendState
from tests.factories import make_route
from tests.resends import drafted, fresh, let_leases_end, make_failed, started

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operation() -> ResendOperation:
    make_route()
    return drafted(User.objects.create_user("ana"), make_failed(2))


def test_a_job_judges_a_plan_and_freezes_it(operation: ResendOperation) -> None:
    jobs.plan_resend(operation.pk)
    jobs.plan_resend(operation.pk)  # a queue may deliver it twice
    row = fresh(operation)
    assert (row.state, row.n_planned) == (ResendState.PLANNED, 2)


def test_the_sweeper_rings_for_what_no_worker_has(
    operation: ResendOperation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(jobs.plan_resend, "delay", rung.append)
    tasks.ring_for_plans()
    assert rung == []
    ResendOperation.objects.update(alive_at=timezone.now() - timedelta(seconds=62))
    tasks.ring_for_plans()
    assert rung == [operation.pk]
    ResendOperation.objects.update(alive_at=timezone.now() - timedelta(seconds=80))
    tasks.ring_for_plans()
    assert rung == [operation.pk]  # once in a minute is enough


def test_the_beat_takes_resends_on(operation: ResendOperation) -> None:
    begun = started(User.objects.create_user("leo"), make_failed(1))
    let_leases_end()
    tasks.advance_resends()
    assert fresh(begun).n_claimed == 1
    assert fresh(operation).state == ResendState.DRAFT
