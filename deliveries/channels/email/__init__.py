"""How is a mail handed to a relay?"""

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from deliveries import addresses, contents, outbound, readers, vault
from deliveries.channels import answers
from deliveries.channels.base import Reply, ReplyKind
from deliveries.channels.catalogue import Spec
from deliveries.channels.email import letter
from deliveries.channels.email.dialogue import PORTS, Broken, Dialogue, Mail
from deliveries.channels.mask import Mask
from deliveries.models import ChannelKind, EvidenceLevel, Message, Provider, Route
from deliveries.readers import CodeKind

LEAVING = "421"  # the relay closes the line, whatever was said last: RFC 5321, 3.8


def channel(spec: Spec) -> "Smtp":
    """Return the channel of the one entry of this kind."""
    return Smtp(spec.dedup_window, spec.level)


@dataclass(frozen=True, slots=True)
class Smtp:
    """Mail over a relay; see :class:`deliveries.channels.base.Channel`."""

    dedup_window: timedelta
    level: EvidenceLevel

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        """Hand over the mail; a relay's 250 after the data is its word."""
        outbound.stay_outside()
        provider = route.provider
        try:
            mail = _mail(message, provider, key, now)
            mask = _mask(message, provider, mail)
        except vault.Unreadable:
            return answers.broken(ReplyKind.REFUSED, answers.SEALED)
        if isinstance(mail, str):
            return answers.broken(ReplyKind.REFUSED, mail)
        dialogue = Dialogue(mail)
        try:
            taken = dialogue.hand_over()
        except Broken as error:
            unclear = error.may_be_taken
            kind = ReplyKind.UNCLEAR if unclear else ReplyKind.REFUSED
            return answers.broken(kind, error.reason)
        if not taken:
            told = _told(ReplyKind.REFUSED, dialogue.heard, mask)
            leaving = told.reply_code == LEAVING
            return replace(told, fault=leaving or not dialogue.about_mail)
        level = EvidenceLevel(min(self.level, provider.attainable_level))
        name = letter.message_id(key, str(provider.settings["sender"]))
        return _told(ReplyKind.ACCEPTED, dialogue.heard, mask, level, name)


def _mail(message: Message, provider: Provider, key: str, now: datetime) -> Mail | str:
    """Return what is to be said, or the code of what is missing."""
    to = message.address.value() if message.address else ""
    content = contents.read(message)
    chosen = {name: str(each) for name, each in provider.settings.items()}
    sender = chosen.get("sender", "")
    if not to:
        return answers.ADDRESS_MISSING
    if content is None or not (content.subject and (content.text or content.html)):
        return answers.CONTENT_MISSING
    relay = urlsplit(provider.address)
    if not (letter.domain_of(sender) and relay.hostname and relay.scheme in PORTS):
        return answers.SETTINGS_MISSING
    if not (ascii_to := _in_ascii(to)):
        return answers.ADDRESS_MALFORMED
    try:
        body = letter.compose(content, sender=sender, to=ascii_to, key=key, now=now)
    except ValueError:
        return answers.CONTENT_MALFORMED
    return Mail(
        relay=relay,
        helo=chosen.get("helo") or letter.domain_of(sender),
        authority=chosen.get("authority", ""),
        user=chosen.get("user", ""),
        password=provider.credentials.get("password", ""),
        return_path=letter.return_path(chosen.get("return_path") or sender, key),
        to=ascii_to,
        body=body,
    )


def _in_ascii(address: str) -> str:
    """Spell an address so that every relay reads it; empty if that cannot be."""
    if not addresses.is_usable(ChannelKind.EMAIL, address):
        return ""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""


def _mask(message: Message, provider: Provider, mail: Mail | str) -> Mask:
    if isinstance(mail, str):
        return Mask(message.source_id)
    content = contents.read(message)
    told = f"\0{mail.user}\0{mail.password}"
    password = [base64.b64encode(x.encode()).decode() for x in (told, mail.password)]
    return Mask(
        message.source_id,
        addresses=(mail.to,),
        secrets=(*provider.credentials.values(), *(password if mail.password else ())),
        words=content.words if content else (),
    )


def _told(
    kind: ReplyKind,
    heard: str,
    mask: Mask,
    level: EvidenceLevel = EvidenceLevel.NONE,
    name: str = "",
) -> Reply:
    codes = readers.read(ChannelKind.EMAIL, heard).codes
    enhanced = next((x.value for x in codes if x.kind is CodeKind.ENHANCED), "")
    return Reply(
        kind,
        level=level,
        reply_code=heard[:3],
        enhanced_code=enhanced,
        raw_answer=mask(heard),
        provider_ref=name,
    )
