"""How many reports a second does a server take from a number of clients?

``python -m benchmarks.load PORT PATH CLIENTS SECONDS`` files reports over as many
kept-alive connections and prints one JSON object. A process of its own, with next to
no work for each request, so that it takes little from the server it measures.
"""

import asyncio
import json
import os
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

HOST = "127.0.0.1"
# About one kilobyte, as a mail relay would report a bounce.
REPORT = {
    "channel": "email",
    "symptom": "failed_error",
    "occurred_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    "purpose": "transactional",
    "provider": "northpost",
    "provider_code": "550",
    "enhanced_code": "5.1.1",
    "provider_answer": (
        "550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown in"
        " virtual mailbox table; queued as 4F3bXk1z"
    ),
    "template": {"key": "order-shipped", "version": 7, "locale": "en-GB"},
    "region": "eu-west",
    "locale": "en-GB",
    "client": {"app": "shop", "version": "4.2.1", "os": "Linux", "network": "lan"},
    "attempts": [
        {
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "code": "421",
            "answer": "421 4.7.0 try again later",
        }
    ],
    "detail": "The customer says that the mail about her order never came.",
    "meta": {"order": "A-1042", "shop": "north"},
}


@dataclass(slots=True)
class Tally:
    """What was sent, and what was promised."""

    acknowledged: int = 0
    refused: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)


async def client(port: int, path: str, until: float, tally: Tally) -> None:
    """File reports one after the other until the time is over."""
    reader, writer = await asyncio.open_connection(HOST, port)
    while (began := time.monotonic()) < until:
        writer.write(request(port, path))
        status = await answer(reader)
        tally.latencies_ms.append((time.monotonic() - began) * 1000)
        if 200 <= status < 300:
            tally.acknowledged += 1
        else:
            tally.refused += 1
    writer.close()


def request(port: int, path: str) -> bytes:
    """Make a request for a report that nobody has filed yet."""
    name = uuid.uuid4().hex
    said = {
        "client_report_id": f"bench-{name}",
        "message_ref": f"m-{name}",
        "recipient_ref": f"u-{name[:6]}",
    }
    body = json.dumps(REPORT | said).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
        f"Authorization: Bearer {os.environ.get('BENCHMARK_KEY', '')}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {name}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end and return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
    return int(head.split(maxsplit=2)[1])


async def run(port: int, path: str, clients: int, seconds: float) -> Tally:
    """Let the clients file at the same time."""
    tally, began = Tally(), time.monotonic()
    until = began + seconds
    await asyncio.gather(*(client(port, path, until, tally) for _ in range(clients)))
    tally.seconds = time.monotonic() - began
    return tally


if __name__ == "__main__":
    _, port, path, clients, seconds = sys.argv
    result = asyncio.run(run(int(port), path, int(clients), float(seconds)))
    print(json.dumps(asdict(result)))
