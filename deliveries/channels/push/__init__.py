"""How is a message handed to a push service?

Most know a device by an opaque token. Browsers hand out a subscription instead, in
JSON: where to post, and the keys to encrypt for.
"""

import json
from collections.abc import Mapping

from deliveries.channels import answers
from deliveries.channels.catalogue import Spec
from deliveries.channels.over_http import HttpChannel, Unfit, plain
from deliveries.channels.push.encryption import NotAKey, encrypt
from deliveries.contents import Content

SUBSCRIPTION = "subscription"


def channel(spec: Spec) -> HttpChannel:
    """Return the channel of one entry of this kind."""
    if spec.address == SUBSCRIPTION:
        return HttpChannel(spec.adapter, subscription, wrap)
    return HttpChannel(spec.adapter, device, plain)


def device(address: str, content: Content | None) -> Mapping[str, object]:
    """Return nothing: the token is the address."""
    return {}


def subscription(address: str, content: Content | None) -> Mapping[str, object]:
    """Return ``address.endpoint``, ``address.p256dh`` and ``address.auth``.

    The form is that of the Push API (W3C, ``PushSubscription.toJSON``). Raises
    :class:`Unfit`.
    """
    if not address:
        return {}
    try:
        found = json.loads(address)
        endpoint, keys = str(found["endpoint"]), found["keys"]
        p256dh, auth = str(keys["p256dh"]), str(keys["auth"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unfit(answers.ADDRESS_MALFORMED) from None
    return {
        "address.endpoint": endpoint,
        "address.p256dh": p256dh,
        "address.auth": auth,
    }


def wrap(body: bytes, values: Mapping[str, object]) -> bytes:
    """Encrypt a body for the browser of a subscription; raises :class:`Unfit`."""
    try:
        return encrypt(body, str(values["address.p256dh"]), str(values["address.auth"]))
    except NotAKey:
        raise Unfit(answers.ADDRESS_MALFORMED) from None
    except ValueError:
        raise Unfit(answers.CONTENT_MALFORMED) from None
