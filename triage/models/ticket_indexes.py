"""By which indexes are the lists of tickets read, and the sweeps that wake some?"""

from django.db import models
from django.db.models import Q

from triage.models.ticket_states import LIVE, PAST, UNSOLVED

INDEXES: list[models.Index] = [
    models.Index(
        fields=["tier", "-number"],
        name="ticket_live_list",
        condition=Q(state__in=LIVE),
    ),
    # One queue's list; the rest is there to be counted without the table.
    models.Index(
        fields=["queue", "tier", "-number"],
        include=["state", "channel", "family", "assignee", "opened_at"],
        name="ticket_live_queue",
        condition=Q(state__in=LIVE),
    ),
    models.Index(
        fields=["queue", "state", "tier", "-number"],
        name="ticket_past_queue",
        condition=Q(state__in=PAST),
    ),
    models.Index(
        fields=["channel", "tier", "-number"],
        name="ticket_live_channel",
        condition=Q(state__in=LIVE),
    ),
    models.Index(
        fields=["family", "tier", "-number"],
        name="ticket_live_family",
        condition=Q(state__in=LIVE),
    ),
    models.Index(
        fields=["tier", "-number"],
        name="ticket_unassigned",
        condition=Q(state__in=UNSOLVED, assignee=None),
    ),
    # What one person has in hand, listed and counted without the table; then the rest.
    models.Index(
        fields=["assignee", "tier", "-number"],
        include=["state", "queue"],
        name="ticket_live_assigned",
        condition=Q(assignee__isnull=False, state__in=LIVE),
    ),
    models.Index(
        fields=["assignee", "tier", "-number"],
        name="ticket_past_assigned",
        condition=Q(assignee__isnull=False, state__in=PAST),
    ),
    models.Index(fields=["state", "tier", "-number"], name="ticket_state"),
    models.Index(
        fields=["rejudge_at"],
        name="ticket_rejudge",
        condition=Q(rejudge_at__isnull=False),
    ),
    models.Index(
        fields=["wait_until"],
        name="ticket_wait_until",
        condition=Q(wait_until__isnull=False),
    ),
]
