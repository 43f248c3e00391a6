"""Does this come from our topic at Amazon SNS, and what if it asks to be confirmed?

Amazon names the address of its certificate in the message. It is called only where
Amazon keeps certificates, and only for a message of our own topic; what was fetched is
remembered. The address that a confirmation names is never called: ours is made from
the topic and the token that were signed.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from deliveries import outbound, signatures
from deliveries.receipts.knock import Knock
from deliveries.receipts.reading import loads
from deliveries.receipts.vocabulary import Unreadable

WITHIN_S = 4.0  # for the certificate, and for the confirmation
REMEMBERED_S = 24 * 3600.0
FAILED_S = 30.0  # how long an address that gave nothing is left alone
MOST_REMEMBERED = 64
OK = 200


class CannotTell(Exception):
    """Amazon could not be asked; it will tell again."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    certificate: bytes | None
    until: float


_known: dict[str, _Remembered] = {}
_lock = threading.Lock()


def forget() -> None:
    """Forget every certificate."""
    with _lock:
        _known.clear()


def is_authentic(knock: Knock, topics: Sequence[str], now: datetime) -> bool:
    """Say whether one of our topics sent this; raises :class:`CannotTell`."""
    body = _body(knock)
    topic = str(body.get("TopicArn"))
    # Every topic is compared, so that the time taken does not say which one fits.
    if not sum(signatures.equal(each, topic) for each in topics):
        return False
    url = signatures.sns_certificate_url(body)
    if url is None or not signatures.is_sns_recent(body, now):
        return False
    return signatures.is_sns(body, _certificate(url), now)


def kind_of(knock: Knock) -> str:
    """Return what sort of message it is: one to be read, or about the line itself."""
    return str(_body(knock).get("Type"))


def confirm(knock: Knock) -> None:
    """Agree to get what the topic sends; raises :class:`CannotTell`.

    The message must be authentic: topic and token are taken from it.
    """
    body = _body(knock)
    topic, token = str(body["TopicArn"]), str(body["Token"])
    query = {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token}
    url = f"https://{signatures.sns_host(topic)}/?{urlencode(query)}"
    answer = outbound.request("GET", url, headers={}, within_s=WITHIN_S)
    if not isinstance(answer, outbound.Answer) or answer.status != OK:
        raise CannotTell("The subscription could not be confirmed.")


def _body(knock: Knock) -> Mapping[str, Any]:
    try:
        body = loads(knock.body)
    except Unreadable:
        return {}
    return body if isinstance(body, dict) else {}


def _certificate(url: str) -> bytes:
    with _lock:
        known = _known.get(url)
    if known is None or known.until <= time.monotonic():
        known = _fetched(url)
    if known.certificate is None:
        raise CannotTell("The certificate could not be fetched.")
    return known.certificate


def _fetched(url: str) -> _Remembered:
    answer = outbound.request("GET", url, headers={}, within_s=WITHIN_S)
    good = isinstance(answer, outbound.Answer) and answer.status == OK
    certificate = answer.body if good and isinstance(answer, outbound.Answer) else None
    seconds = FAILED_S if certificate is None else REMEMBERED_S
    known = _Remembered(certificate, time.monotonic() + seconds)
    with _lock:
        if len(_known) >= MOST_REMEMBERED:
            _known.clear()
        _known[url] = known
    return known
