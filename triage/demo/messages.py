"""What do the demo's messages say, to whom, and who sends them?"""

from deliveries import addresses, contents
from deliveries.contents import Content
from deliveries.models import (
    NEEDED_LEVEL,
    Address,
    ChannelKind,
    Message,
    MessageState,
    Purpose,
    Recipient,
    Source,
)

CHINESE = "zh-hans"
# By the language of the reader and what the message is for: subject, words.
WORDS: dict[tuple[bool, bool], tuple[str, str]] = {
    (False, False): ("Your order", "Your order {name} is on its way."),
    (False, True): ("Your code", "{name} is your code. Tell it to nobody."),
    (True, False): ("您的订单", "您的订单{name}已发出。"),
    (True, True): ("您的验证码", "验证码{name}，请勿告诉他人。"),
}


def make(
    source: Source,
    name: str,
    person: str,
    *,
    channel: ChannelKind,
    purpose: Purpose,
    locale: str,
    state: MessageState,
    **facts: object,
) -> Message:
    """Make a message to a person, or find it again by its ``name``.

    Needs an open transaction. ``facts`` are further columns of the message.
    """
    address = _address(source, channel, person, locale)
    message, made = Message.objects.get_or_create(
        source=source,
        external_id=name,
        defaults={
            "recipient": address.recipient,
            "address": address,
            "channel": channel,
            "purpose": purpose,
            "state": state,
            "needed_level": NEEDED_LEVEL[purpose],
            **facts,
        },
    )
    if made:
        contents.keep(message, words(name, purpose, locale))
    return message


def words(name: str, purpose: Purpose, locale: str) -> Content:
    """What a message of this name says."""
    subject, text = WORDS[locale == CHINESE, purpose is Purpose.SECURITY]
    short = name.rpartition("-")[2]
    link = f"https://shop.example/{short}"
    return Content(subject=subject, text=text.format(name=short), link=link)


def _address(source: Source, channel: ChannelKind, person: str, locale: str) -> Address:
    recipient, _made = Recipient.objects.get_or_create(
        source=source, external_ref=person, defaults={"locale": locale}
    )
    known = recipient.addresses.filter(channel=channel).first()
    if known is not None:
        return known
    kept = addresses.keep(recipient, channel, _value(channel, recipient))
    if kept is None:
        raise ValueError(f"{person} has been forgotten.")
    return kept


def _value(channel: ChannelKind, recipient: Recipient) -> str:
    """Make up an address that nobody has: reserved names, numbers set aside."""
    person, number = recipient.external_ref, recipient.pk % 1000
    phone = f"+44 7700 900{number:03}"  # Ofcom keeps these for drama
    return {
        ChannelKind.EMAIL: f"{person}@mail.example",
        ChannelKind.SMS: phone,
        ChannelKind.PUSH: f"demo-token-{person}",
        ChannelKind.CHAT: phone,  # one that its provider knows by number
        ChannelKind.SOCIAL: f"@{person}",
        ChannelKind.WEBHOOK: f"https://hooks.partner.example/{person}",
    }[channel]
