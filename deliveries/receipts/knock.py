"""What is looked at before anybody is believed?"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

MOST_FIELDS = 200  # of a form; the longest that a provider documents has forty


@dataclass(frozen=True, slots=True)
class Knock:
    """A request as it came in, unread.

    ``headers`` are by their names in lower case; ``url`` is the address that was
    called, with its query; ``body`` are the raw bytes.
    """

    headers: Mapping[str, str]
    url: str
    body: bytes

    def header(self, name: str) -> str:
        """A header by its name in lower case, or nothing."""
        return self.headers.get(name, "")

    def form(self) -> dict[str, str]:
        """The fields of a form; the first of each name. Raises ``ValueError``."""
        pairs = parse_qsl(
            self.body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(self.body),
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
        return dict(reversed(pairs))
