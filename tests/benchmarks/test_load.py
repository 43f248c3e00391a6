"""Does the benchmark file what the product takes, and count what it answers?"""

import asyncio
import json
from collections.abc import Awaitable, Callable

from benchmarks import load
from triage.api.reports import FORM

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def body_of(request: bytes) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(request.partition(b"\r\n\r\n")[2])
    return parsed


def test_every_report_of_the_benchmark_is_sound() -> None:
    assert FORM.run_validation(body_of(load.request(8000, "/reports/")))


def test_no_two_reports_are_the_same() -> None:
    names = {str(body_of(load.request(1, "/"))["client_report_id"]) for _ in range(100)}
    assert len(names) == 100


def answering(status: str) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            await reader.readexactly(length)
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok".encode())

    async def until_closed(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    return until_closed


async def tally_of(status: str) -> load.Tally:
    server = await asyncio.start_server(answering(status), load.HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await load.run(port, "/reports/", clients=2, seconds=0.05)


def test_promises_are_counted() -> None:
    tally = asyncio.run(tally_of("202 Accepted"))
    assert tally.acknowledged == len(tally.latencies_ms) > 0
    assert tally.refused == 0


def test_refusals_are_counted_apart() -> None:
    tally = asyncio.run(tally_of("503 Service Unavailable"))
    assert tally.acknowledged == 0
    assert tally.refused > 0
