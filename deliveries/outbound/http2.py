"""How is a call made to those who understand nothing but HTTP/2?

By httpcore, which also speaks HTTP/1.1 with whoever does not offer more.
"""

from contextlib import closing

import httpcore
import httpx

from deliveries.outbound.http11 import Asked, Heard
from deliveries.outbound.line import Line, Origin, authorities


class Connection:
    """A connection for one call; errors are those of httpcore."""

    is_open = False

    def __init__(self, origin: Origin, line: Line) -> None:
        default = 443 if origin.scheme == "https" else 80
        self._origin = httpcore.Origin(
            origin.scheme.encode(), origin.host, origin.port or default
        )
        self._inner = httpcore.HTTPConnection(
            origin=self._origin,
            ssl_context=authorities("h2"),
            http2=True,
            network_backend=line,
        )

    def ask(self, asked: Asked, most: int) -> Heard:
        """Make the call and read its answer, of a body no more than about ``most``."""
        to, body = self._origin, bytearray()
        url = httpcore.URL(
            scheme=to.scheme, host=to.host, port=to.port, target=asked.target
        )
        request = httpcore.Request(
            asked.method, url, headers=asked.headers, content=asked.body
        )
        with closing(self._inner.handle_request(request)) as response:
            for chunk in response.iter_stream():
                body += chunk
                if len(body) >= most:
                    break
        headers = dict(httpx.Headers(response.headers))
        return Heard(response.status, headers, bytes(body))

    def close(self) -> None:
        """Close it for good."""
        self._inner.close()
