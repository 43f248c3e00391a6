"""How is an address of a person kept, so that it can be written to but not read?"""

import re

from deliveries import redaction, vault
from deliveries.models import Address, ChannelKind, Recipient, RecipientKey

# One address, never a list, a header or a sentence.
MAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}\.[^@\s,;<>\".]{2,63}")
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,24}")
WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
SHAPES = {
    ChannelKind.EMAIL: MAIL,
    ChannelKind.SMS: PHONE,
    ChannelKind.WEBHOOK: WEB,
}
# A subscriber number has at most fifteen digits (ITU-T E.164 §6.2.1).
PHONE_NUMBER = re.compile(r"\+[0-9]{7,15}")


def is_address(text: str) -> bool:
    """Say whether a text that should name a person is one's address instead."""
    return bool(MAIL.fullmatch(text) or PHONE_NUMBER.fullmatch(text))


def is_usable(channel: str, value: str) -> bool:
    """Say whether one could write to this over the channel at all."""
    shape = SHAPES.get(ChannelKind(channel))
    return shape is None or bool(shape.fullmatch(value))


def pseudonym_of(source_id: int, channel: str, value: str) -> str:
    """Name an address without saying it; its spellings have one name."""
    return vault.pseudonym(source_id, f"address:{channel}", _normal(channel, value))


def keep(recipient: Recipient, channel: str, value: str) -> Address | None:
    """Seal an address for its person; None when the person has been forgotten.

    Needs an open transaction. An address that is known stays as it is.
    """
    key, _ = RecipientKey.objects.get_or_create(
        recipient=recipient, defaults={"wrapped_key": vault.new_person_key()}
    )
    if key.wrapped_key is None:
        return None
    address, _ = Address.objects.get_or_create(
        recipient=recipient,
        channel=channel,
        pseudonym=pseudonym_of(recipient.source_id, channel, value),
        defaults={
            "sealed_value": vault.seal(
                bytes(key.wrapped_key), value, f"address:{channel}"
            ),
            "masked": redaction.mask_address(channel, value),
        },
    )
    return address


def _normal(channel: str, value: str) -> str:
    """Spell an address one way: hosts and phone numbers have many spellings."""
    value = value.strip()
    if channel == ChannelKind.EMAIL:
        return value.casefold()
    if channel == ChannelKind.SMS:
        digits = "".join(filter(str.isdigit, value))
        return digits.removeprefix("00")
    return value
