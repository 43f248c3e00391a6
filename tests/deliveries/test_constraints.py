"""Does the database itself refuse facts that make no sense?"""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import models

from deliveries import taxonomy
from deliveries.models import (
    Address,
    ApiKey,
    CapUse,
    Consent,
    DelegatedSend,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    FailureCategory,
    FrequencyCap,
    HookCount,
    HookEndpoint,
    IdempotencyKey,
    Message,
    OutcomeRollup,
    ParkedReceipt,
    Provider,
    QuietHours,
    Recipient,
    RecipientKey,
    ResendEvent,
    ResendItem,
    ResendOperation,
    Route,
    RouteHealth,
    Source,
    Suppression,
)
from tests.refusals import Write, refused_by, rules_of
from tests.rows import FACTS, NOON, make, pointing_at_itself, twice

pytestmark = pytest.mark.django_db

UNKNOWN = "?"
MINUTE = timedelta(minutes=1)


def changed(row: models.Model, **changes: object) -> None:
    """Change a row behind the back of its model."""
    type(row)._default_manager.filter(pk=row.pk).update(**changes)


VOCABULARY: dict[str, Write] = {
    "FailureCategory.failurecategory_slug": lambda: make(
        FailureCategory, slug=taxonomy.UNKNOWN, family="unknown"
    ),
    "FailureCategory.failurecategory_slug_shape": lambda: make(
        FailureCategory, slug="template.other", family="content"
    ),
    "FailureCategory.failurecategory_deprecated_has_successor": lambda: make(
        FailureCategory, deprecated_at=NOON
    ),
    "FailureCategory.failurecategory_handling_level_range": lambda: make(
        FailureCategory, handling_level=5
    ),
    "FailureCategory.failurecategory_retry_class_known": lambda: make(
        FailureCategory, retry_class=UNKNOWN
    ),
    "FailureCategory.failurecategory_repair_policy_known": lambda: make(
        FailureCategory, repair_policy=UNKNOWN
    ),
}

CONFIGURATION: dict[str, Write] = {
    "Source.source_slug": lambda: twice(Source, slug="shop"),
    "ApiKey.apikey_prefix": lambda: twice(ApiKey, prefix="abcdefgh"),
    "ApiKey.apikey_digest": lambda: twice(ApiKey, digest="same"),
    "ApiKey.apikey_scopes_known": lambda: make(ApiKey, scopes=["ticket:verify"]),
    "IdempotencyKey.idempotencykey_source_key": lambda: twice(
        IdempotencyKey, source=make(Source), route="reports", key="same"
    ),
    "IdempotencyKey.idempotencykey_person_key": lambda: twice(
        IdempotencyKey, source=None, person=make(User), route="resends", key="same"
    ),
    "IdempotencyKey.idempotencykey_has_owner": lambda: make(
        IdempotencyKey, source=None
    ),
    "Provider.provider_slug": lambda: twice(Provider, slug="carrier"),
    "Provider.provider_channel_known": lambda: make(Provider, channel=UNKNOWN),
    "Provider.provider_adapter_known": lambda: make(Provider, adapter=UNKNOWN),
    "Provider.provider_dedup_known": lambda: make(Provider, dedup=UNKNOWN),
    "Provider.provider_level_known": lambda: make(Provider, attainable_level=9),
    "Provider.provider_set_at_has_credentials": lambda: make(
        Provider, credentials_set_at=NOON
    ),
    "Route.route_once": lambda: twice(Route, provider=make(Provider)),
    "Route.route_channel_known": lambda: make(Route, channel=UNKNOWN),
}

PEOPLE: dict[str, Write] = {
    "Recipient.recipient_source_ref": lambda: twice(
        Recipient, source=make(Source), external_ref="u-1"
    ),
    "RecipientKey.recipientkey_destroyed_is_empty": lambda: make(
        RecipientKey, destroyed_at=NOON
    ),
    "Address.address_channel_pseudonym": lambda: twice(
        Address, recipient=make(Recipient), pseudonym="same"
    ),
    "Address.address_channel_known": lambda: make(Address, channel=UNKNOWN),
    "Suppression.suppression_active": lambda: twice(
        Suppression, source=make(Source), pseudonym="same"
    ),
    "Suppression.suppression_lift_complete": lambda: make(Suppression, lifted_at=NOON),
    "Suppression.suppression_channel_known": lambda: make(Suppression, channel=UNKNOWN),
    "Suppression.suppression_purpose_known": lambda: make(Suppression, purpose=UNKNOWN),
    "Suppression.suppression_origin_known": lambda: make(Suppression, origin=UNKNOWN),
}

