"""How is a message handed to a gateway of text messages?

Numbers are spelt as the gateways want them: with a plus and digits, or digits alone.
"""

from collections.abc import Mapping

from deliveries.channels import answers
from deliveries.channels.catalogue import Spec
from deliveries.channels.over_http import HttpChannel, Unfit
from deliveries.contents import Content

DIGITS = range(5, 16)  # ITU-T E.164, 6.2.1; short codes of five are in use


def channel(spec: Spec) -> HttpChannel:
    """Return the channel of one entry of this kind."""
    return HttpChannel(spec.adapter, fields)


def fields(address: str, content: Content | None) -> Mapping[str, object]:
    """Return ``address.phone`` and ``address.digits``; nothing without an address.

    A number without plus or double zero is one of the gateway's own country and stays
    as it is. Raises :class:`Unfit`.
    """
    if not address:
        return {}
    digits = "".join(each for each in address if each.isascii() and each.isdigit())
    abroad = address.strip().startswith(("+", "00"))
    digits = digits.removeprefix("00") if abroad else digits
    if len(digits) not in DIGITS:
        raise Unfit(answers.ADDRESS_MALFORMED)
    return {
        "address.digits": digits,
        "address.phone": f"+{digits}" if abroad else digits,
    }
