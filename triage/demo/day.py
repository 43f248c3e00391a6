"""What has already happened when the demo begins?

Failures of the last hours, filed and digested like real ones; repairs that are due in
a moment; and what two people of the desk have done about the rest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from deliveries.actor import Actor
from deliveries.models import DeliveryAttempt, FailureCategory, Outcome
from knowledgebase.models import Article, ArticleVersion, Audience
from triage import access, pipeline, resolution, tickets
from triage.demo import cases
from triage.demo.telling import tell
from triage.models import FailureReport, NoteKind, Ticket

SOON = timedelta(minutes=10)  # repairs that are planned within it come at once,
APART = timedelta(seconds=3)  # one after the other


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote on the ticket of a case after taking it."""

    case: str
    by: str
    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True)
class Solution:
    """How somebody resolved the ticket of a case."""

    case: str
    by: str
    category: str
    text: str


REMARKS = (
    Remark(
        "too-large",
        "ana",
        NoteKind.OBSERVATION,
        "Only the invoice with drawings fails, 31 MB after encoding; the same person"
        " got yesterday's without. The limit there seems to be 25 MB.",
    ),
    Remark(
        "cannot-tell",
        "ana",
        NoteKind.HYPOTHESIS,
        "The answer names neither a code nor a rule that we know. Asked Northpost what"
        " their reference stands for; it looks like a local block.",
    ),
    Remark(
        "credentials",
        "leo",
        NoteKind.DECISION,
        "供应商今天轮换了密钥，我方还在用旧的。已请平台组更换，换好之前不要手动重发。",
    ),
)
SOLUTIONS = (
    Solution(
        "address-gone",
        "ana",
        "recipient.unknown",
        "Both addresses belong to closed accounts. The people were reached by push and"
        " have changed the address in their settings.",
    ),
    Solution(
        "dmarc",
        "leo",
        "config.sender_auth",
        "The campaign host was missing from the SPF record since the move. Record"
        " changed, a test message passes SPF and DKIM.",
    ),
    Solution(
        "sms-template",
        "leo",
        "content.template_invalid",
        "新模板仍在审核中，已退回上一个通过的版本，抽查三条均已送达。",
    ),
    Solution(
        "hook-gone",
        "leo",
        "client.endpoint_gone",
        "The partner has given us the address of the new host; the old one is switched"
        " off for good.",
    ),
)

# What is solved should stay so for a while: live traffic leaves these cases out.
SOLVED = frozenset(solution.case for solution in SOLUTIONS)


def begin(now: datetime) -> None:
    """Let it all happen, unless it has happened before."""
    first = cases.load()[0]
    if FailureReport.objects.filter(client_report_id=_name(first.slug, 1)).exists():
        return
    for case in cases.load():
        for nth, person in enumerate(case.people, 1):
            tell(case, _name(case.slug, nth), person, case.happened_at(now, nth))
    while pipeline.digest_due(now):
        pass
    _open_when_it_began()
    _hasten_repairs(now)
    for remark in REMARKS:
        _remark(remark)
    for solution in SOLUTIONS:
        _solve(solution, now)


def _name(slug: str, nth: int) -> str:
    return f"demo-{slug}-{nth}"


def _open_when_it_began() -> None:
    """Date tickets to the first failure: the day of the demo was told in a second."""
    for ticket in Ticket.objects.select_related("group"):
        began = ticket.group.first_seen
        Ticket.objects.filter(pk=ticket.pk).update(opened_at=began)


def _hasten_repairs(now: datetime) -> None:
    soon = DeliveryAttempt.objects.filter(
        outcome=Outcome.PLANNED, due_at__lt=now + SOON
    )
    for nth, attempt in enumerate(soon.order_by("pk"), 1):
        DeliveryAttempt.objects.filter(pk=attempt.pk).update(due_at=now + nth * APART)


def _remark(remark: Remark) -> None:
    number, actor = _ticket_of(remark.case), _actor(remark.by)
    tickets.take(number, actor)
    tickets.note(number, actor, kind=remark.kind, body=remark.text)


def _solve(solution: Solution, now: datetime) -> None:
    number, actor = _ticket_of(solution.case), _actor(solution.by)
    tickets.take(number, actor)
    answer = resolution.Answer(
        category=FailureCategory.objects.get(slug=solution.category),
        note=solution.text,
        article_version=_article_about(solution.category),
    )
    resolution.resolve(number, actor, answer, now=now)


def _ticket_of(case: str) -> int:
    report = FailureReport.objects.get(client_report_id=_name(case, 1))
    if report.ticket is None:
        raise LookupError(f"The demo's case {case} has no ticket.")
    return int(report.ticket.number)


def _actor(username: str) -> Actor:
    return access.actor_for_user(User.objects.get(username=username))


def _article_about(category: str) -> ArticleVersion | None:
    # Tips for reporters are about the same causes; staff cite what is written for them.
    about = Article.objects.filter(categories__slug=category)
    article = about.filter(audience=Audience.INTERNAL).first()
    return article.shown_version() if article else None
