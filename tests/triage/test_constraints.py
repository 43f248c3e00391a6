"""Does the database itself refuse work that makes no sense?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import models

from deliveries.models import Message, Source
from knowledgebase.models import ArticleVersion
from tests.refusals import Write, refused_by, rules_of, without
from tests.rows import NOON, WORK, make, pointing_at_itself, twice
from tests.triage.told import INBOX, NOTICES
from triage.models import (
    LOG_BYTES,
    MOST_MINUTES,
    AgentProfile,
    BulkAction,
    BusinessCalendar,
    BusinessHours,
    Decline,
    Diagnosis,
    DiagnosisRule,
    Export,
    ExportPart,
    FailureGroup,
    FailureReport,
    Finding,
    GroupAlias,
    GroupRecipient,
    Handover,
    HandoverLine,
    Heartbeat,
    Holiday,
    LogBundle,
    Membership,
    Note,
    Queue,
    Resolution,
    Reveal,
    RoutingRule,
    RuleEvent,
    RuleRehearsal,
    SavedView,
    Selection,
    ShadowVerdict,
    SlaClock,
    SlaPolicy,
    Ticket,
    TicketEvent,
    TipShowing,
    WebhookDelivery,
    WebhookEndpoint,
)

pytestmark = pytest.mark.django_db

UNKNOWN = "?"


def changed(row: models.Model, **changes: object) -> None:
    """Change a row behind the back of its model."""
    type(row)._default_manager.filter(pk=row.pk).update(**changes)


def with_an_unknown_role() -> None:
    """Break the one rule; another would speak first."""
    without(Membership, "membership_role_fits_subject")
    make(Membership, role=UNKNOWN)


def with_an_unknown_endpoint_state() -> None:
    """Break the one rule; another would speak first."""
    without(WebhookEndpoint, "webhookendpoint_disabled_has_reason")
    make(WebhookEndpoint, state=UNKNOWN)


def handed_to_oneself() -> None:
    """Let the one who gives receive."""
    person = make(User)
    make(Handover, given_by=person, to_person=person, to_queue=None)


def solved_ticket() -> Ticket:
    """A ticket with the resolution that its state asks for."""
    ticket = make(Ticket)
    make(Resolution, ticket=ticket)
    changed(ticket, state="solved", solved_at=NOON)
    return ticket


QUEUES: dict[str, Write] = {
    "Reveal.reveal_field_known": lambda: make(Reveal, field=UNKNOWN),
    "Reveal.reveal_alarm_known": lambda: make(Reveal, alarm=UNKNOWN),
    "Reveal.reveal_has_reason": lambda: make(Reveal, reason="  because    "),
    "Reveal.reveal_append_only": lambda: changed(make(Reveal), reason="Something else"),
    "Queue.queue_slug": lambda: make(Queue, slug="general"),
    "Membership.membership_once": lambda: twice(
        Membership, person=make(User), queue=make(Queue)
    ),
    "Membership.membership_subject": lambda: make(Membership, source=make(Source)),
    "Membership.membership_role_fits_subject": lambda: make(Membership, role="sender"),
    "Membership.membership_role_known": with_an_unknown_role,
    "RoutingRule.routingrule_channel_known": lambda: make(RoutingRule, channel=UNKNOWN),
    "Heartbeat.heartbeat_name": lambda: twice(Heartbeat, name="worker"),
}


def two_open_clocks() -> None:
    """Promise the same twice, in two cycles."""
    ticket = make(Ticket)
    make(SlaClock, ticket=ticket)
    make(SlaClock, ticket=ticket, cycle=2)


CLOCKS: dict[str, Write] = {
    "Queue.queue_escalation_ordered": lambda: make(
        Queue, escalate_at=10, escalate_again_at=10
    ),
    "Queue.queue_escalation_positive": lambda: make(Queue, escalate_at=0),
    "BusinessCalendar.businesscalendar_slug": lambda: twice(
        BusinessCalendar, slug="same"
    ),
    "BusinessHours.businesshours_opening": lambda: twice(
        BusinessHours, calendar=make(BusinessCalendar)
    ),
    "BusinessHours.businesshours_ordered": lambda: make(BusinessHours, opens_min=1020),
    "BusinessHours.businesshours_weekday_known": lambda: make(BusinessHours, weekday=7),
    "Holiday.holiday_once": lambda: twice(Holiday, calendar=make(BusinessCalendar)),
    "AgentProfile.agentprofile_capacity": lambda: make(AgentProfile, capacity=201),
    "Decline.decline_once": lambda: twice(
        Decline, ticket=make(Ticket), person=make(User)
    ),
    "Decline.decline_reason_known": lambda: make(Decline, reason=UNKNOWN),
    "SlaPolicy.slapolicy_tier": lambda: twice(SlaPolicy, queue=make(Queue)),
    "SlaPolicy.slapolicy_tier_known": lambda: make(SlaPolicy, tier=UNKNOWN),
    "SlaPolicy.slapolicy_targets_sensible": lambda: make(
        SlaPolicy, next_update_min=MOST_MINUTES + 1
    ),
    "SlaClock.slaclock_cycle": lambda: twice(
        SlaClock, ticket=make(Ticket), state="met", met_at=NOON
    ),
    "SlaClock.slaclock_one_open": two_open_clocks,
    "SlaClock.slaclock_not_negative": lambda: make(SlaClock, paused_s=-1),
    "SlaClock.slaclock_paused_since": lambda: make(SlaClock, state="paused"),
    "SlaClock.slaclock_met_has_time": lambda: make(SlaClock, state="met"),
    "SlaClock.slaclock_due_while_running": lambda: make(
        SlaClock, state="breached", due_at=NOON
    ),
    "SlaClock.slaclock_parked_not_due": lambda: make(
        SlaClock, due_at=NOON, parked_at=NOON
    ),
    "SlaClock.slaclock_kind_known": lambda: make(SlaClock, kind=UNKNOWN),
    "SlaClock.slaclock_state_known": lambda: make(SlaClock, state=UNKNOWN),
    "SlaClock.slaclock_tier_known": lambda: make(SlaClock, tier=UNKNOWN),
    "Ticket.ticket_escalation_known": lambda: make(Ticket, escalation=3),
}


def chain() -> None:
    """Merge into a group that is itself merged, without going to its end."""
    middle, end = make(FailureGroup), make(FailureGroup)
    make(GroupAlias, digest=middle.digest, into=end, group=end)
    make(GroupAlias, into=middle, group=middle)


GROUPS: dict[str, Write] = {
    "FailureGroup.group_digest": lambda: twice(FailureGroup, digest="same"),
    "FailureGroup.group_channel_known": lambda: make(FailureGroup, channel=UNKNOWN),
    "FailureGroup.group_state_known": lambda: make(FailureGroup, state=UNKNOWN),
    "FailureGroup.group_unserved_within_people": lambda: make(
        FailureGroup, recipients=1, unserved=2
    ),
    "FailureGroup.group_recent_whole": lambda: make(FailureGroup, recent_at=NOON),
    "FailureGroup.group_mute_ends": lambda: make(FailureGroup, muted_at=NOON),
    "FailureGroup.group_split_from_another": lambda: pointing_at_itself(
        FailureGroup, "split_from"
    ),
    "GroupAlias.groupalias_digest": lambda: twice(GroupAlias, digest="same"),
    "GroupAlias.groupalias_no_chain": chain,
    "GroupAlias.groupalias_retired_later": lambda: make(
        GroupAlias, made_at=NOON, retired_at=NOON - timedelta(days=1)
    ),
    "GroupRecipient.grouprecipient_once": lambda: twice(
        GroupRecipient, digest="same", pseudonym="same"
    ),
}

TICKETS: dict[str, Write] = {
    "Ticket.ticket_one_live_per_group_queue": lambda: twice(
        Ticket, group=make(FailureGroup), queue=make(Queue)
    ),
    "Ticket.ticket_wait_ends_waiting": lambda: make(Ticket, wait_until=NOON),
    "Ticket.ticket_waiting_has_reason": lambda: make(Ticket, state="waiting"),
    "Ticket.ticket_override_has_reason": lambda: make(
        Ticket, tier_override="S1", tier_override_reason="because"
    ),
    "Ticket.ticket_merged_points": lambda: make(Ticket, state="merged"),
    "Ticket.ticket_state_known": lambda: make(Ticket, state=UNKNOWN),
    "Ticket.ticket_channel_known": lambda: changed(make(Ticket), channel=UNKNOWN),
    "Ticket.ticket_tier_known": lambda: make(Ticket, tier_computed=UNKNOWN),
    "Ticket.ticket_tier_override_known": lambda: make(
        Ticket, tier_override="S9", tier_override_reason="Half a city waits."
    ),
    "Ticket.ticket_waiting_on_known": lambda: make(
        Ticket, state="waiting", waiting_on=UNKNOWN
    ),
    "Ticket.ticket_solved_has_resolution": lambda: changed(
        make(Ticket), state="solved"
    ),
    "TicketEvent.ticketevent_seq": lambda: twice(
        TicketEvent, ticket=make(Ticket), seq=1
    ),
    "TicketEvent.ticketevent_kind_known": lambda: make(TicketEvent, kind=UNKNOWN),
    "TicketEvent.ticketevent_actor_kind_known": lambda: make(
        TicketEvent, actor_kind=UNKNOWN
    ),
    "TicketEvent.ticketevent_append_only": lambda: changed(
        make(TicketEvent), change={"by": "nobody"}
    ),
    "Note.note_kind_known": lambda: make(Note, kind=UNKNOWN),
}

REPORTS: dict[str, Write] = {
    "FailureReport.failurereport_parked_not_due": lambda: make(
        FailureReport, due_at=NOON, parked_at=NOON
    ),
    "FailureReport.report_source_ref": lambda: twice(
        FailureReport, source=make(Source), client_report_id="r-1"
    ),
    "FailureReport.report_one_open_per_reporter": lambda: twice(
        FailureReport, message=make(Message), reporter_pseudonym="same"
    ),
    "FailureReport.report_duplicate_points": lambda: make(
        FailureReport, state="duplicate"
    ),
    "FailureReport.report_origin_known": lambda: make(FailureReport, origin=UNKNOWN),
    "FailureReport.report_channel_known": lambda: make(FailureReport, channel=UNKNOWN),
    "FailureReport.report_purpose_known": lambda: make(FailureReport, purpose=UNKNOWN),
    "FailureReport.report_symptom_known": lambda: make(FailureReport, symptom=UNKNOWN),
    "FailureReport.report_state_known": lambda: make(FailureReport, state=UNKNOWN),
    "LogBundle.logbundle_size": lambda: make(LogBundle, size=LOG_BYTES + 1),
    "LogBundle.logbundle_kind_known": lambda: make(LogBundle, kind=UNKNOWN),
}

VERDICTS: dict[str, Write] = {
    "Diagnosis.diagnosis_append_only": lambda: changed(make(Diagnosis), took_ms=1.5),
    "Diagnosis.diagnosis_plan_action_known": lambda: make(
        Diagnosis, plan_action=UNKNOWN
    ),
    "Diagnosis.diagnosis_plan_at_timed": lambda: make(
        Diagnosis, plan_action="human", plan_at=NOON
    ),
    "Finding.finding_rank": lambda: twice(Finding, diagnosis=make(Diagnosis), rank=1),
    "Finding.finding_confidence": lambda: make(Finding, confidence=1.01),
    "Finding.finding_append_only": lambda: changed(make(Finding), confidence=1.0),
    "Resolution.resolution_current": lambda: twice(Resolution, ticket=make(Ticket)),
    "Resolution.resolution_needs_category": lambda: make(Resolution, category=None),
    "TipShowing.tipshowing_parked_not_due": lambda: make(TipShowing, parked_at=NOON),
    "TipShowing.tipshowing_once_a_day": lambda: twice(
        TipShowing, version=make(ArticleVersion), source=make(Source), person="p"
    ),
    "TipShowing.tipshowing_channel_known": lambda: make(TipShowing, channel=UNKNOWN),
    "TipShowing.tipshowing_after_known": lambda: make(TipShowing, after="?"),
    "TipShowing.tipshowing_person": lambda: make(TipShowing, person=""),
    "TipShowing.tipshowing_due_until_known": lambda: make(TipShowing, due_at=None),
    "Resolution.resolution_parked_not_due": lambda: make(
        Resolution, due_at=NOON, parked_at=NOON
    ),
    "Resolution.resolution_regressed_has_time": lambda: make(
        Resolution, state="regressed"
    ),
    "Resolution.resolution_state_known": lambda: make(Resolution, state=UNKNOWN),
    "Resolution.ticket_solved_has_resolution": lambda: changed(
        solved_ticket().resolutions.get(), superseded_at=NOON
    ),
}

SELECTIONS: dict[str, Write] = {
    "Selection.selection_size": lambda: make(Selection, ids=list(range(100_001))),
    "Selection.selection_lives": lambda: make(Selection, made_at=NOON, expires_at=NOON),
    "Selection.selection_model_known": lambda: changed(make(Selection), model=UNKNOWN),
    "BulkAction.bulkaction_parked_not_due": lambda: make(
        BulkAction, due_at=NOON, parked_at=NOON
    ),
    "BulkAction.bulkaction_result_complete": lambda: make(
        BulkAction, state="applied", ended_at=NOON, expected=2, applied=1
    ),
    "BulkAction.bulkaction_works_on_selection": lambda: make(
        BulkAction, selection=None
    ),
    "BulkAction.bulkaction_ended": lambda: make(BulkAction, ended_at=NOON),
    "BulkAction.bulkaction_undo_after_request": lambda: make(
        BulkAction, requested_at=NOON, undo_until=NOON
    ),
    "BulkAction.bulkaction_undone_applied": lambda: make(BulkAction, undone=1),
    "BulkAction.bulkaction_state_known": lambda: make(
        BulkAction, state=UNKNOWN, ended_at=NOON
    ),
    "BulkAction.bulkaction_action_known": lambda: make(BulkAction, action=UNKNOWN),
    "Export.export_parked_not_due": lambda: make(Export, due_at=NOON, parked_at=NOON),
    "Export.export_done_has_file": lambda: make(Export, state="done", ended_at=NOON),
    "Export.export_ended": lambda: make(Export, ended_at=NOON),
    "Export.export_format_known": lambda: make(Export, format=UNKNOWN),
    "ExportPart.exportpart_number": lambda: make(
        ExportPart, export=make(ExportPart, number=1).export, number=1
    ),
    "Export.export_written_expected": lambda: make(Export, written=3),
    "Export.export_state_known": lambda: make(Export, state=UNKNOWN, ended_at=NOON),
    "Handover.handover_has_one_receiver": lambda: make(Handover, to_queue=None),
    "Handover.handover_not_to_oneself": handed_to_oneself,
    "HandoverLine.handoverline_once": lambda: twice(
        HandoverLine, handover=make(Handover), ticket=make(Ticket)
    ),
    "SavedView.savedview_name_of_owner": lambda: twice(
        SavedView, owner=make(User), name="Mine"
    ),
    "SavedView.savedview_has_name": lambda: make(SavedView, name=""),
}

WEBHOOKS: dict[str, Write] = {
    "WebhookEndpoint.webhookendpoint_url_is_http": lambda: make(
        WebhookEndpoint, url="ftp://shop.example/"
    ),
    "WebhookEndpoint.webhookendpoint_events_known": lambda: make(
        WebhookEndpoint, events=["report.burnt"]
    ),
    "WebhookEndpoint.webhookendpoint_state_known": with_an_unknown_endpoint_state,
    "WebhookEndpoint.webhookendpoint_reason_known": lambda: make(
        WebhookEndpoint, state="disabled", disabled_at=NOON, disabled_reason=UNKNOWN
    ),
    "WebhookEndpoint.webhookendpoint_disabled_has_reason": lambda: make(
        WebhookEndpoint, state="disabled", disabled_at=NOON
    ),
    "WebhookEndpoint.webhookendpoint_old_secret_ends": lambda: make(
        WebhookEndpoint, sealed_old_secret=b"sealed"
    ),
    "WebhookDelivery.webhookdelivery_parked_not_due": lambda: make(
        WebhookDelivery, due_at=NOON, parked_at=NOON
    ),
    "WebhookDelivery.webhookdelivery_once": lambda: twice(
        WebhookDelivery, endpoint=make(WebhookEndpoint), event_id="same"
    ),
    "WebhookDelivery.webhookdelivery_kind_known": lambda: make(
        WebhookDelivery, kind=UNKNOWN
    ),
    "WebhookDelivery.webhookdelivery_state_known": lambda: make(
        WebhookDelivery, state=UNKNOWN
    ),
    "WebhookDelivery.webhookdelivery_only_due_is_sent": lambda: make(
        WebhookDelivery, state="dead", due_at=NOON
    ),
    "WebhookDelivery.webhookdelivery_delivered_has_time": lambda: make(
        WebhookDelivery, state="delivered"
    ),
}


def live(**changes: object) -> DiagnosisRule:
    """A rule that somebody other than its author has switched on."""
    return make(DiagnosisRule, mode="live", mode_by=make(User), **changes)


def live_twice(**same: object) -> None:
    """Two live rules that have the named values in common."""
    live(**same)
    live(**same)


def switched_on_by_the_author() -> None:
    author = make(User)
    make(DiagnosisRule, mode="live", resends=True, author=author, mode_by=author)


def two_shadows_of_one_rule() -> None:
    first = make(DiagnosisRule)
    first.refresh_from_db()
    make(DiagnosisRule, reference=first.reference, number=2, replaces=first)


TAUGHT: dict[str, Write] = {
    "DiagnosisRule.diagnosisrule_version": lambda: twice(
        DiagnosisRule, reference=7, retired_at=NOON, retired_by=make(User)
    ),
    "DiagnosisRule.diagnosisrule_live": lambda: live_twice(pattern="same"),
    "DiagnosisRule.diagnosisrule_one_standing": two_shadows_of_one_rule,
    "DiagnosisRule.diagnosisrule_replaces": lambda: make(DiagnosisRule, number=2),
    "DiagnosisRule.diagnosisrule_retired_complete": lambda: make(
        DiagnosisRule, retired_at=NOON
    ),
    "DiagnosisRule.diagnosisrule_live_has_person": lambda: make(
        DiagnosisRule, mode="live"
    ),
    "DiagnosisRule.diagnosisrule_second_person": switched_on_by_the_author,
    "DiagnosisRule.diagnosisrule_pattern": lambda: make(DiagnosisRule, pattern=""),
    "DiagnosisRule.diagnosisrule_channel_known": lambda: make(
        DiagnosisRule, channel=UNKNOWN
    ),
    "DiagnosisRule.diagnosisrule_kind_known": lambda: make(DiagnosisRule, kind=UNKNOWN),
    "DiagnosisRule.diagnosisrule_mode_known": lambda: make(DiagnosisRule, mode=UNKNOWN),
    "DiagnosisRule.diagnosisrule_text_final": lambda: changed(
        make(DiagnosisRule), pattern="something else"
    ),
    "RuleEvent.ruleevent_act_known": lambda: make(RuleEvent, act=UNKNOWN),
    "RuleEvent.ruleevent_append_only": lambda: changed(make(RuleEvent), act="retired"),
    "RuleRehearsal.rulerehearsal_one_running": lambda: twice(
        RuleRehearsal, rule=make(DiagnosisRule)
    ),
    "RuleRehearsal.rulerehearsal_counts": lambda: make(RuleRehearsal, would=1),
    "RuleRehearsal.rulerehearsal_ended": lambda: make(RuleRehearsal, state="done"),
    "RuleRehearsal.rulerehearsal_fault": lambda: make(RuleRehearsal, fault="crashed"),
    "RuleRehearsal.rulerehearsal_days_known": lambda: make(RuleRehearsal, days=8),
    "RuleRehearsal.rulerehearsal_state_known": lambda: make(
        RuleRehearsal, state=UNKNOWN, ended_at=NOON
    ),
    "ShadowVerdict.shadowverdict_once": lambda: twice(
        ShadowVerdict, rule=make(DiagnosisRule), diagnosis=make(Diagnosis)
    ),
}

BROKEN = {
    **SELECTIONS,
    **INBOX,
    **WEBHOOKS,
    **QUEUES,
    **NOTICES,
    **CLOCKS,
    **GROUPS,
    **TICKETS,
    **REPORTS,
    **VERDICTS,
    **TAUGHT,
}


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_the_database_refuses_what_breaks_a_rule(rule: str) -> None:
    assert refused_by(BROKEN[rule]) == rule.partition(".")[2]


@pytest.mark.parametrize("model", WORK, ids=lambda model: model.__name__)
def test_the_database_takes_a_row_that_breaks_none(model: type[models.Model]) -> None:
    assert refused_by(lambda: make(model)) == ""


def test_every_rule_is_broken_by_a_test() -> None:
    assert rules_of("triage") == set(BROKEN)


def test_a_solved_ticket_with_its_resolution_is_taken() -> None:
    assert refused_by(solved_ticket) == ""


def test_the_resolution_of_a_solved_ticket_is_not_deleted() -> None:
    ticket = solved_ticket()
    refused = refused_by(lambda: ticket.resolutions.get().delete())
    assert refused == "ticket_solved_has_resolution"


@pytest.mark.parametrize("model", [Diagnosis, Finding, TicketEvent])
def test_what_is_append_only_is_not_deleted(model: type[models.Model]) -> None:
    row = make(model)
    assert refused_by(row.delete) == f"{model._meta.model_name}_append_only"


@pytest.mark.parametrize(
    ("model", "field", "state"),
    [
        (Ticket, "merged_into", "merged"),
        (FailureReport, "duplicate_of", "duplicate"),
    ],
)
def test_nothing_is_its_own_twin(
    model: type[models.Model], field: str, state: str
) -> None:
    rule = {"merged": "ticket_merged_points", "duplicate": "report_duplicate_points"}
    write = lambda: pointing_at_itself(model, field, state=state)  # noqa: E731
    assert refused_by(write) == rule[state]


def test_a_group_may_have_one_live_ticket_in_each_of_two_queues() -> None:
    group = make(FailureGroup)
    assert refused_by(lambda: twice(Ticket, group=group)) == ""


def test_a_reporter_may_report_a_message_again_once_the_first_is_closed() -> None:
    same = {"message": make(Message), "reporter_pseudonym": "same"}
    make(FailureReport, state="rejected", **same)
    assert refused_by(lambda: make(FailureReport, **same)) == ""


def test_what_a_rule_says_may_stand_in_the_shadow_beside_a_live_one() -> None:
    same = live(pattern="same")
    assert refused_by(lambda: make(DiagnosisRule, pattern=same.pattern)) == ""


def test_an_author_switches_on_what_is_not_resent() -> None:
    author = make(User)
    on = {"mode": "live", "author": author, "mode_by": author}
    assert refused_by(lambda: make(DiagnosisRule, **on)) == ""