MESSAGES: dict[str, Write] = {
    "Message.message_external_id": lambda: twice(
        Message, source=make(Source), external_id="m-1"
    ),
    "Message.message_state_known": lambda: make(Message, state=UNKNOWN),
    "Message.message_channel_known": lambda: make(Message, channel=UNKNOWN),
    "Message.message_purpose_known": lambda: make(Message, purpose=UNKNOWN),
    "Message.message_levels_in_range": lambda: make(Message, needed_level=5),
    "Message.message_delivered_has_evidence": lambda: make(
        Message, state="delivered", evidence_level=2
    ),
    "Message.message_not_self_superseding": lambda: pointing_at_itself(
        Message, "supersedes"
    ),
    "Message.message_held_has_reason": lambda: make(Message, state="held", hold=""),
}

ATTEMPTS: dict[str, Write] = {
    "DeliveryAttempt.deliveryattempt_parked_not_due": lambda: make(
        DeliveryAttempt, due_at=NOON, parked_at=NOON
    ),
    "DeliveryAttempt.attempt_n": lambda: twice(
        DeliveryAttempt, message=make(Message), outcome="refused", finished_at=NOON
    ),
    "DeliveryAttempt.attempt_one_running": lambda: [
        make(DeliveryAttempt, message=message, n=n, outcome=outcome)
        for message in [make(Message)]
        for n, outcome in ((1, "sending"), (2, "planned"))
    ],
    "DeliveryAttempt.attempt_key": lambda: twice(
        DeliveryAttempt, idempotency_key="msg:1", route=make(Route)
    ),
    "DeliveryAttempt.attempt_times_ordered": lambda: make(
        DeliveryAttempt, outcome="refused", started_at=NOON, finished_at=NOON - MINUTE
    ),
    "DeliveryAttempt.attempt_finished_iff_over": lambda: make(
        DeliveryAttempt, outcome="refused", finished_at=None
    ),
    "DeliveryAttempt.attempt_outcome_known": lambda: make(
        DeliveryAttempt, outcome=UNKNOWN, finished_at=NOON
    ),
    "DeliveryAttempt.attempt_settled_by_somebody": lambda: make(
        DeliveryAttempt, outcome="accepted", finished_at=NOON, settled_at=NOON
    ),
    "DeliveryAttempt.attempt_channel_known": lambda: make(
        DeliveryAttempt, channel=UNKNOWN
    ),
    "DeliveryAttempt.attempt_elsewhere_has_channel": lambda: make(
        DeliveryAttempt, address=make(Address)
    ),
    "DeliveryAttempt.attempt_cause_known": lambda: make(DeliveryAttempt, cause=UNKNOWN),
    "DeliveryAttempt.attempt_of_a_resend_is_bulk": lambda: make(
        DeliveryAttempt, resend_item=make(ResendItem)
    ),
}

EVIDENCE: dict[str, Write] = {
    "DeliveryEvent.event_once": lambda: twice(DeliveryEvent, dedup_hash="same"),
    "DeliveryEvent.event_kind_known": lambda: make(DeliveryEvent, kind=UNKNOWN),
    "DeliveryEvent.event_level_known": lambda: make(DeliveryEvent, level=9),
    "DeliveryEvent.event_append_only": lambda: changed(make(DeliveryEvent), level=3),
    "FactChange.factchange_parked_not_due": lambda: make(
        FactChange, due_at=NOON, parked_at=NOON
    ),
    "FactChange.factchange_kind_known": lambda: make(FactChange, kind=UNKNOWN),
    "FactChange.factchange_has_source": lambda: make(
        FactChange, source=None, message=None
    ),
}

DELEGATED: dict[str, Write] = {
    "Source.source_resend_mode_known": lambda: make(Source, resend_mode=UNKNOWN),
    "DelegatedSend.delegatedsend_parked_not_due": lambda: make(
        DelegatedSend, due_at=NOON, parked_at=NOON
    ),
    "DelegatedSend.delegatedsend_state_known": lambda: make(
        DelegatedSend, state=UNKNOWN
    ),
    "DelegatedSend.delegatedsend_code_known": lambda: make(
        DelegatedSend, state="failed", code=UNKNOWN
    ),
    "DelegatedSend.delegatedsend_failed_has_code": lambda: make(
        DelegatedSend, state="failed"
    ),
    "DelegatedSend.delegatedsend_ack_takes_lease": lambda: make(
        DelegatedSend, acked_at=NOON
    ),
    "DelegatedSend.delegatedsend_acknowledged_has_ack": lambda: make(
        DelegatedSend, state="acknowledged"
    ),
    "DelegatedSend.delegatedsend_asks_bounded": lambda: make(DelegatedSend, asks=4),
}

