"""On what are the pages of the site tried? One of everything, around one ticket."""

from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.utils import timezone

from deliveries import suppressions
from deliveries.models import (
    Message,
    Purpose,
    ResendOperation,
    SuppressionOrigin,
)
from knowledgebase import gaps
from knowledgebase.models import Article, MissedSearch
from tests import asking, staffing
from tests.factories import make_address, make_message, make_route, make_source
from tests.resends import planned
from tests.rows import make
from tests.work import UNAVAILABLE, category, make_article, make_ticket
from triage import webhooks
from triage.models import (
    Attachment,
    BulkAction,
    BusinessCalendar,
    CannedText,
    DiagnosisRule,
    Macro,
    MemberRole,
    Membership,
    Queue,
    RehearsalState,
    Reply,
    Resolution,
    RoutingRule,
    RuleRehearsal,
    SavedView,
    Selection,
    StaffNotice,
    Ticket,
    WebhookDelivery,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a surface is tried on; ``other`` works in the ticket's queue.

    ``rule`` was rehearsed and may be switched on; ``fresh`` waits for its rehearsal.
    """

    ticket: Ticket
    message: Message
    article: Article
    other: User
    resend: ResendOperation
    delivery: WebhookDelivery
    rule: DiagnosisRule
    fresh: DiagnosisRule

    def held_by(self, user: User | None) -> "Scene":
        """Give the open ticket to somebody."""
        Ticket.objects.filter(pk=self.ticket.pk).update(assignee=user, state="open")
        return self

    def picked_by(self, user: User) -> "Scene":
        """Let the selection, what was done with it, and the view be somebody's."""
        Selection.objects.update(owner=user)
        BulkAction.objects.update(requested_by=user)
        SavedView.objects.update(owner=user)
        staffing.owned_by(user)
        StaffNotice.objects.update(person=user)

    def unsettled(self) -> "Scene":
        """Let nobody know what became of the message."""
        Message.objects.filter(pk=self.message.pk).update(state="unknown")
        return self

    def solved(self) -> "Scene":
        """Solve the ticket, which puts it into the scope of editors."""
        category = self.ticket.group.category
        Resolution.objects.create(ticket=self.ticket, category=category)
        Ticket.objects.filter(pk=self.ticket.pk).update(state="solved")
        return self

    def with_other(self, other: User) -> "Scene":
        """The same scene with another colleague."""
        return replace(self, other=other)


def make_scene(other: User) -> Scene:
    """A ticket that nobody holds, about a message that may be sent again."""
    make_route()
    address = make_address()
    message = make_message(address=address)
    # For another purpose than the message's: it stands in nobody's way.
    suppressions.suppress(
        address,
        category=category("recipient.inactive"),
        origin=SuppressionOrigin.EVENT,
        purpose=Purpose.MARKETING,
    )
    ticket = make_ticket(message, cause=UNAVAILABLE)
    sender = Membership.objects.filter(role=MemberRole.SENDER).first()
    source = sender.source if sender else make_source()
    endpoint, _ = webhooks.create(
        source, url="https://shop.example/hooks", events=["report.accepted"]
    )
    delivery = webhooks.try_out(endpoint)
    article = make_article().translation.article
    _lack_knowledge()
    rule, fresh = (_rule(other, pattern) for pattern in ("box asleep", "box awake"))
    now = timezone.now()
    common = {"days": 7, "asked_by": other}
    RuleRehearsal.objects.create(
        rule=rule, state=RehearsalState.DONE, ended_at=now, **common
    )
    RuleRehearsal.objects.create(rule=fresh, **common)
    BusinessCalendar.objects.create(slug="office", name="Office")
    RoutingRule.objects.create(queue=ticket.queue, channel="push")
    resend = planned(other, [make_message()], queues=[ticket.queue_id], limit=1)
    picked = Selection.objects.create(owner=other, ids=[ticket.pk])
    BulkAction.objects.create(
        selection=picked,
        action="assign",
        parameters={"to": other.pk},
        requested_by=other,
        expected=1,
    )
    SavedView.objects.create(slug="mine", name="Mine", owner=other)
    Macro.objects.create(queue=ticket.queue, name="Wait", waiting_on="provider")
    CannedText.objects.create(queue=ticket.queue, name="Asked", text="Asked them.")
    make(Attachment, ticket=ticket, added_by=other)
    StaffNotice.objects.create(
        person=other, kind="mentioned", ticket=ticket, dedup_key="note:0"
    )
    Reply.objects.create(
        ticket=ticket, texts={"en": "Soon."}, author=other, undo_until=now
    )
    Queue.objects.create(slug="next", name="Next")
    staffing.make_scene(other)
    asking.make_scene()
    return Scene(ticket, message, article, other, resend, delivery, rule, fresh)


def _lack_knowledge() -> None:
    gaps.open_tasks({category(UNAVAILABLE).pk: gaps.ENOUGH}, timezone.now())
    MissedSearch.objects.create(words="pigeon post", locale="en", reader="person")


def _rule(author: User, pattern: str) -> DiagnosisRule:
    rule = DiagnosisRule.objects.create(
        kind="phrase",
        pattern=pattern,
        category=category("recipient.inactive"),
        author=author,
        reason="Their support said so.",
    )
    rule.refresh_from_db()
    return rule
