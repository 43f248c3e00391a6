"""How do tests come by reporters who can be reached, and see what left for them?"""

from datetime import datetime, timedelta
from itertools import count

from django.db import transaction
from django.utils import timezone

from deliveries import addresses, contents
from deliveries.models import Adapter, ChannelKind, Message, Provider, Route, Source
from tests.factories import make_message, make_source
from tests.work import make_report
from triage import notices
from triage.models import Carrier, FailureReport, Notice

_numbers = count(1)


def make_sms_route() -> Route:
    """A route over which text messages would leave."""
    provider = Provider.objects.create(
        slug=f"texts-{next(_numbers)}",
        name="Texts",
        channel=ChannelKind.SMS,
        adapter=Adapter.WEBHOOK,
        address="http://127.0.0.1:9/",
        dedup="key",
        attainable_level=3,
    )
    return Route.objects.create(
        channel=ChannelKind.SMS, provider=provider, position=1, region=""
    )


def reachable(
    source: Source | None = None, *, locale: str = "en", phone: str | None = None
) -> FailureReport:
    """A report about a mail of somebody who also has a phone, if not an empty one."""
    number = next(_numbers)
    source = source or make_source()
    with transaction.atomic():
        person = source.recipients.create(
            external_ref=f"reporter-{number}", locale=locale
        )
        mail = addresses.keep(person, ChannelKind.EMAIL, f"p{number}@box.example")
        phone = f"+8613800{number:06d}" if phone is None else phone
        if phone:
            addresses.keep(person, ChannelKind.SMS, phone)
    message = make_message(source, address=mail, channel=ChannelKind.EMAIL)
    return make_report(message, provider="northpost")


def leave(now: datetime | None = None) -> int:
    """Let everything that is due leave, as if the time to take it back were over."""
    Notice.objects.filter(due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(hours=1)  # before the test's transaction
    )
    return notices.send_due(now or timezone.now(), 2_000)


def letters() -> list[tuple[Message, contents.Content]]:
    """Every message that carries a notice, with its words, in their order."""
    rows = Message.objects.filter(pk__in=Carrier.objects.values("message"))
    found = rows.select_related("recipient__key", "address").order_by("pk")
    return [(each, content) for each in found if (content := contents.read(each))]
