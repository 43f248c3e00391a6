"""What does the database itself see to when a ticket is written?"""

import pgtrigger

SOLVED_HAS_RESOLUTION = """
IF EXISTS (
    SELECT 1 FROM triage_ticket t
    WHERE t.id = {ticket}
      AND t.state IN ('solved', 'verified', 'closed_unverified')
      AND NOT EXISTS (
        SELECT 1 FROM triage_resolution r
        WHERE r.ticket_id = t.id AND r.superseded_at IS NULL
      )
) THEN
    RAISE EXCEPTION 'ticket_solved_has_resolution' USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


# What a list is narrowed by and a search finds a ticket by stands in its own row.
# Those facts of a group never change; they are copied again with another group.
TAKES_FROM_GROUP = """
SELECT made.channel, cause.family,
    concat_ws(' ', cause.slug, made.provider, made.region, source.slug, source.name)
INTO NEW.channel, NEW.family, NEW.about
FROM triage_failuregroup AS made
JOIN deliveries_failurecategory AS cause ON cause.id = made.category_id
LEFT JOIN deliveries_source AS source ON source.id = made.source_id
WHERE made.id = NEW.group_id;
RETURN NEW;
"""

# The family follows the cause that a person names, and the group's when it is undone.
FAMILY_FOLLOWS_CAUSE = """
SELECT cause.family INTO NEW.family
FROM triage_failuregroup AS made
JOIN deliveries_failurecategory AS cause
  ON cause.id = coalesce(NEW.category_override_id, made.category_id)
WHERE made.id = NEW.group_id;
RETURN NEW;
"""


FOLLOWS_GROUP = """
SELECT made.channel, cause.family,
    concat_ws(' ', own.slug, made.provider, made.region, source.slug, source.name)
INTO NEW.channel, NEW.family, NEW.about
FROM triage_failuregroup AS made
JOIN deliveries_failurecategory AS own ON own.id = made.category_id
JOIN deliveries_failurecategory AS cause
  ON cause.id = coalesce(NEW.category_override_id, made.category_id)
LEFT JOIN deliveries_source AS source ON source.id = made.source_id
WHERE made.id = NEW.group_id;
RETURN NEW;
"""


def solved_has_resolution(
    ticket: str, operation: pgtrigger.Operation
) -> pgtrigger.Trigger:
    """Declare the deferred check that a solved ticket has a current resolution."""
    return pgtrigger.Trigger(
        name="ticket_solved_has_resolution",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        level=pgtrigger.Row,
        func=SOLVED_HAS_RESOLUTION.format(ticket=ticket),
    )
