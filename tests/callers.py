"""How do tests call the API as a program does?"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.people import Program

REPORTS = "/api/v1/reports/"
# The least that a report has to say.
LEAST = {
    "channel": "email",
    "symptom": "failed_error",
    "occurred_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
}


@dataclass(frozen=True)
class Caller:
    """A program that calls the API, with its key."""

    program: Program
    client: Client

    def post(self, body: object, path: str = REPORTS, **headers: str) -> Any:
        """Send a body; text and bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        everything = self.program.headers | headers
        return self.client.post(path, raw, "application/json", headers=everything)

    def file(self, **said: object) -> Any:
        """File a sound report under a key of its own."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return self.post(LEAST | said, **key)

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.client.get(path, headers=self.program.headers | headers)


def problem(response: HttpResponse) -> tuple[int, str]:
    """The status and code of a refusal; fails if it is none."""
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    return response.status_code, body["code"]
