"""At which address may an account report, and what happens to what it sends?"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from deliveries import signatures
from deliveries.models import (
    Fate,
    HookEndpoint,
    Provider,
    Scheme,
    Source,
    digest_of,
)
from deliveries.receipts import mails, reading, schemes, sns
from deliveries.receipts.dialects import dialect
from deliveries.receipts.finding import Finder
from deliveries.receipts.knock import Knock
from deliveries.receipts.taking import Bearer, count, park, take_all
from deliveries.receipts.vocabulary import Unreadable
from deliveries.vault import Unreadable as Sealed

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
ECHO = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class NotAuthentic(Exception):
    """Nothing proves that the request comes from the provider."""


class BadEndpoint(ValueError):
    """An address for receipts cannot be made so; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How the caller will prove who they are: a scheme, and the secrets that fit."""

    scheme: str
    secrets: Sequence[str] = ()


def issue(
    *, dialect_name: str, provider: Provider | None, source: Source | None, proof: Proof
) -> tuple[HookEndpoint, str]:
    """Make an address and return its row and its token, which is shown this once.

    Raises :class:`BadEndpoint`.
    """
    check(dialect_name, provider, proof)
    row = HookEndpoint(
        provider=provider, source=source, dialect=dialect_name, scheme=proof.scheme
    )
    token = row.issue_token()
    if proof.secrets:
        row.seal(list(proof.secrets))
    row.save()
    return row, token


def check(dialect_name: str, provider: Provider | None, proof: Proof) -> None:
    """Refuse what could never work; raises :class:`BadEndpoint`."""
    allowed = dialect(dialect_name).schemes
    if proof.scheme not in allowed:
        said = {"schemes": ", ".join(allowed)}
        raise BadEndpoint(_("Choose a proof that it can give: %(schemes)s.") % said)
    if (proof.scheme == "none") == any(proof.secrets):
        raise BadEndpoint(_("Give the secret of the proof, and none without a proof."))
    if proof.scheme == Scheme.SNS and not all(map(_is_topic, proof.secrets)):
        raise BadEndpoint(_("Give the ARN of the topic, arn:aws:sns:…, as the secret."))
    if provider is None and dialect_name != "mail":
        raise BadEndpoint(_("Name the provider whose receipts come in."))
    if proof.scheme == "basic" and not all(":" in each for each in proof.secrets):
        raise BadEndpoint(_("Give user and password with a colon between them."))


def _is_topic(text: str) -> bool:
    try:
        return bool(signatures.sns_host(text))
    except ValueError:
        return False


def path_of(endpoint: HookEndpoint, token: str) -> str:
    """Return the path to which the provider posts."""
    return f"/api/v1/hooks/{endpoint.name}/{token}/"


def find(name: str, token: str) -> HookEndpoint | None:
    """Return the enabled endpoint of an address, or nothing."""
    if not TOKEN.fullmatch(token):
        return None
    rows = HookEndpoint.objects.select_related("provider", "source")
    row = rows.filter(token_digest=digest_of(token), enabled=True).first()
    return row if row is not None and row.name == name else None


def echo(endpoint: HookEndpoint, token: str, query: dict[str, str]) -> str | None:
    """Return what a provider wants to see before it uses the address; None refuses.

    Some also send a word that the operator gave them: the token of the address.
    """
    spoken = dialect(endpoint.dialect)
    challenge = query.get(spoken.challenge, "")
    if not ECHO.fullmatch(challenge):
        return None
    if spoken.challenge_word:
        word = query.get(spoken.challenge_word, "")
        if not hmac.compare_digest(word.encode("utf-8", "replace"), token.encode()):
            return None
    return challenge


def asks_for_echo(endpoint: HookEndpoint) -> bool:
    """Say whether providers of this kind first ask by GET for an echo."""
    return bool(dialect(endpoint.dialect).challenge)


def is_looked_at(endpoint: HookEndpoint) -> bool:
    """Say whether providers of this kind first look by HEAD for the address."""
    return dialect(endpoint.dialect).looks


def best_scheme(dialect_name: str) -> str:
    """Return the strongest proof that a provider of this kind can give."""
    return dialect(dialect_name).schemes[0]


def is_form(endpoint: HookEndpoint) -> bool:
    """Say whether receipts come as a form rather than as JSON."""
    return dialect(endpoint.dialect).form


def take(endpoint: HookEndpoint, knock: Knock, now: datetime) -> str:
    """Take in what came; return the words that the provider wants for an answer.

    When this returns, everything is committed. Raises :class:`NotAuthentic`, which is
    counted, and ``sns.CannotTell`` where the provider has to tell again. What is
    authentic and cannot be read is parked for people.
    """
    if not _is_authentic(endpoint, knock, now):
        count(endpoint, Fate.REFUSED, now)
        raise NotAuthentic
    if endpoint.dialect == "mail":
        count(endpoint, mails.take_mail(knock.body, now, endpoint).fate, now)
        return ""
    if endpoint.scheme == Scheme.SNS and _is_about_the_line(endpoint, knock, now):
        return ""
    spoken = dialect(endpoint.dialect)
    try:
        receipts = reading.read(knock, spoken)
    except Unreadable as error:
        park(endpoint, knock.body, str(error), now)
        return spoken.answer
    finder = Finder(endpoint, [each.refs for each in receipts])
    bearer = Bearer(endpoint.provider, endpoint.trusted)
    fates = take_all(receipts, finder, bearer, now)
    for fate, number in sorted(fates.items()):
        count(endpoint, fate, now, number)
    return spoken.answer


def _is_about_the_line(endpoint: HookEndpoint, knock: Knock, now: datetime) -> bool:
    """Confirm a subscription; tell people of one that ended. False for a receipt."""
    kind = sns.kind_of(knock)
    if kind == signatures.SNS_CONFIRMATION:
        sns.confirm(knock)
        count(endpoint, Fate.TAKEN, now)
        return True
    if kind == signatures.SNS_UNSUBSCRIBED:
        park(endpoint, kind.encode(), "the topic tells us nothing any more", now)
        return True
    return False


def _is_authentic(endpoint: HookEndpoint, knock: Knock, now: datetime) -> bool:
    try:
        live = endpoint.secrets
    except Sealed:
        return False  # fails closed; the operator has to enter the secret again
    if endpoint.scheme == Scheme.SNS:
        return sns.is_authentic(knock, live, now)
    spoken = dialect(endpoint.dialect)
    return schemes.is_authentic(
        knock, endpoint.scheme, live, spoken, int(now.timestamp())
    )
