"""How does the machine of a source behave that listens to webhooks?

It lives on this machine, writes down what it gets, and answers as a script says.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    """One request; names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What was got, and what is answered: a status with headers, by path."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, path: str, status: int, text: str = "", **headers: str) -> str:
        """Answer so from now on at a path; return its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, named, text)
        return self.url + path

    def at(self, path: str) -> list[Got]:
        """What came to a path."""
        return [each for each in self.got if each.path == path]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port; ``/mute`` answers nothing until it is released."""
    heard = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard.got.append(Got(self.path, headers, body))
            if self.path == "/mute":
                heard.released.wait()
            status, named, text = heard.answers.get(self.path, (200, {}, "ok"))
            self.send_response(status)
            for name, value in {**named, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A caller that has hung up is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield heard
    finally:
        heard.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
