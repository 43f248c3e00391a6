"""Which messages, and which orders not to send, does a person see?

Facts know no queue: a message is seen through a ticket of one's queues, or through
one's own source; an order through a message to its address.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from deliveries.actor import Actor
from deliveries.models import Message, Suppression
from deliveries.models.consent import SuppressionQuerySet
from triage.models import FailureReport, Ticket
from triage.models.report import ReportQuerySet
from triage.models.ticket import TicketQuerySet


def messages_visible_to(actor: Actor) -> "QuerySet[Message]":
    """Messages in the actor's scope."""
    if actor.sees_everything:
        return Message.objects.all()
    reports = FailureReport.objects.visible_to(actor).filter(message=OuterRef("pk"))
    scope = Q(Exists(reports))
    if actor.source_id is not None:
        scope |= Q(source=actor.source_id)
    return Message.objects.filter(scope)


def suppressions_visible_to(actor: Actor) -> SuppressionQuerySet:
    """Orders about an address to which a message in the actor's scope went."""
    if actor.sees_everything:
        return Suppression.objects.all()
    return _about(messages_visible_to(actor))


def suppressions_of_queues(queue_ids: Collection[int]) -> SuppressionQuerySet:
    """Orders about an address to which a message of these queues went."""
    reports = FailureReport.objects.filter(
        ticket__queue__in=queue_ids, message=OuterRef("pk")
    )
    return _about(Message.objects.filter(Exists(reports)))


def reports_of(message: Message) -> ReportQuerySet:
    """Reports about a message, whoever may see them."""
    return FailureReport.objects.filter(message=message)


def tickets_of(message: Message, actor: Actor) -> TicketQuerySet:
    """Tickets about a message that the actor sees, the newest first."""
    about = reports_of(message).values("ticket")
    rows = Ticket.objects.visible_to(actor).filter(pk__in=about)
    return rows.order_by("-number")


def _about(messages: "QuerySet[Message]") -> SuppressionQuerySet:
    to_the_address = messages.filter(
        source=OuterRef("source"),
        channel=OuterRef("channel"),
        address__pseudonym=OuterRef("pseudonym"),
    )
    return Suppression.objects.filter(Exists(to_the_address))
