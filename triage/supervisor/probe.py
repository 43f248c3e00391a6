"""Does our own web server answer yet?

The one place beside ``deliveries.outbound`` that opens a connection: to our own
child on this machine, which the outbound client refuses to call by design.
"""

import asyncio
import contextlib

PATIENCE_S = 5.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound


def url_of(host: str, port: int) -> str:
    """Return the address at which what is bound to a host answers on this machine."""
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def status_of(host: str, port: int, path: str, name: str) -> int | None:
    """HTTP status of a GET of ``path``, or None when nobody answers in time.

    ``name`` is sent as the Host header, which must be one that the site accepts.
    """
    with contextlib.suppress(OSError, TimeoutError, ValueError, IndexError):
        return asyncio.run(_ask(host, port, path, name))
    return None


def is_taken(host: str, port: int) -> bool:
    """Tell whether somebody already accepts connections there."""
    try:
        asyncio.run(_knock(host, port))
    except (OSError, TimeoutError):
        return False
    return True


async def _knock(host: str, port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        _, writer = await asyncio.open_connection(ANY_ADDRESS.get(host, host), port)
        writer.close()


async def _ask(host: str, port: int, path: str, name: str) -> int:
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection(
            ANY_ADDRESS.get(host, host), port
        )
        request = f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        status_line = await reader.readline()
        writer.close()
    # "HTTP/1.1 200 OK"
    return int(status_line.split()[1])
