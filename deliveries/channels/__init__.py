"""Which code talks to which provider?"""

from collections.abc import Callable, Mapping

from deliveries.channels import chat, email, push, sms, social
from deliveries.channels.base import Channel, Reply, ReplyKind
from deliveries.channels.catalogue import Spec, specs
from deliveries.channels.webhook import Webhook

_KINDS: Mapping[str, Callable[[Spec], Channel]] = {
    "smtp": email.channel,
    "webhook": Webhook,
    "sms": sms.channel,
    "push": push.channel,
    "chat": chat.channel,
    "social": social.channel,
}


def _kind(spec: Spec) -> str:
    """Over HTTP the first channel that an entry names is the kind."""
    return spec.channels[0] if spec.transport == "http" else spec.transport


CHANNELS: dict[str, Channel] = {
    adapter: _KINDS[_kind(spec)](spec) for adapter, spec in specs().items()
}

__all__ = ["CHANNELS", "Channel", "Reply", "ReplyKind", "Webhook"]
