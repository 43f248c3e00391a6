"""How is a report stored in one statement?

Constant SQL that needs no transaction around it. The order of the writes follows from
what each one reads: idempotency key, person, message, report, logs. When the key or
the report is known already, nothing is written and no row comes back. When another
request writes one of the rows at the same time, this one waits for it: for the key it
then comes back without a row, for any other row it fails on the unique constraint and
leaves nothing behind.
"""

import re
from typing import LiteralString

_NAMED: LiteralString = """
WITH filed AS (
    SELECT
        %(source_id)s::bigint AS source_id,
        %(route)s::text AS route,
        %(key)s::text AS key,
        %(body_digest)s::text AS body_digest,
        %(answer)s::jsonb AS answer,
        %(recipient_ref)s::text AS recipient_ref,
        %(message_ref)s::text AS message_ref,
        %(message_public_id)s::text AS message_public_id,
        %(needed_level)s::smallint AS needed_level,
        %(public_id)s::text AS public_id,
        %(origin)s::text AS origin,
        %(client_report_id)s::text AS client_report_id,
        %(pseudonym)s::text AS pseudonym,
        %(channel)s::text AS channel,
        %(purpose)s::text AS purpose,
        %(symptom)s::text AS symptom,
        %(provider)s::text AS provider,
        %(provider_code)s::text AS provider_code,
        %(enhanced_code)s::text AS enhanced_code,
        %(provider_answer)s::text AS provider_answer,
        %(detail)s::text AS detail,
        %(template)s::jsonb AS template,
        %(region)s::text AS region,
        %(locale)s::text AS locale,
        %(client)s::jsonb AS client,
        %(attempts)s::jsonb AS attempts,
        %(meta)s::jsonb AS meta,
        %(consent_to_logs)s::boolean AS consent_to_logs,
        %(sanitized)s::boolean AS sanitized,
        %(clock_suspect)s::boolean AS clock_suspect,
        %(expires_at)s::timestamptz AS expires_at,
        %(occurred_at)s::timestamptz AS occurred_at,
        %(received_at)s::timestamptz AS received_at
), known_message AS (
    SELECT message.id, message.purpose, message.recipient_id
    FROM filed JOIN deliveries_message AS message
        ON message.source_id = filed.source_id
        AND message.external_id = filed.message_ref
), twin AS (
    -- the same person has an open report about the same message
    SELECT report.id
    FROM filed, known_message JOIN triage_failurereport AS report
        ON report.message_id = known_message.id
    WHERE report.reporter_pseudonym = filed.pseudonym AND report.state IN
        ('received', 'diagnosed', 'repairing', 'ticketed', 'resolved')
    LIMIT 1
), known_report AS (
    SELECT FROM filed JOIN triage_failurereport AS report
        ON report.source_id = filed.source_id
        AND report.client_report_id = filed.client_report_id
), kept_key AS (
    INSERT INTO deliveries_idempotencykey
        (source_id, route, key, body_digest, response_status, response_body)
    SELECT source_id, route, key, body_digest, 202,
        CASE WHEN EXISTS (SELECT FROM twin)
            THEN answer || '{"state": "duplicate", "dedup": "same_person"}'
            ELSE answer END
    FROM filed WHERE key IS NOT NULL AND NOT EXISTS (SELECT FROM known_report)
    ON CONFLICT (source_id, route, key) DO NOTHING
    RETURNING 1
), clear AS (
    -- kept_key comes first: it must be asked before anything else is written
    SELECT * FROM filed WHERE CASE WHEN key IS NULL
        THEN NOT EXISTS (SELECT FROM known_report)
        ELSE EXISTS (SELECT FROM kept_key) END
), known_person AS (
    SELECT person.id
    FROM filed JOIN deliveries_recipient AS person
        ON person.source_id = filed.source_id
        AND person.external_ref = filed.recipient_ref
), new_person AS (
    INSERT INTO deliveries_recipient (source_id, external_ref, locale)
    SELECT source_id, recipient_ref, locale FROM clear
    WHERE recipient_ref IS NOT NULL AND NOT EXISTS (SELECT FROM known_person)
    RETURNING id
), person AS (
    SELECT id FROM known_person UNION ALL SELECT id FROM new_person
), settled AS (
    SELECT clear.*, person.id AS person_id FROM clear LEFT JOIN person ON true
), new_message AS (
    INSERT INTO deliveries_message (
        public_id, source_id, external_id, recipient_id, channel, purpose, region,
        provider_id, expires_at, state, hold, evidence_level, needed_level,
        attempt_count, last_outcome, generation)
    SELECT settled.message_public_id, settled.source_id, settled.message_ref,
        settled.person_id, settled.channel,
        coalesce(settled.purpose, 'transactional'), settled.region, provider.id,
        settled.expires_at, 'failed', '', 0,
        least(settled.needed_level, provider.attainable_level), 0, '', 0
    FROM settled LEFT JOIN deliveries_provider AS provider
        ON provider.slug = settled.provider AND provider.channel = settled.channel
    WHERE message_ref IS NOT NULL AND NOT EXISTS (SELECT FROM known_message)
    RETURNING id, purpose, recipient_id
), message AS (
    SELECT * FROM known_message UNION ALL SELECT * FROM new_message
), report AS (
    INSERT INTO triage_failurereport (
        public_id, source_id, origin, client_report_id, body_digest, message_id,
        recipient_id, reporter_pseudonym, channel, purpose, symptom, provider,
        provider_code, enhanced_code, provider_answer, detail, template, region,
        locale, client, attempts, meta, consent_to_logs, sanitized, clock_suspect,
        expires_at, occurred_at, received_at, fingerprint, epoch, tries,
        state, duplicate_of_id, due_at)
    SELECT
        new.public_id, new.source_id, new.origin, new.client_report_id,
        new.body_digest, message.id, coalesce(new.person_id, message.recipient_id),
        new.pseudonym, new.channel,
        coalesce(new.purpose, message.purpose, 'transactional'), new.symptom,
        new.provider, new.provider_code, new.enhanced_code, new.provider_answer,
        new.detail, new.template, new.region, new.locale, new.client, new.attempts,
        new.meta, new.consent_to_logs, new.sanitized, new.clock_suspect,
        new.expires_at, new.occurred_at, new.received_at, '', 0, 0,
        CASE WHEN twin.id IS NULL THEN 'received' ELSE 'duplicate' END,
        twin.id, CASE WHEN twin.id IS NULL THEN now() END
    FROM settled AS new LEFT JOIN message ON true LEFT JOIN twin ON true
    RETURNING id, recipient_id, message_id, duplicate_of_id
), bundles AS (
    INSERT INTO triage_logbundle (report_id, kind, text, size, sha256, redactions)
    SELECT report.id, log.kind, log.text, log.size, log.sha256, log.redactions
    FROM report, jsonb_to_recordset(%(logs)s::jsonb)
        AS log(kind text, text text, size int, sha256 text, redactions jsonb)
)
SELECT id, recipient_id, message_id, duplicate_of_id FROM report
"""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

# The names of the parameters in the order of their numbers; each stands there once.
PARAMETERS: tuple[str, ...] = tuple(_PLACEHOLDER.findall(_NAMED))


def _numbered(statement: str) -> str:
    """Number the placeholders as PostgreSQL does, so that no driver has to."""
    numbers = iter(range(1, len(PARAMETERS) + 1))
    return _PLACEHOLDER.sub(lambda _: f"${next(numbers)}", statement)


FILE = _numbered(_NAMED)
