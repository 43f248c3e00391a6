"""How do tests come by thousands of tickets, each with an incident of its own?"""

from django.db import connection, transaction

from tests.work import UNAVAILABLE, category
from triage.models import Queue

FEW = 100
GROUPS = """
INSERT INTO triage_failuregroup
    (digest, fingerprint, category_id, channel, provider,
     region, state, first_seen, last_seen, reports, recipients, unserved,
     recent_reports)
SELECT md5(random()::text || n), '[]', %s, 'email', 'northpost', '', 'new', now(),
    now(), 1, 1, 1, '{}'
FROM generate_series(1, %s) AS n
RETURNING id
"""
TICKETS = """
INSERT INTO triage_ticket (public_id, group_id, queue_id, state, waiting_on,
    tier_computed, tier_score, tier_reasons, tier_override, tier_override_reason,
    reopen_count, version, last_seq, escalation, channel, family, about)
SELECT 'tkt_' || left(md5(random()::text || made.id), 26), made.id, %s, 'new', '',
    'S4', 10, '[]', '', '', 0, 1, 0, 0,
    'email', 'server', ''
FROM unnest(%s::bigint[]) AS made(id)
"""


def make_crowd(queue: Queue, size: int) -> None:
    """Make new tickets of a queue, without events.

    A large crowd is not looked at row by row by triggers, which would take longer than
    all that is tried with it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if size > FEW:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(GROUPS, [category(UNAVAILABLE).pk, size])
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(TICKETS, [queue.pk, ids])
        if size > FEW:
            cursor.execute("ANALYZE triage_failuregroup, triage_ticket")
