"""Is the layer above told of a change in the very transaction that makes it?"""

import pytest
from django.db import transaction

from deliveries import facts
from deliveries.models import ChangeKind, FactChange
from tests.factories import make_message, make_source


@pytest.mark.django_db(transaction=True)
def test_a_change_of_a_message_is_due_at_once() -> None:
    message = make_message()

    with transaction.atomic():
        change = facts.record(ChangeKind.ATTEMPT_FINISHED, message=message, attempt_n=2)

    assert [row.pk for row in FactChange.objects.claim(10)] == [change.pk]
    change.refresh_from_db()
    assert (change.source_id, change.message_id) == (message.source_id, message.pk)
    assert change.attempt_n == 2


@pytest.mark.django_db
def test_a_change_may_belong_to_a_source_alone() -> None:
    source = make_source()

    change = facts.record(ChangeKind.SUPPRESSION, source=source, subject_id=9)

    assert (change.source_id, change.message_id) == (source.pk, None)
    assert change.subject_id == 9


@pytest.mark.django_db
def test_a_change_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="belongs"):
        facts.record(ChangeKind.EVIDENCE)


@pytest.mark.django_db(transaction=True)
def test_a_change_is_not_told_outside_a_transaction() -> None:
    with pytest.raises(facts.OutsideTransaction):
        facts.record(ChangeKind.EVIDENCE, message=make_message())

    assert not FactChange.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_is_lost_together_with_its_cause() -> None:
    message = make_message()
    with transaction.atomic():
        facts.record(ChangeKind.EVIDENCE, message=message)
        transaction.set_rollback(True)

    assert not FactChange.objects.exists()
