"""How is a message handed to a social network?

One kind serves all of them: an access token by OAuth 2.0 (RFC 6749, 4.4 or 6) and a
POST whose shape the operator gives. ``docs/channels.md`` works one out.
"""

from collections.abc import Mapping

from deliveries.channels.catalogue import Spec
from deliveries.channels.over_http import HttpChannel
from deliveries.contents import Content


def channel(spec: Spec) -> HttpChannel:
    """Return the channel of one entry of this kind."""
    return HttpChannel(spec.adapter, fields)


def fields(address: str, content: Content | None) -> Mapping[str, object]:
    """Return nothing: address and words are enough."""
    return {}
