"""How does a test follow a question by e-mail, and read what the mails say?"""

import re
from datetime import timedelta

from django.core import mail
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from knowledgebase.community import mailing
from knowledgebase.models import Follower, Question
from tests.asking import HOME, press, stamp

SITE = "https://desk.example.org"
JO = "Jo.Miller@example.org"
MINUTE = timedelta(minutes=1)


def wish(
    client: Client, question: Question, email: str = JO, **said: str
) -> HttpResponse:
    """Type an address in, at a person's speed."""
    words = {"email": email, "stamp": stamp(), **said}
    return press(client, question, "followers", **words)


def wish_in_chinese(client: Client, question: Question) -> None:
    """Type an address in on the Chinese page."""
    path = f"{HOME}{question.public_id}/followers/?language=zh-hans"
    client.post(path, {"email": JO, "stamp": stamp()})


def mail_out() -> list[EmailMessage]:
    """What the worker sends next; nothing that waits longer than a minute."""
    before = len(mail.outbox)
    soon = timezone.now() + MINUTE
    due = Follower.objects.filter(due_at__lte=soon)
    due.update(due_at=timezone.now() - MINUTE)
    mailing.mail_due(timezone.now())
    return list(mail.outbox[before:])


def link_in(sent: EmailMessage, kind: str) -> str:
    """The address of a page that a mail names, without the site."""
    found = re.search(rf"{SITE}(/community/{kind}/\S+)", str(sent.body))
    assert found is not None, sent.body
    return found[1]


def follow(client: Client, question: Question, email: str = JO) -> Follower:
    """Follow a question: type the address in, open the mail, press the button."""
    wish(client, question, email)
    (sent,) = mail_out()
    client.post(link_in(sent, "confirmations"))
    mail_out()  # looks whether somebody has answered since
    follower: Follower = Follower.objects.latest("pk")
    assert follower.confirmed_at is not None
    return follower


def an_hour_passes() -> None:
    """Let the mails of before be an hour old."""
    for row in Follower.objects.filter(mailed_at__isnull=False):
        changes = {"mailed_at": row.mailed_at - timedelta(hours=1)}
        if row.due_at:
            changes["due_at"] = row.due_at - timedelta(hours=1)
        Follower.objects.filter(pk=row.pk).update(**changes)
