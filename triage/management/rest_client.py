"""How does a command of ours call the REST API the way a well-behaved client does?

It repeats a request that may not have arrived under the same ``Idempotency-Key``,
waits as long as a 429 or 503 asks for, and gives up in plain words.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.utils import timezone

from deliveries import outbound
from deliveries.channels.answers import retry_after_s
from deliveries.outbound import Answer, RefusedReason

BUSY = frozenset({429, 503})  # answers that say when to come back
KEY_REFUSED = frozenset({401, 403})
LONGEST_WAIT_S = 60
PAUSE_S = 1  # between tries when nobody says how long to wait
TRIES = 60  # with the pause, a server that starts again is waited for a minute
PAGE = 40  # rows; a page of the longest reports stays under the 64 KB that are read

_CURES = {
    RefusedReason.BAD_REQUEST: (
        "The address {url} cannot be called: it must be https, unless"
        " OUTBOUND_ALLOW_PRIVATE is set."
    ),
    RefusedReason.FORBIDDEN_ADDRESS: (
        "The address {url} is not public. Set OUTBOUND_ALLOW_PRIVATE to call it."
    ),
    RefusedReason.TLS_FAILED: "The certificate of {url} is not trusted.",
}


class GaveUp(Exception):
    """The API cannot be reached or does not let us in; the message says what to do."""


@dataclass(slots=True)
class RestClient:
    """The way to the API at ``url`` with one key; counts the server's own errors."""

    url: str
    key: str
    sleep: Callable[[float], None] = time.sleep
    server_errors: int = 0

    def post(self, path: str, body: Mapping[str, Any], idempotency_key: str) -> Answer:
        """Post a JSON object, once for its key, however often it has to be sent.

        Returns the answer, which may be a refusal or an error of the server. Raises
        :class:`GaveUp`.
        """
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key,
        }
        return self._call("POST", path, headers, json.dumps(body).encode())

    def rows(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield every row of a list, page by page. Raises :class:`GaveUp`."""
        at = f"{path}?{urlencode({**query, 'limit': PAGE})}"
        while at:
            answer = self._call("GET", at, {}, b"")
            if answer.status != 200:
                raise GaveUp(f"The list {path} answered {answer.status}.")
            page = json.loads(answer.body)
            yield from page["results"]
            at = _without_host(page["next"])

    def _call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        url = self.url.rstrip("/") + path
        headers = {**headers, "Authorization": f"Bearer {self.key}"}
        for _try in range(TRIES):
            result = outbound.request(method, url, headers=headers, body=body)
            answer = self._heard(result)
            if answer is None:
                self.sleep(PAUSE_S)
            elif answer.status in BUSY:
                asked = retry_after_s(answer.headers, timezone.now())
                self.sleep(PAUSE_S if asked is None else min(asked, LONGEST_WAIT_S))
            else:
                return answer
        raise GaveUp(f"Nobody serves {self.url}. Is the stack running?")

    def _heard(self, result: outbound.Result) -> Answer | None:
        """Return an answer to act on; None when the request should be repeated."""
        if isinstance(result, outbound.Refused):
            if cure := _CURES.get(result.reason):
                raise GaveUp(cure.format(url=self.url))
            return None
        answer = result.answer if isinstance(result, outbound.Unclear) else result
        if answer is None:
            return None
        if answer.status in KEY_REFUSED:
            raise GaveUp(
                f"The key is refused ({answer.status})."
                " It needs the scopes report:write and report:read."
            )
        if answer.status >= 500 and answer.status not in BUSY:
            self.server_errors += 1
        return answer


def _without_host(link: str | None) -> str:
    """Keep path and query: behind a proxy the server may call itself otherwise."""
    parts = urlsplit(link or "")
    return f"{parts.path}?{parts.query}" if parts.path else ""