RECEIPTS: dict[str, Write] = {
    "HookEndpoint.hookendpoint_token": lambda: twice(HookEndpoint, token_digest="same"),
    "HookEndpoint.hookendpoint_dialect_known": lambda: make(
        HookEndpoint, dialect=UNKNOWN
    ),
    "HookEndpoint.hookendpoint_scheme_known": lambda: make(
        HookEndpoint, scheme=UNKNOWN
    ),
    "HookEndpoint.hookendpoint_has_provider": lambda: make(HookEndpoint, provider=None),
    "HookEndpoint.hookendpoint_has_secret": lambda: make(
        HookEndpoint, sealed_secrets=None
    ),
    "HookCount.hookcount_once": lambda: twice(HookCount, endpoint=None),
    "HookCount.hookcount_fate_known": lambda: make(HookCount, fate=UNKNOWN),
    "ParkedReceipt.parkedreceipt_once": lambda: twice(
        ParkedReceipt, endpoint=make(HookEndpoint), digest="same"
    ),
}

CONSENT: dict[str, Write] = {
    "Consent.consent_current": lambda: twice(Consent, address=make(Address)),
    "Consent.consent_confirmed_has_proof": lambda: make(
        Consent, state="confirmed", confirmed_at=NOON
    ),
    "Consent.consent_withdrawn_has_time": lambda: make(Consent, state="withdrawn"),
    "Consent.consent_purpose_known": lambda: make(Consent, purpose=UNKNOWN),
    "Consent.consent_state_known": lambda: make(Consent, state=UNKNOWN),
    "Consent.consent_origin_known": lambda: make(Consent, origin=UNKNOWN),
}

LIMITS: dict[str, Write] = {
    "FrequencyCap.frequencycap_once": lambda: twice(FrequencyCap, source=make(Source)),
    "FrequencyCap.frequencycap_positive": lambda: make(FrequencyCap, max_sends=0),
    "FrequencyCap.frequencycap_channel_known": lambda: make(
        FrequencyCap, channel=UNKNOWN
    ),
    "FrequencyCap.frequencycap_purpose_known": lambda: make(
        FrequencyCap, purpose=UNKNOWN
    ),
    "CapUse.capuse_window": lambda: twice(
        CapUse, cap=make(FrequencyCap), pseudonym="same"
    ),
    "QuietHours.quiethours_once": lambda: twice(QuietHours, source=make(Source)),
    "QuietHours.quiethours_not_empty": lambda: make(QuietHours, ends=time(22)),
    "QuietHours.quiethours_channel_known": lambda: make(QuietHours, channel=UNKNOWN),
    "QuietHours.quiethours_purpose_known": lambda: make(QuietHours, purpose=UNKNOWN),
}

HEALTH: dict[str, Write] = {
    "RouteHealth.routehealth_state_known": lambda: make(
        RouteHealth, state=UNKNOWN, opened_at=NOON
    ),
    "RouteHealth.routehealth_counts": lambda: make(RouteHealth, requests=1, failures=2),
    "RouteHealth.routehealth_opened_iff_not_closed": lambda: make(
        RouteHealth, state="open"
    ),
    "RouteHealth.routehealth_forced_has_reason": lambda: make(
        RouteHealth,
        state="open",
        opened_at=NOON,
        forced_by=User.objects.create_user("leo"),
    ),
    "OutcomeRollup.outcomerollup_cell": lambda: twice(
        OutcomeRollup, source=make(Source), provider=make(Provider)
    ),
    "OutcomeRollup.outcomerollup_adds_up": lambda: make(OutcomeRollup, sends=4),
    "OutcomeRollup.outcomerollup_delivered": lambda: make(OutcomeRollup, delivered=4),
    "OutcomeRollup.outcomerollup_grain_known": lambda: make(
        OutcomeRollup, grain=UNKNOWN
    ),
    "OutcomeRollup.outcomerollup_channel_known": lambda: make(
        OutcomeRollup, channel=UNKNOWN
    ),
    "OutcomeRollup.outcomerollup_purpose_known": lambda: make(
        OutcomeRollup, purpose=UNKNOWN
    ),
}

