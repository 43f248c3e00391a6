"""Who hears by e-mail of new answers to a question, and how do they agree and stop?

Nobody follows before they pressed a button behind a link that only their mailbox holds
(double opt-in). Of the link's random token the digest alone is stored. The link to stop
is signed instead: it works as long as there are mails with it, and stores nothing.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Max, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from deliveries import addresses, redaction, vault
from deliveries.models import ChannelKind
from knowledgebase import spam
from knowledgebase.community import budget
from knowledgebase.community.authors import OURS, Author
from knowledgebase.community.moving import TAKEN, locked
from knowledgebase.community.refused import NotNow
from knowledgebase.models import Answer, Follower, Moderation, Question
from knowledgebase.models.follower import context
from knowledgebase.refusals import Invalid
from knowledgebase.spam import Sent

LINK = timedelta(hours=48)  # in which one may agree
AGAIN = timedelta(minutes=10)  # pressed twice within it, one mail is enough
HOUR = timedelta(hours=1)  # between two mails about one question
LINKS_A_DAY = 3  # mails to one address that nobody agreed to
TOKEN_BYTES = 24  # 192 random bits
MASKED_MAX = 120
EMAIL = ChannelKind.EMAIL


@dataclass(frozen=True, slots=True)
class News:
    """How many answers a follower was not told of, and up to which number."""

    count: int
    through: int


@dataclass(frozen=True, slots=True)
class Wish:
    """An address that is to follow, as it was typed, and the language of the page."""

    address: str
    locale: str


# --- agreeing -------------------------------------------------------------------------


def follow(
    question: Question, wish: Wish, author: Author, sent: Sent, now: datetime
) -> None:
    """Have a link sent to an address, unless it follows already.

    Who asks learns nothing of the address: it returns alike whether it is new, known,
    had mails enough today, or came from a program (``spam``). Raises :class:`Invalid`
    with the field ``email``, :class:`NotNow` and :class:`TooOften`.
    """
    address = wish.address.strip()
    if not addresses.is_usable(EMAIL, address):
        raise Invalid("email", _("Please write one e-mail address."))
    if not question.is_shown or question.state not in TAKEN:
        raise NotNow(_("This question takes no more answers."))
    budget.spend("follow", author, now)
    doubt = spam.doubt("", sent, is_new=False, is_repeated=False)
    if doubt and not author.by_staff:
        return
    ref = addresses.pseudonym_of(OURS, EMAIL, address)
    with transaction.atomic():
        asked = locked(question.pk)
        if _is_settled(asked, ref, now):
            return
        if not budget.allows_today(f"link:{ref}", LINKS_A_DAY, now):
            return
        Follower.objects.update_or_create(
            question=asked,
            address_ref=ref,
            defaults={
                "sealed_address": vault.seal_secret(address, context(ref)),
                "masked": redaction.mask_address(EMAIL, address)[:MASKED_MAX],
                "author_ref": author.ref,
                "locale": wish.locale,
                "told_through": _newest(asked.pk),
                "expires_at": now + LINK,
                "due_at": now,
                "parked_at": None,
                "tries": 0,
            },
        )


def _is_settled(question: Question, ref: str, now: datetime) -> bool:
    """Whether an address follows, or was asked a moment ago."""
    lately = Q(expires_at__gt=now + LINK - AGAIN)
    rows = Follower.objects.filter(question=question, address_ref=ref)
    known: bool = rows.filter(Q(confirmed_at__isnull=False) | lately).exists()
    return known


def new_link(follower: Follower) -> str:
    """Give a claimed follower a token to agree by; empty if the claim was lost."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    held = Follower.objects.held([follower])
    return token if held.update(token_digest=_digest(token)) else ""


def asked_by(token: str) -> Follower | None:
    """The follower whose mail holds the token; none of a question that is hidden."""
    rows = Follower.objects.select_related("question")
    shown = rows.filter(question__moderation=Moderation.SHOWN)
    found: Follower | None = shown.filter(token_digest=_digest(token)).first()
    return found


