"""How does a message fail in the demo, and how does its source say so?"""

from datetime import datetime

from django.db import transaction

from deliveries.models import MessageState, Provider, Source
from triage import intake
from triage.demo import messages
from triage.demo.cases import Case


def tell(
    case: Case,
    name: str,
    person: str,
    occurred_at: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Let a message to a person fail, and let its source report that.

    ``name`` is the source's id of the message and of the report; the same one again
    changes nothing.
    """
    source = Source.objects.get(slug=case.source)
    with transaction.atomic():
        messages.make(
            source,
            name,
            person,
            channel=case.channel,
            purpose=case.purpose,
            locale=case.locale,
            state=MessageState.FAILED,
            region=case.region,
            provider=Provider.objects.get(slug=case.provider),
            expires_at=expires_at,
        )
    report = case.report(name, person, occurred_at, expires_at)
    intake.file(report, source_id=source.pk, now=occurred_at)
