"""How long does a bulk action take? ``python -m benchmarks.desk_bulk 10000``.

Assigns so many unsolved tickets to another person, in this process but by the same
function that the job calls, and prints JSON.
"""

import json
import sys
import time
from importlib import import_module

import django


def assign(count: int) -> float:
    """Return the seconds from the claim to the end; needs the product's settings."""
    bulk = import_module("triage.bulk")
    access = import_module("triage.access")
    acts = import_module("triage.tickets.acts")
    models = import_module("triage.models")
    volume = import_module("triage.demo.volume")
    timezone = import_module("django.utils.timezone")
    users = import_module("django.contrib.auth.models").User
    lead, other = (
        users.objects.get(username=f"{name}-volume") for name in volume.AGENTS[:2]
    )
    models.Membership.objects.filter(person=lead).update(role="lead")
    rows = models.Ticket.objects.filter(state__in=models.UNSOLVED)
    rows = rows.exclude(assignee=other).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:count])
    if len(ids) < count:
        raise SystemExit(f"There are only {len(ids)} tickets to be assigned.")
    picked = models.Selection.objects.create(owner=lead, ids=ids)
    action = bulk.start(
        picked.token,
        access.actor_for_user(lead),
        acts.assign(other.pk),
        seen_at=timezone.now(),
        typed=str(count),
        now=timezone.now(),
    )
    began = time.perf_counter()
    bulk.carry_out(action.pk, timezone.now)
    took = time.perf_counter() - began
    action.refresh_from_db()
    changed = models.Ticket.objects.filter(pk__in=ids, assignee=other).count()
    if action.state != models.BulkState.APPLIED or changed != count:
        raise SystemExit(f"{changed} tickets were assigned: {action.state}.")
    return took


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"seconds": round(assign(int(sys.argv[1])), 2)}))
