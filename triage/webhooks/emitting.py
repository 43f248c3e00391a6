"""Who is told of an event, and in which words?

A row for each endpoint that listens, in the transaction of the cause. The body is the
object as the API shows it to a key of that source, fixed when the event happens.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.utils.encoders import JSONEncoder

from deliveries import bell, public_id
from triage import answers
from triage.models import (
    EndpointState,
    FailureReport,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKind,
)

DELIVER = "triage.tasks.deliver_webhooks"
SHOWN = (
    "source",
    "message",
    "category",
    "duplicate_of__category",
    "duplicate_of__group__category",
    "group__category",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a source: what it is about, and what is said about it."""

    source_id: int
    subject: str
    data: Mapping[str, object]


def emit(
    kind: WebhookKind, source_id: int, subject: str, data: Mapping[str, object]
) -> int:
    """Tell the endpoints of a source that listen; return to how many.

    ``data`` is what the source may see of the object that it calls ``subject``. Needs
    the transaction of the cause.
    """
    listening = _listening(kind, [source_id])
    return _write(kind, [Told(source_id, subject, data)], listening)


def emit_reports(kind: WebhookKind, ids: Sequence[int]) -> int:
    """Tell of reports as they are now, each to its own source; return how often.

    Costs one query where nobody listens. Needs the transaction of the cause.
    """
    if not ids:
        return 0
    rows = FailureReport.objects.filter(pk__in=ids)
    listening = _listening(kind, rows.values_list("source_id", flat=True))
    if not listening:
        return 0
    tips: dict[object, object] = {}  # looked for once for each cause
    told = [
        Told(report.source_id, report.public_id, _shown(report, tips))
        for report in rows.filter(source__in=listening)
        .select_related(*SHOWN)
        .order_by("pk")
    ]
    return _write(kind, told, listening)


def is_heard(kind: WebhookKind, source_ids: Iterable[int]) -> bool:
    """Whether any endpoint of the sources wants to be told of a kind."""
    return bool(_listening(kind, source_ids))


def write_for(endpoint: WebhookEndpoint, kind: WebhookKind, told: Told) -> int:
    """Tell one endpoint alone, whether it listens or not."""
    return _write(kind, [told], {endpoint.source_id: [endpoint.pk]})


def _listening(kind: WebhookKind, sources: Iterable[int]) -> dict[int, list[int]]:
    """Return the endpoints that want to be told of a kind, by their source."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = WebhookEndpoint.objects.filter(
        source__in=sources, state=EndpointState.ACTIVE, events__contains=[kind]
    )
    for source_id, pk in rows.order_by("pk").values_list("source_id", "pk"):
        found[source_id].append(pk)
    return dict(found)


def _shown(
    report: FailureReport, tips: dict[object, object] | None = None
) -> dict[str, object]:
    context = {
        "link": lambda name: f"{reverse('api_reports')}{name}/",
        "tips": {} if tips is None else tips,
    }
    with translation.override(report.source.default_locale):
        return dict(answers.ReportDetailSerializer(report, context=context).data)


def _write(
    kind: WebhookKind, told: Sequence[Told], listening: Mapping[int, list[int]]
) -> int:
    heard = [each for each in told if each.source_id in listening]
    if not heard:
        return 0
    last = _last_sequences({each.subject for each in heard})
    at = timezone.now()
    rows = []
    for each in heard:
        last[each.subject] += 1
        event_id, body = public_id.new("evt_"), _body(kind, each, last, at)
        rows += [
            WebhookDelivery(
                endpoint_id=endpoint,
                event_id=event_id,
                kind=kind,
                subject=each.subject,
                sequence=last[each.subject],
                body=body,
                due_at=Now(),
            )
            for endpoint in listening[each.source_id]
        ]
    WebhookDelivery.objects.bulk_create(rows)
    transaction.on_commit(lambda: bell.ring(DELIVER), robust=True)
    return len(rows)


def _last_sequences(subjects: Iterable[str]) -> dict[str, int]:
    """Return the number of each object's last event; who changes it has locked it."""
    rows = WebhookDelivery.objects.filter(subject__in=subjects).order_by()
    known = dict(rows.values_list("subject").annotate(last=Max("sequence")))
    return defaultdict(int, known)


def _body(kind: WebhookKind, told: Told, last: Mapping[str, int], at: datetime) -> str:
    body = {
        "type": kind.value,
        "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "sequence": last[told.subject],
        "data": told.data,
    }
    return json.dumps(body, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))