def is_over(follower: Follower, now: datetime) -> bool:
    """Whether it is too late to agree."""
    return follower.expires_at is not None and follower.expires_at <= now


def confirm(follower: Follower, now: datetime) -> None:
    """Follow from now on; pressed twice it is the same. Raises :class:`NotNow`."""
    if is_over(follower, now):
        raise NotNow(_("This link has ended"))
    waiting = Follower.objects.filter(pk=follower.pk, confirmed_at=None)
    # Due at once: somebody may have answered since the address was typed.
    waiting.update(
        confirmed_at=now, expires_at=None, due_at=now, parked_at=None, tries=0
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- stopping -------------------------------------------------------------------------


def ending(follower: Follower) -> str:
    """What the link to stop holds; nobody makes one without the seal keys."""
    return f"{follower.public_id}.{_signature(follower.public_id)}"


def is_ending(link: str) -> bool:
    """Whether a link to stop is one of ours, also of who was deleted since."""
    public_id, _dot, signature = link.partition(".")
    given, ours = signature.encode(), _signature(public_id).encode()
    return hmac.compare_digest(given, ours)


def ended_by(link: str) -> Follower | None:
    """The follower of a link to stop that is ours, unless they stopped before."""
    rows = Follower.objects.select_related("question")
    found: Follower | None = rows.filter(public_id=link.partition(".")[0]).first()
    return found


def stop(follower: Follower, *, everything: bool) -> None:
    """Delete an address, or wherever else it is kept among followers as well."""
    rows = Follower.objects.filter(address_ref=follower.address_ref)
    if not everything:
        rows = rows.filter(pk=follower.pk)
    rows.delete()


def _signature(public_id: str) -> str:
    return vault.pseudonym(OURS, "stop following", public_id)


def sweep(now: datetime) -> None:
    """Delete the addresses of who did not agree in time."""
    Follower.objects.filter(expires_at__lte=now).delete()


# --- hearing of answers ---------------------------------------------------------------


def announce(answer: Answer, now: datetime) -> None:
    """Number an answer that everybody reads from now on, and have it told.

    Needs an open transaction in which the question is locked: numbers then become
    visible in their order, and none is told of before a lower one.
    """
    number = _newest(answer.question_id) + 1
    Answer.objects.filter(pk=answer.pk).update(shown_number=number)
    wake(answer.question_id, now)


def wake(question_id: int, now: datetime) -> None:
    """Have the followers of a question looked at, each once an hour at most.

    Needs the question locked. Who is due already learns of everything then, and who
    is being written to is looked at again by :func:`told`.
    """
    rows = Follower.objects.confirmed().filter(question=question_id)
    idle = rows.filter(due_at=None, parked_at=None)
    # GREATEST of PostgreSQL passes over what is NULL.
    idle.update(due_at=Greatest(Value(now), F("mailed_at") + HOUR))


def news_for(follower: Follower) -> News:
    """What a follower was not told of: answers by others that everybody reads."""
    rows = Answer.objects.filter(question=follower.question_id)
    counted = rows.filter(shown_number__gt=follower.told_through).aggregate(
        newest=Max("shown_number"),
        count=Count(
            "pk",
            filter=Q(moderation=Moderation.SHOWN) & ~Q(author_ref=follower.author_ref),
        ),
    )
    return News(counted["count"], counted["newest"] or follower.told_through)


def told(follower: Follower, news: News, now: datetime) -> None:
    """Record of which answers a claimed follower knows; of none, no mail went out.

    With the question locked, so that an answer that comes now is not passed over.
    """
    with transaction.atomic():
        locked(follower.question_id)
        then = now + HOUR if news.count else now
        more = _newest(follower.question_id) > news.through
        changes = {"mailed_at": now} if news.count else {}
        Follower.objects.held([follower]).update(
            told_through=news.through,
            due_at=then if more else None,
            tries=0,
            failing_since=None,
            **changes,
        )


def _newest(question_id: int) -> int:
    rows = Answer.objects.filter(question=question_id)
    found: int | None = rows.aggregate(newest=Max("shown_number"))["newest"]
    return found or 0
