"""Where does a try go, if not to the message's own address?

A message stays one row whatever its tries do. A try that goes elsewhere names channel
and address itself; whoever judges, counts or sends it looks at the message through it.
"""

from copy import copy

from deliveries.models import Address, DeliveryAttempt, Message


def is_elsewhere(attempt: DeliveryAttempt) -> bool:
    """Say whether a try goes to another address than the message's own."""
    return bool(attempt.channel)


def aim(message: Message, attempt: DeliveryAttempt) -> None:
    """Let a message in memory stand with the channel and address of its try.

    Never save it afterwards. An address that was forgotten meanwhile is none.
    """
    if is_elsewhere(attempt):
        message.channel, message.address = attempt.channel, attempt.address


def aimed(message: Message, address: Address) -> Message:
    """Return a copy of a message as it would go to another address."""
    other = copy(message)
    other.channel, other.address = address.channel, address
    return other


def address_of(message: Message, attempt_n: int | None) -> Address | None:
    """Return the address that a try of a message went to; its own for none."""
    if attempt_n is not None:
        elsewhere = message.attempts.filter(n=attempt_n).exclude(channel="")
        attempt = elsewhere.select_related("address").first()
        if attempt is not None:
            there: Address | None = attempt.address
            return there
    return message.address
