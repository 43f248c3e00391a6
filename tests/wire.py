"""How do tests come by a peer that misbehaves below HTTP?"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]


@contextmanager
def peer(talk: Talk) -> Iterator[int]:
    """Listen on a free port of this machine and let ``talk`` treat one caller."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            # Wakes an accept that nobody called.
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def free_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def hear(connection: socket.socket) -> bytes:
    """Read one request to its end, or until the caller hangs up."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(4096)):
            return received
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body
