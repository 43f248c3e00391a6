"""Which providers carry the demo's messages, and where are they reached?

Each speaks as a real one does, through its real adapter. Where there is a second one
for a channel, it stands behind the first and takes over when that is interrupted.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from deliveries import receipts
from deliveries.channels.catalogue import specs
from deliveries.models import (
    Adapter,
    ChannelKind,
    Dedup,
    Dialect,
    EvidenceLevel,
    HookEndpoint,
    Provider,
    Route,
    Scheme,
)
from triage.demo.loopback import Behaviour, Place, place_of
from triage.demo.loopback.receipts import BASIC_USER, Hook
from triage.demo.scenarios import Scenario

C, A, D = ChannelKind, Adapter, Dialect
EU, CN = "eu-west", "cn-east"


@dataclass(frozen=True, slots=True)
class Carrier:
    """One provider of the demo; ``begins`` is how it behaves in a new world.

    ``region`` and ``position`` are those of its route; ``reports`` is the dialect of
    its receipts, if it sends any.
    """

    name: str
    channel: ChannelKind
    region: str
    adapter: Adapter
    position: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    reports: Dialect | None = None
    begins: Scenario = Scenario.OK


TWILIO = {"user": "AC0demo", "sender": "+44 7700 900000"}
ALIYUN = {"sign_name": "示例商城", "template": "SMS_154950909"}
PASSWORD = {"password": "demo"}
CARRIERS: dict[str, Carrier] = {
    "northpost": Carrier("Northpost Mail", C.EMAIL, EU, A.WEBHOOK),
    "skyline-mail": Carrier("Skyline 云邮", C.EMAIL, CN, A.WEBHOOK),
    "parcel-mail": Carrier("Parcel Mail", C.EMAIL, "", A.WEBHOOK, 2),
    "harbour-sms": Carrier(
        "Harbour SMS", C.SMS, EU, A.TWILIO, 1, TWILIO, PASSWORD, D.TWILIO
    ),
    "lotus-sms": Carrier(
        "Lotus 短信",
        C.SMS,
        CN,
        A.ALIYUN_SMS,
        1,
        ALIYUN,
        {"key_id": "demo", "key_secret": "demo"},
        D.ALIYUN_SMS,
    ),
    "meridian-sms": Carrier(
        "Meridian SMS", C.SMS, "", A.SMS_HTTP, 2, {}, {"token": "demo"}, D.STANDARD
    ),
    "pushgate": Carrier(
        "Pushgate",
        C.PUSH,
        "",
        A.JPUSH,
        1,
        {"user": "demo"},
        PASSWORD,
        D.JPUSH,
        Scenario.DOWN,
    ),
    "beacon-push": Carrier(
        "Beacon Push", C.PUSH, "", A.JPUSH, 2, {"user": "demo"}, PASSWORD, D.JPUSH
    ),
    "chatline": Carrier(
        "Chatline",
        C.CHAT,
        "",
        A.WHATSAPP,
        1,
        {"phone_number_id": "1001"},
        {"token": "demo"},
        D.WHATSAPP,
    ),
    "courier-chat": Carrier(
        "Courier Chat", C.CHAT, "", A.TELEGRAM, 2, {}, {"token": "demo"}
    ),
    "commons": Carrier(
        "Commons Social",
        C.SOCIAL,
        "",
        A.OAUTH2,
        1,
        {"client_id": "demo"},
        {"client_secret": "demo"},
        D.STANDARD,
    ),
    "partner-hooks": Carrier("Partner hooks", C.WEBHOOK, "", A.WEBHOOK),
}


def point_at(port: int) -> None:
    """Let every provider of the demo be the one that listens on a port.

    How each behaves stays as somebody chose it.
    """
    known = {each.slug: each for each in Provider.objects.filter(slug__in=CARRIERS)}
    for slug, carrier in CARRIERS.items():
        provider = known.get(slug) or Provider(slug=slug)
        _set_up(provider, carrier, port)
        provider.save()
        Route.objects.get_or_create(
            provider=provider,
            channel=carrier.channel,
            region=carrier.region,
            defaults={"position": carrier.position},
        )


def scenario_of(provider: Provider) -> Scenario | None:
    """How a provider behaves; None if it is none of the demo's."""
    place = place_of(provider.address)
    if place is None or place.behaviour.value not in Scenario.values:
        return None
    return Scenario(place.behaviour.value)


def addressed(slug: str, scenario: Scenario, port: int) -> str:
    """The address at which a provider of the demo behaves so."""
    adapter = CARRIERS[slug].adapter
    dialect = "plain" if adapter == Adapter.WEBHOOK else adapter.value
    return Place(port, Behaviour(scenario.value), dialect, slug).url


def open_hooks(site: str) -> dict[str, Hook]:
    """Give each provider that reports an address at the desk, anew; keyed by slug.

    ``site`` is where the desk answers, as ``http://127.0.0.1:8000``. Tokens and secrets
    are made each time, so an address of an earlier run is worth nothing.
    """
    hooks: dict[str, Hook] = {}
    for slug, carrier in CARRIERS.items():
        if carrier.reports is None:
            continue
        provider = Provider.objects.get(slug=slug)
        scheme, secret = _proof(carrier.reports)
        with transaction.atomic():
            row = HookEndpoint.objects.filter(provider=provider).first()
            row = row or HookEndpoint(provider=provider)
            row.dialect, row.scheme = carrier.reports, scheme
            token = row.issue_token()
            basic = scheme == Scheme.BASIC
            row.seal([f"{BASIC_USER}:{secret}" if basic else secret])
            row.save()
        hooks[slug] = Hook(site.rstrip("/") + receipts.path_of(row, token), secret)
    return hooks


def _proof(dialect: Dialect) -> tuple[Scheme, str]:
    """How a provider proves its receipts, and a new secret for that."""
    if dialect == Dialect.STANDARD:
        return Scheme.STANDARD, "whsec_" + base64.b64encode(
            secrets.token_bytes(24)
        ).decode()
    best = receipts.best_scheme(dialect)
    return Scheme(Scheme.BASIC if best == "none" else best), secrets.token_urlsafe(18)


def _set_up(provider: Provider, carrier: Carrier, port: int) -> None:
    scenario = scenario_of(provider) or carrier.begins
    spec = specs()[carrier.adapter]
    settings: dict[str, Any] = dict(carrier.settings)
    if carrier.adapter == Adapter.OAUTH2:
        place = Place(port, Behaviour.OK, carrier.adapter.value, provider.slug)
        settings["token_url"] = f"{place.url}token"
    new = provider.adapter != carrier.adapter
    provider.name, provider.channel = carrier.name, carrier.channel
    provider.adapter, provider.settings = carrier.adapter, settings
    provider.address = addressed(provider.slug, scenario, port)
    # What a provider could be asked after a crash, the demo's cannot.
    provider.dedup = Dedup.KEY if spec.dedup == Dedup.KEY else Dedup.NONE
    best = min(spec.attainable, EvidenceLevel.DELIVERED)
    provider.attainable_level = EvidenceLevel(best)
    if new and carrier.credentials:
        provider.seal(dict(carrier.credentials), timezone.now())
