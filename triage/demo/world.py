"""Who lives in the demo, what went wrong there, and what was done about it?

Built from data beside this file, always the same, and safe to build again: every row
has a natural key. The failures take the way of real ones, through intake and pipeline.
"""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import transaction

from deliveries.models import ChannelKind, Source
from knowledgebase import importing
from triage.demo import PASSWORD, day, providers
from triage.models import GENERAL, MemberRole, Membership, Queue, RoutingRule

PORT = 18425  # of the provider, unless somebody else has it

C = ChannelKind
SOURCES = {"shop": ("Shop 商城", "en"), "passport": ("Passport 通行证", "zh-hans")}
QUEUES = {
    "verification": ("Verification and receipts", "验证码与回执"),
    "partners": ("Partner webhooks", "合作方回调"),
}
# position: channel, source, queue; an empty condition fits everything
RULES = {
    1: (C.WEBHOOK, "", "partners"),
    2: (C.SMS, "", "verification"),
    3: ("", "passport", "verification"),
}
# user name: first name, last name, queues, role in them
STAFF = {
    "ana": ("Ana", "Ferreira", (GENERAL, "verification"), MemberRole.AGENT),
    "leo": ("Leo", "Brandt", (GENERAL, *QUEUES), MemberRole.LEAD),
    "mia": ("Mia", "Chen", (), None),
    "aud": ("Aud", "Solberg", (), None),
    "admin": ("Ada", "Novák", (), None),
}
GROUPS = {"mia": "editor", "aud": "auditor"}


def build(now: datetime, port: int = PORT) -> None:
    """Put the world into the database, or what of it is missing."""
    with transaction.atomic():
        _connect_sources()
        _seat_queues()
        _seat_people()
        providers.point_at(port)
        importing.import_starter(now)
    day.begin(now)


def _seat_queues() -> None:
    for slug, (name, name_zh_hans) in QUEUES.items():
        words = {"name": name, "name_zh_hans": name_zh_hans}
        Queue.objects.get_or_create(slug=slug, defaults=words)
    for position, (channel, source, slug) in RULES.items():
        RoutingRule.objects.get_or_create(
            position=position,
            channel=channel,
            source=Source.objects.filter(slug=source).first(),
            queue=Queue.objects.get(slug=slug),
        )


def _seat_people() -> None:
    known = set(User.objects.values_list("username", flat=True))
    missing = [name for name in STAFF if name not in known]
    # Slow by intent, so once for all: the password is printed anyway.
    digest = make_password(PASSWORD) if missing else ""
    for name in missing:
        first, last, _queues, _role = STAFF[name]
        is_admin = name == "admin"
        User.objects.create(
            username=name,
            email=f"{name}@desk.example",
            password=digest,
            first_name=first,
            last_name=last,
            is_staff=is_admin,
            is_superuser=is_admin,
        )
    for name, (_first, _last, queues, role) in STAFF.items():
        person = User.objects.get(username=name)
        for queue in Queue.objects.filter(slug__in=queues):
            Membership.objects.get_or_create(person=person, queue=queue, role=role)
        if name in GROUPS:
            person.groups.add(Group.objects.get(name=GROUPS[name]))


def _connect_sources() -> None:
    for slug, (name, locale) in SOURCES.items():
        words = {"name": name, "default_locale": locale}
        Source.objects.get_or_create(slug=slug, defaults=words)
