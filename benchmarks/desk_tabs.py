"""What do two hundred open tabs ask of the desk, as ``live.js`` and ``presence.js`` do?

Each asks every five seconds what changed, with the ``ETag`` of its last answer and all
the rows that it shows; those of a ticket also say that somebody looks at it.
"""

import asyncio
import http.client
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote

HOST = "127.0.0.1"
TABS = 200
EVERY_S, JITTER_S = 4.5, 0.5
BEAT_S = 15.0
WRITTEN_EVERY_S = 60
POLLS = re.compile(r'data-polls="([^"]+)" data-at="(\d+)"')
PRESENCE = re.compile(r'data-presence="([^"]+)"')
SEEN = re.compile(r'data-seen="([^"]+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CSRF = re.compile(r"csrftoken=([^;]+)")


@dataclass(slots=True)
class Tab:
    """One page as it was opened, and what it knows since."""

    url: str
    at: str
    shown: dict[str, str]
    presence: str
    token: str
    cookie: str
    etag: str = ""
    beaten_at: float = float("-inf")

    def question(self) -> bytes:
        """What changed?"""
        shown = quote(",".join(self.shown.values()))
        joint = "&" if "?" in self.url else "?"
        return self._request(
            f"GET {self.url}{joint}at={self.at}&shown={shown}",
            f"If-None-Match: {self.etag}\r\n" if self.etag else "",
        )

    def beat(self) -> bytes:
        """Somebody looks at this ticket."""
        body = f"csrfmiddlewaretoken={quote(self.token)}&writes="
        head = "Content-Type: application/x-www-form-urlencoded\r\n"
        head += f"Content-Length: {len(body)}\r\n"
        return self._request(f"POST {self.presence}", head) + body.encode()

    def _request(self, line: str, more: str) -> bytes:
        head = f"{line} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {self.cookie}\r\n{more}\r\n"
        return head.encode()

    def learn(self, etag: str, body: str) -> None:
        """Keep what an answer says."""
        self.etag = etag
        for seen in SEEN.findall(body):
            self.shown[seen.split(".")[0]] = seen
        minute = re.search(r'data-at="(\d+)"', body)
        if minute:
            self.at = minute.group(1)


@dataclass(slots=True)
class Tabs:
    """All of them, and how long each answer took in milliseconds."""

    port: int
    tabs: list[Tab]
    latencies_ms: list[float] = field(default_factory=list)

    def poll(self, seconds: float) -> list[float]:
        """Let all ask for so long; returns how long each answer took."""
        asyncio.run(self._poll(time.monotonic() + seconds))
        return self.latencies_ms

    async def _poll(self, until: float) -> None:
        await asyncio.gather(*(self._one(tab, until) for tab in self.tabs))

    async def _one(self, tab: Tab, until: float) -> None:
        rng = random.Random(id(tab))  # no secret
        await asyncio.sleep(rng.uniform(0, EVERY_S))  # they were not opened at once
        reader, writer = await asyncio.open_connection(HOST, self.port)
        while time.monotonic() < until:
            if tab.presence and time.monotonic() - tab.beaten_at > BEAT_S:
                writer.write(tab.beat())
                await _answer(reader, 204)
                tab.beaten_at = time.monotonic()
            began = time.monotonic()
            writer.write(tab.question())
            etag, body = await _answer(reader, 200, 304)
            self.latencies_ms.append((time.monotonic() - began) * 1000)
            tab.learn(etag, body)
            await asyncio.sleep(EVERY_S + rng.uniform(0, JITTER_S))
        writer.close()


def open_all(port: int, session: str, paths: Sequence[str]) -> Tabs:
    """Open each page once, and let the tabs be shared out among them."""
    opened = [_opened(port, session, path) for path in paths]
    tabs = []
    for index in range(TABS):
        url, at, seen, presence, token, cookie = opened[index % len(opened)]
        opened_at = str(int(at) - index % WRITTEN_EVERY_S)  # one after the other
        tabs.append(Tab(url, opened_at, dict(seen), presence, token, cookie))
    return Tabs(port, tabs)


def _opened(
    port: int, session: str, path: str
) -> tuple[str, str, dict[str, str], str, str, str]:
    connection = http.client.HTTPConnection(HOST, port)
    connection.request("GET", path, headers={"Cookie": f"sessionid={session}"})
    response = connection.getresponse()
    page = response.read().decode()
    polls, presence = POLLS.search(page), PRESENCE.search(page)
    token = TOKEN.search(page)
    crumbs = [CSRF.search(each) for each in response.headers.get_all("Set-Cookie", [])]
    csrf = next((each.group(1) for each in crumbs if each), "")
    if polls is None or token is None:
        raise SystemExit(f"{path} does not ask for its news.")
    return (
        unescape(polls.group(1)),
        polls.group(2),
        {each.split(".")[0]: each for each in SEEN.findall(page)},
        presence.group(1) if presence else "",
        token.group(1),
        f"sessionid={session}; csrftoken={csrf}",
    )


async def _answer(reader: asyncio.StreamReader, *expected: int) -> tuple[str, str]:
    """Read one answer to its end; returns its ETag and its text."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status = int(head.split(maxsplit=2)[1])
    said = {
        name.lower(): value.strip()
        for name, _colon, value in (line.partition(":") for line in head.splitlines())
    }
    length = int(said.get("content-length", 0))
    body = (await reader.readexactly(length)).decode()
    if status not in expected:
        raise SystemExit(f"A tab was answered {status}: {body[:200]}")
    return said.get("etag", ""), body
