"""How does a sending system behave that keeps to the contract, and dies all the same?

It asks the REST API which sends it may take, keeps notes in a file of its own, sends
over a gateway that remembers nothing, and tells what came of it. It loses answers now
and then. After a death it reads its notes: what it had not begun it takes again, what
it may have sent it calls unclear, and never sends a second time.
"""

import json
import random
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.utils import timezone

LIST = "/api/v1/resends/?state=claimable"
LATER = (429, 500, 503)
LOST = 0.03  # of the answers to an acknowledgement, and of those to a result
IDLE_S = 0.1
PATIENCE_S = 30


def send(token: str, notes: str, gateway: str, seed: str) -> None:
    """Be one process of a sending system, with a key of its own, until killed."""
    System(token, Path(notes), gateway, random.Random(seed)).run()


class System:
    """One process of a sending system."""

    def __init__(
        self, token: str, notes: Path, gateway: str, rng: random.Random
    ) -> None:
        self._client = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {token}"}
        )
        self._notes = notes
        self._gateway = gateway
        self._rng = rng
        self._stood: dict[str, tuple[str, dict[str, Any]]] = {}

    def run(self) -> None:
        """Take up what an earlier life left, then whatever is to be taken."""
        self._remember()
        with self._notes.open("a") as file:
            file.write("\n")  # a death may have come in the middle of a line
        while True:
            for word, item in list(self._stood.values()):
                self._take_up(word, item)
            fresh = [each for each in self._claimable() if each["item"] not in self]
            self._rng.shuffle(fresh)
            for item in fresh:
                self._note("take", item)
                self._acknowledge(item)
            if not fresh:
                time.sleep(IDLE_S)

    def __contains__(self, name: str) -> bool:
        return name in self._stood

    def _claimable(self) -> list[dict[str, Any]]:
        answer = self._client.get(LIST, SERVER_NAME="localhost")
        return list(answer.json()["results"]) if answer.status_code == 200 else []

    def _take_up(self, word: str, item: dict[str, Any]) -> None:
        match word:
            case "take":
                self._acknowledge(item)
            case "begin":
                self._tell(item, "unclear")
            case _:
                self._tell(item, "delivered")

    def _acknowledge(self, item: dict[str, Any]) -> None:
        status = self._post(item, "ack", {"generation": item["generation"]})
        if self._loses() or status in LATER:
            return  # asked again in the next round, with the same generation
        if status != 200:
            self._note("over", item)  # another process has it, or it is too late
            return
        self._note("begin", item)
        self._hand_over(item)
        self._note("sent", item)
        self._tell(item, "delivered")

    def _hand_over(self, item: dict[str, Any]) -> None:
        body = json.dumps({"message": item["external_id"]}).encode()
        key = f"{item['idempotency_key']}/{item['generation']}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        gateway = urlsplit(self._gateway)
        line = HTTPConnection(gateway.netloc, timeout=PATIENCE_S)
        try:
            line.request("POST", gateway.path, body, headers)
            line.getresponse().read()
        finally:
            line.close()

    def _tell(self, item: dict[str, Any], outcome: str) -> None:
        at = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
        said = {"generation": item["generation"], "outcome": outcome, "at": at}
        status = self._post(item, "result", said)
        if not self._loses() and status not in LATER:
            self._note("over", item)

    def _post(self, item: dict[str, Any], verb: str, said: dict[str, Any]) -> int:
        answer = self._client.post(
            f"/api/v1/resends/{item['item']}/{verb}/",
            json.dumps(said),
            content_type="application/json",
            SERVER_NAME="localhost",
        )
        return int(answer.status_code)

    def _loses(self) -> bool:
        return self._rng.random() < LOST

    def _note(self, word: str, item: dict[str, Any]) -> None:
        with self._notes.open("a") as file:
            file.write(json.dumps([word, item]) + "\n")
        self._stand(word, item)

    def _remember(self) -> None:
        for word, item in self._lines():
            self._stand(word, item)

    def _lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if not self._notes.exists():
            return
        for line in self._notes.read_text().splitlines():
            try:
                word, item = json.loads(line)
            except ValueError:
                continue
            yield word, item

    def _stand(self, word: str, item: dict[str, Any]) -> None:
        if word == "over":
            self._stood.pop(item["item"], None)
        else:
            self._stood[item["item"]] = word, item
