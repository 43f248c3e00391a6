"""How does a failure become a report: once, whole, and due at once?"""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import IntegrityError, OperationalError
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable, UniqueViolation

from deliveries import addresses, idempotency
from deliveries.models import IdempotencyKey, Message, Recipient
from triage.intake.row import ROUTE, Answer, fresh_answer, usable, values_of
from triage.intake.statement import FILE, PARAMETERS
from triage.intake.submission import Contact, Submission
from triage.models import FailureReport, ReportState

CREATED, KNOWN = 202, 200
# Each try meets rows of other requests that were committed since the one before, and
# every such row is in the way once: message, person, open report of the person.
TRIES = 4
# A request with the same key is waited for so long. Web sessions have it anyway.
PATIENCE = "SET LOCAL lock_timeout = '2s'"
# Django turns the driver's preparing off altogether; this leaves it to each call.
ONLY_WHEN_ASKED = 2**31


class SameAddress(Exception):
    """The contact is the address that failed: no answer would arrive there."""

    def __init__(self) -> None:
        super().__init__(_("Name another address than the one that failed."))


class _Blocked(Exception):
    """Another row was first: roll back, then look at it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """The outcome: an HTTP-like status, the answer, and whether it is a repetition."""

    status: int
    answer: Answer
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Stored:
    """The keys of a report that was stored in this transaction."""

    report_id: int
    recipient_id: int | None
    message_id: int | None
    twin_id: int | None


def file(
    filed: Submission, *, source_id: int, now: datetime, key: str | None = None
) -> Filed:
    """Store a report exactly once and say what its reporter is told.

    The same ``key`` or ``client_report_id`` with the same body gives the same answer
    again. Raises :class:`deliveries.idempotency.Mismatch` when the body differs,
    :class:`deliveries.idempotency.InProgress` when the first request has not ended
    within 2 s, and :class:`SameAddress`. What it returns has been committed, unless
    the caller holds a transaction open.
    """
    for _try in range(TRIES):
        answer = fresh_answer(filed, key, now)
        try:
            return Filed(CREATED, _store(filed, answer, source_id, key, now))
        except _Blocked:
            known = _answered(filed, source_id, key)
        if known is not None:
            return known
    raise idempotency.InProgress


def _store(
    filed: Submission, answer: Answer, source_id: int, key: str | None, now: datetime
) -> Answer:
    values = values_of(filed, answer, source_id=source_id, key=key, now=now)
    try:
        # Alone, the statement is its own transaction: two round trips less.
        with nullcontext() if _suffices(filed) else transaction.atomic():
            stored = _execute(values)
            if filed.contact is not None and usable(filed.contact):
                _keep_contact(filed.contact, stored, source_id, answer.id)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise _Blocked from error
        raise
    if stored.twin_id is None:
        return answer
    return replace(answer, state=ReportState.DUPLICATE.value, dedup="same_person")


def _suffices(filed: Submission) -> bool:
    """Say whether the statement may run without a transaction around it."""
    patient = settings.UNDELIVERED_ROLE == "web"  # its sessions have a lock_timeout
    return patient and filed.contact is None and not connection.in_atomic_block


def _execute(values: dict[str, object]) -> _Stored:
    """Run the statement, prepared once for each connection."""
    if settings.UNDELIVERED_ROLE != "web":
        with connection.cursor() as cursor:
            cursor.execute(PATIENCE)
    connection.ensure_connection()
    connection.connection.prepare_threshold = ONLY_WHEN_ASKED
    try:
        with (
            connection.wrap_database_errors,
            psycopg.RawCursor(connection.connection) as cursor,
        ):
            parameters = [values[name] for name in PARAMETERS]
            row = cursor.execute(FILE, parameters, prepare=True).fetchone()
    except OperationalError as error:
        if _waited_for_a_twin(error):
            raise idempotency.InProgress from error
        raise
    if row is None:
        raise _Blocked
    return _Stored(*row)


def _waited_for_a_twin(error: OperationalError) -> bool:
    """Tell a request that is still running from a table that somebody has locked."""
    cause = error.__cause__
    if not isinstance(cause, LockNotAvailable):
        return False
    tables = (IdempotencyKey._meta.db_table, FailureReport._meta.db_table)
    return any(f'"{table}"' in (cause.diag.context or "") for table in tables)


def _answered(filed: Submission, source_id: int, key: str | None) -> Filed | None:
    """Return the answer to a request that has been seen before, if this is one."""
    if key is not None:
        row = idempotency.recall(source_id, ROUTE, key, filed.body_digest)
        if row is not None:
            answer = Answer.stored(row.response_body)
            return Filed(row.response_status, answer, replayed=True)
    if filed.client_report_id is None:
        return None
    report = FailureReport.objects.filter(
        source_id=source_id, client_report_id=filed.client_report_id
    ).first()
    if report is None:
        return None
    if report.body_digest != filed.body_digest:
        raise idempotency.Mismatch
    answer = _answer_of(report)
    if key is not None:
        _keep_key(answer, filed.body_digest, source_id, key)
    return Filed(KNOWN, answer, replayed=True)


def _answer_of(report: FailureReport) -> Answer:
    return Answer(
        id=report.public_id,
        client_report_id=report.client_report_id,
        state=report.state,
        dedup="replay",
        warnings=(),
        received_at=f"{report.received_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        sanitized=report.sanitized,
    )


def _keep_key(answer: Answer, digest: str, source_id: int, key: str) -> None:
    """Keep the answer under a key that is new to a report that is not."""
    row = IdempotencyKey(
        source_id=source_id,
        route=ROUTE,
        key=key,
        body_digest=digest,
        response_status=KNOWN,
        response_body=answer.kept(),
    )
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)


def _keep_contact(
    contact: Contact, stored: _Stored, source_id: int, public_id: str
) -> None:
    failing = Message.objects.filter(pk=stored.message_id or 0, channel=contact.channel)
    pseudonym = addresses.pseudonym_of(source_id, contact.channel, contact.address)
    if failing.filter(address__pseudonym=pseudonym).exists():
        raise SameAddress
    if stored.recipient_id is None:
        person = Recipient.objects.create(source_id=source_id, external_ref=public_id)
    else:
        person = Recipient.objects.get(pk=stored.recipient_id)
    address = addresses.keep(person, contact.channel, contact.address)
    FailureReport.objects.filter(pk=stored.report_id).update(
        recipient=person, contact_address=address
    )
