"""A mail server that is away."""

from typing import Any

from django.core.mail.backends.base import BaseEmailBackend


class Backend(BaseEmailBackend):
    """Takes nothing."""

    def send_messages(self, email_messages: Any) -> int:
        """Refuse, as a socket does."""
        raise ConnectionRefusedError