RESENDS: dict[str, Write] = {
    "ResendOperation.resendoperation_parked_not_due": lambda: make(
        ResendOperation, due_at=NOON, parked_at=NOON
    ),
    "ResendOperation.resendoperation_state_known": lambda: make(
        ResendOperation, state=UNKNOWN, frozen_at=NOON
    ),
    "ResendOperation.resendoperation_has_scope": lambda: make(
        ResendOperation, queue_ids=[]
    ),
    "ResendOperation.resendoperation_fault_known": lambda: make(
        ResendOperation, fault=UNKNOWN
    ),
    "ResendOperation.resendoperation_second_person": lambda: [
        make(
            ResendOperation,
            state="approved",
            frozen_at=NOON,
            needs_second_person=True,
            created_by=ana,
            approved_by=ana,
        )
        for ana in [make(User)]
    ],
    "ResendOperation.resendoperation_frozen": lambda: make(
        ResendOperation, state="planned"
    ),
    "ResendOperation.resendoperation_counts_add_up": lambda: make(
        ResendOperation, frozen_count=2, n_planned=1
    ),
    "ResendOperation.resendoperation_ended": lambda: make(
        ResendOperation, ended_at=NOON
    ),
    "ResendOperation.resendoperation_pace": lambda: make(ResendOperation, rate_per_s=0),
    "ResendOperation.resendoperation_abort": lambda: make(
        ResendOperation, abort_percent=51
    ),
    "ResendItem.resenditem_message": lambda: twice(
        ResendItem,
        operation=make(ResendOperation),
        message=make(Message),
        state="failed",
    ),
    "ResendItem.resenditem_one_outstanding": lambda: [
        make(ResendItem, message=message, state=state)
        for message in [make(Message)]
        for state in ("unknown", "planned")
    ],
    "ResendItem.resenditem_excluded_has_code": lambda: make(
        ResendItem, state="excluded"
    ),
    "ResendItem.resenditem_exclusion_known": lambda: make(
        ResendItem, state="excluded", exclusion=UNKNOWN
    ),
    "ResendItem.resenditem_risk": lambda: make(ResendItem, duplicate_risk=1.5),
    "ResendItem.resenditem_state_known": lambda: make(ResendItem, state=UNKNOWN),
    "ResendItem.resenditem_frozen_set": lambda: make(
        ResendItem, operation=make(ResendOperation, state="planned", frozen_at=NOON)
    ),
    "ResendEvent.resendevent_state_known": lambda: make(ResendEvent, state=UNKNOWN),
    "ResendEvent.resendevent_append_only": lambda: changed(
        make(ResendEvent), state="planned"
    ),
}

BROKEN = {
    **DELEGATED,
    **VOCABULARY,
    **CONFIGURATION,
    **PEOPLE,
    **MESSAGES,
    **ATTEMPTS,
    **EVIDENCE,
    **RECEIPTS,
    **CONSENT,
    **LIMITS,
    **HEALTH,
    **RESENDS,
}


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_the_database_refuses_what_breaks_a_rule(rule: str) -> None:
    assert refused_by(BROKEN[rule]) == rule.partition(".")[2]


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_the_database_takes_a_row_that_breaks_none(model: type[models.Model]) -> None:
    assert refused_by(lambda: make(model)) == ""


def test_every_rule_is_broken_by_a_test() -> None:
    assert rules_of("deliveries") == set(BROKEN)


def test_evidence_is_not_deleted_either() -> None:
    event = make(DeliveryEvent)
    assert refused_by(event.delete) == "event_append_only"


def test_an_address_is_suppressed_again_once_the_first_order_is_lifted() -> None:
    same = {"source": make(Source), "pseudonym": "same"}
    lifted = {"lifted_at": NOON, "lifted_by": make(User), "lift_reason": "They asked."}
    make(Suppression, **same, **lifted)
    assert refused_by(lambda: make(Suppression, **same)) == ""


def test_one_proof_is_taken_from_each_of_two_providers() -> None:
    for provider in (make(Provider), make(Provider)):
        make(DeliveryEvent, provider=provider, dedup_hash="same")
    assert DeliveryEvent.objects.count() == 2
