"""How is a message handed to a chat platform?

An address is whatever the platform calls a person or a room: a number, an id, a name.
"""

from collections.abc import Mapping

from deliveries.channels import sms
from deliveries.channels.catalogue import Spec
from deliveries.channels.over_http import HttpChannel
from deliveries.contents import Content

PHONE = "phone"


def channel(spec: Spec) -> HttpChannel:
    """Return the channel of one entry of this kind."""
    return HttpChannel(spec.adapter, by_phone if spec.address == PHONE else by_name)


def by_name(address: str, content: Content | None) -> Mapping[str, object]:
    """Return ``content.components``, the variables of a template as Meta wants them."""
    if content is None or not content.variables:
        return {}
    given = [{"type": "text", "text": each} for each in content.variables.values()]
    return {"content.components": [{"type": "body", "parameters": given}]}


def by_phone(address: str, content: Content | None) -> Mapping[str, object]:
    """Return the spellings of a number besides; see :func:`sms.fields`."""
    return {**sms.fields(address, content), **by_name(address, content)}
