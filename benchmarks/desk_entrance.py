"""How does a benchmark come in? ``python -m benchmarks.desk_entrance`` prints JSON.

The cookie of an agent of the seeded queues, and the cursor of a place nine tenths down
the list of their live tickets: what a program outside of the product cannot make.
"""

import json
from importlib import import_module
from typing import Any

import django

DEEP = 0.9


def enter() -> dict[str, Any]:
    """Log an agent in and look for the place; needs the product's settings."""
    client_of = import_module("django.test").Client
    models = import_module("triage.models")
    volume = import_module("triage.demo.volume")
    keyset = import_module("deliveries.keyset")
    vault = import_module("deliveries.vault")
    paging = import_module("triage.web.paging")
    users = import_module("django.contrib.auth.models").User
    agent = users.objects.get(username=f"{volume.AGENTS[0]}-volume")
    browser = client_of()
    browser.force_login(agent)
    live = models.Ticket.objects.live().most_urgent_first()
    place = live[int(live.count() * DEEP)]
    cursor = keyset.Cursor((place.tier, place.number))
    return {
        "cookie": browser.cookies["sessionid"].value,
        "deep": keyset.encode(
            cursor, name=paging.LIST, key=vault.derived_key("cursor")
        ),
        "ticket": place.number,
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(enter()))
