"""Which code talks to which provider?"""

from deliveries.channels.base import Channel, Reply, ReplyKind
from deliveries.channels.webhook import Webhook
from deliveries.models import Adapter

CHANNELS: dict[str, Channel] = {Adapter.WEBHOOK: Webhook()}

__all__ = ["CHANNELS", "Channel", "Reply", "ReplyKind", "Webhook"]
