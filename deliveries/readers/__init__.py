"""What codes and words does a provider's raw answer hold? Never why it failed."""

from deliveries.readers.by_channel import known_channel, read
from deliveries.readers.reading import Code, CodeKind, Place, Reading

__all__ = ["Code", "CodeKind", "Place", "Reading", "known_channel", "read"]
