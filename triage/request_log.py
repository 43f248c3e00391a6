"""To which request does a line of the log belong?

The id that an answer and every error page show stands in front of each line that was
logged while the request was served. No Django here: logging is set up before it.
"""

import logging
from contextvars import ContextVar

current_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdFilter(logging.Filter):
    """Adds ``request_id`` to each record: the id and a space, or nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with its request's id."""
        known = current_id.get()
        record.request_id = f"{known} " if known else ""
        return True
