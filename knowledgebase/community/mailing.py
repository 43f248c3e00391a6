"""What do mails to followers of a question say, and when do they go out?

The first asks whether they want it; each later one says how many answers are new, at
most once an hour for a question. None holds a word of an answer. A worker that dies
after the server took a mail may send it again; nothing that waits is lost.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries import vault
from knowledgebase.community import following
from knowledgebase.community.following import News
from knowledgebase.models import Follower

log = logging.getLogger(__name__)

BATCH = 20  # mails
LEASE = timedelta(seconds=130)  # longer than a task may last
RETRY = timedelta(minutes=10)  # of the mail that was refused
NEXT = timedelta(minutes=1)  # of those behind it, which come without it then
GIVE_UP = timedelta(hours=24)  # of refusals; the next answer makes it due again


def mail_due(now: datetime) -> int:
    """Send what is due; return how many followers were looked at.

    A server that refuses one mail may be away, and each try then takes long: the rest
    waits a minute, so that no worker is kept from other work.
    """
    claimed: list[Follower] = Follower.objects.select_related("question").claim(
        BATCH, LEASE
    )
    refused = False
    for follower in claimed:
        if refused:
            _held(follower).update(due_at=now + NEXT, tries=0)
        else:
            refused = not _mail(follower, now)
    for follower in Follower.objects.exhausted(BATCH):
        Follower.objects.park(follower, now)
    return len(claimed)


def _mail(follower: Follower, now: datetime) -> bool:
    """Do what is due for one follower; false when the server refused a mail."""
    try:
        if not settings.EMAIL_HOST or not follower.question.is_shown:
            _held(follower).update(due_at=None, tries=0)
        elif follower.confirmed_at is None:
            return _ask(follower, now)
        elif follower.mailed_at and now < follower.mailed_at + following.HOUR:
            _held(follower).update(due_at=follower.mailed_at + following.HOUR, tries=0)
        else:
            return _tell(follower, now)
    except vault.Unreadable:  # its seal key is gone: nobody can write there
        Follower.objects.park(follower, now)
    return True


def _ask(follower: Follower, now: datetime) -> bool:
    """Send the link to agree by, as long as it is of use."""
    if following.is_over(follower, now):
        _held(follower).update(due_at=None, tries=0)
        return True
    token = following.new_link(follower)
    if not token:
        return True
    with translation.override(follower.locale):
        subject = _("Do you want to hear of new answers?")
        sent = _send(follower, subject, _question_of(follower, token))
    # Who has pressed already is due for news by that.
    asked = _held(follower).filter(confirmed_at=None)
    asked.update(due_at=None if sent else now + RETRY, tries=0)
    return sent


def _tell(follower: Follower, now: datetime) -> bool:
    """Say how many answers are new, if any are."""
    news = following.news_for(follower)
    if news.count and not _send_news(follower, news):
        _put_off(follower, now)
        return False
    following.told(follower, news, now)
    return True


def _send_news(follower: Follower, news: News) -> bool:
    with translation.override(follower.locale):
        subject = ngettext(
            "%(count)d new answer: %(title)s",
            "%(count)d new answers: %(title)s",
            news.count,
        ) % {"count": news.count, "title": _title(follower)}
        return _send(follower, subject, _lines(follower, news))


def _put_off(follower: Follower, now: datetime) -> None:
    since = follower.failing_since or now
    if now - since >= GIVE_UP:
        _held(follower).update(due_at=None, tries=0, failing_since=None)
    else:
        _held(follower).update(due_at=now + RETRY, tries=0, failing_since=since)


def _question_of(follower: Follower, token: str) -> list[str]:
    return [
        _("Somebody, probably you, wants this address to hear of new answers to:"),
        _title(follower),
        "",
        _("To agree, open this page within 48 hours and press its button:"),
        _url("community_confirmation", token, follower.locale),
        "",
        _("If it was not you, do nothing: no more mails come."),
        _("To have the address deleted at once, open this page:"),
    ]


def _lines(follower: Follower, news: News) -> list[str]:
    said = ngettext(
        "There is %(count)d new answer to a question that you follow:",
        "There are %(count)d new answers to a question that you follow:",
        news.count,
    )
    return [
        said % {"count": news.count},
        _title(follower),
        _url("community_question", follower.question.public_id, follower.locale),
        "",
        _("To end these mails, open this page:"),
    ]


def _send(follower: Follower, subject: str, lines: Sequence[str]) -> bool:
    """Write one mail, with its way out; false when the server did not take it.

    The headers are those of RFC 8058 (one press in the reader's mail program ends it)
    and RFC 3834 (no machine answers).
    """
    out = _url("community_follower", following.ending(follower), follower.locale)
    mail = EmailMessage(
        subject=subject,
        body="\n".join([*lines, out, ""]),
        to=[follower.address()],
        headers={
            "List-Unsubscribe": f"<{out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        mail.send()
    except OSError:  # of the network, or an SMTPException
        log.warning("The mail server did not take a mail to %s.", follower.public_id)
        return False
    return True


def _title(follower: Follower) -> str:
    """The question in one line, as a header has to be."""
    return " ".join(follower.question.title.split())


def _url(name: str, argument: str, locale: str) -> str:
    site: str = settings.SITE_URL.rstrip("/")
    path = reverse(name, args=[argument])
    return f"{site}{path}?{urlencode({'language': locale})}"


def _held(follower: Follower) -> Any:
    return Follower.objects.held([follower])
