"""Who gets an e-mail about their inbox, and how seldom?

An unread line goes out with all others that wait, at most every ten minutes a person.
A mail holds no words of a note: it leads to where those are read. A worker that dies
after the server took the mail may send it again; a line that waits is never lost.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from triage import access
from triage.inbox.words import of_notice
from triage.models import AgentProfile, StaffNotice, Ticket

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=10)
GIVE_UP = timedelta(hours=24)
BATCH = 20  # lines; with ten seconds a mail they are done within their lease
SHOWN = 30  # lines of one mail


def mail_due(now: datetime) -> int:
    """Send what is due; return how many lines were looked at."""
    claimed: list[StaffNotice] = StaffNotice.objects.claim(BATCH)
    by_person: dict[int, list[StaffNotice]] = defaultdict(list)
    for notice in claimed:
        by_person[notice.person_id].append(notice)
    people = User.objects.select_related("agent_profile").in_bulk(by_person)
    for pk, notices in by_person.items():
        _mail(people[pk], notices, now)
    for notice in StaffNotice.objects.exhausted(BATCH):
        StaffNotice.objects.park(notice, now)
    return len(claimed)


def _mail(person: User, claimed: Sequence[StaffNotice], now: datetime) -> None:
    held: Any = StaffNotice.objects.held(claimed)
    profile = getattr(person, "agent_profile", None) or AgentProfile(person=person)
    unwanted = not (profile.mails_inbox and person.email and person.is_active)
    if unwanted or not settings.EMAIL_HOST:
        held.update(due_at=None, tries=0)
        return
    if profile.mailed_at is not None and now < profile.mailed_at + EVERY:
        held.update(due_at=profile.mailed_at + EVERY, tries=0)
        return
    rows = held.unread().with_everything_for_list()
    waiting: list[StaffNotice] = list(rows.order_by("pk"))
    if waiting and not _send(person, profile, waiting):
        held.filter(at__lte=now - GIVE_UP).update(due_at=None, tries=0)
        held.filter(at__gt=now - GIVE_UP).update(due_at=now + EVERY, tries=0)
        return
    held.update(due_at=None, tries=0, mailed_at=now if waiting else None)
    if waiting:
        AgentProfile.objects.update_or_create(
            person=person, defaults={"mailed_at": now}
        )


def _send(person: User, profile: AgentProfile, notices: Sequence[StaffNotice]) -> bool:
    """Write one mail about all; false when the server did not take it."""
    with (
        translation.override(profile.locale),
        timezone.override(profile.zone_info),
    ):
        mail = EmailMessage(
            subject=ngettext(
                "%(count)d new line in your inbox",
                "%(count)d new lines in your inbox",
                len(notices),
            )
            % {"count": len(notices)},
            body=_body(person, notices),
            to=[person.email],
        )
    try:
        mail.send()
    except OSError:  # of the network, or an SMTPException
        log.warning("The mail server did not take a mail to person %d.", person.pk)
        return False
    return True


def _body(person: User, notices: Sequence[StaffNotice]) -> str:
    seen = Ticket.objects.visible_to(access.actor_for_user(person))
    ids = {each.ticket_id for each in notices if each.ticket_id}
    visible = set(seen.filter(pk__in=ids).values_list("pk", flat=True))
    lines = [
        f"- {of_notice(each, visible=each.ticket_id in visible)}"
        for each in notices[:SHOWN]
    ]
    return "\n".join(
        [
            *lines,
            "",
            settings.SITE_URL.rstrip("/") + reverse("inbox"),
            "",
            _("Your profile says whether you get these mails."),
        ]
    )
