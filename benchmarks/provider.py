"""What is the least that a provider can do? Read a request, say that it arrived.

``python -m benchmarks.provider PORT``. A process of its own, with next to no work for
each request, so that it takes little from the sending that is measured. It keeps
connections open as long as its caller wants.
"""

import asyncio
import sys

HOST = "127.0.0.1"
BODY = b'{"status": "delivered"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
KEPT = HEAD + f"{len(BODY)}\r\n\r\n".encode() + BODY
CLOSED = HEAD + f"{len(BODY)}\r\nConnection: close\r\n\r\n".encode() + BODY
END = b"\r\n\r\n"


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._heard = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._heard += data
        while (whole := self._whole()) is not None:
            head, self._heard = self._heard[:whole].lower(), self._heard[whole:]
            closes = b"\r\nconnection: close" in head
            if self._transport is not None:
                self._transport.write(CLOSED if closes else KEPT)
                if closes:
                    self._transport.close()

    def _whole(self) -> int | None:
        """Return how many bytes the first request has, if all of them are here."""
        end = self._heard.find(END)
        if end < 0:
            return None
        length = 0
        for line in self._heard[:end].lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        whole = end + len(END) + length
        return whole if len(self._heard) >= whole else None


async def serve(port: int) -> None:
    """Listen until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Caller, HOST, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
