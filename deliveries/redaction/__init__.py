"""How do personal and secret values leave a text, and how is an address shown?"""

from deliveries.redaction.masking import mask_address
from deliveries.redaction.redactor import Redacted, Redactor
from deliveries.redaction.spans import Kind

__all__ = ["Kind", "Redacted", "Redactor", "mask_address"]
