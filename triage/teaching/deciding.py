"""How do operators teach the diagnosis, and who decides that a rule counts?

A rule is written into the shadow, where it changes nothing; it is rehearsed on stored
reports, and then a person switches it on. Each act is one transaction with its event.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.actor import Actor
from deliveries.models import FailureCategory, RetryClass
from triage.access import Refused, may
from triage.models import (
    DiagnosisRule,
    RuleAct,
    RuleEvent,
    RuleMode,
    RuleRehearsal,
)
from triage.models.rehearsal import GOOD_FOR
from triage.teaching.lessons import RETIRED, Lesson, check, is_same
from triage.tickets import Forbidden, Invalid, NotFound, staff_text


def teach(actor: Actor, lesson: Lesson) -> DiagnosisRule:
    """Write a new rule into the shadow.

    Raises :class:`Invalid` for a lesson that makes no sense and :class:`Forbidden`.
    """
    person = _allowed(actor, "rule.teach")
    with transaction.atomic():
        check(lesson)
        return _write(lesson, person)


def change(
    reference: int, actor: Actor, lesson: Lesson, *, now: datetime
) -> DiagnosisRule:
    """Write a new version of a rule into the shadow.

    A live version goes on voting until the new one is switched on; one that stood in
    the shadow is replaced at once.
    """
    person = _allowed(actor, "rule.teach")
    with transaction.atomic():
        versions = _locked(reference)
        newest = versions[0]
        check(lesson, reference)
        if is_same(newest, lesson):
            raise Invalid("pattern", _("Nothing was changed."))
        for version in versions:
            if version.mode == RuleMode.SHADOW:
                _retire(version, person, now)
        return _write(lesson, person, newest)


def switch_on(
    reference: int, actor: Actor, *, seen: bool, now: datetime
) -> DiagnosisRule:
    """Let the newest version vote in place of an earlier one.

    Needs a rehearsal of this version that is not older than a week. A rule that leads
    to a cause which is sent again at once needs another person than its author, who
    says with ``seen`` that they looked at the rehearsal.
    """
    person = _allowed(actor, "diagnosis.rule")
    with transaction.atomic():
        versions = _locked(reference)
        rule = versions[0]
        resends = is_resent_at_once(rule.category)
        if rule.mode == RuleMode.LIVE:
            raise Invalid("mode", _("This version is live already."))
        if reason := refusal(rule, actor, now):
            raise Invalid("mode", reason)
        if resends and not seen:
            raise Invalid("seen", _("Say that you have looked at the rehearsal."))
        for version in versions[1:]:
            _retire(version, person, now)
        try:
            with transaction.atomic():
                _move(rule, RuleMode.LIVE, person, now, resends=resends)
        except IntegrityError as error:
            raise Invalid(
                "mode", _("Another live rule has the same pattern. Retire it first.")
            ) from error
        _note(rule, RuleAct.SWITCHED_ON, person)
    return rule


def refusal(rule: DiagnosisRule, actor: Actor, now: datetime) -> str:
    """Say why the actor cannot switch a version on now; nothing if they can."""
    if is_resent_at_once(rule.category) and rule.author_id == actor.person_id:
        return _(
            "This cause is sent again at once, so somebody else has to switch the"
            " rule on."
        )
    rehearsal = latest_rehearsal(rule)
    if rehearsal is None or not rehearsal.holds(now):
        return ngettext(
            "Rehearse this version first: the last rehearsal may be %(days)d day old.",
            "Rehearse this version first: the last rehearsal may be %(days)d days old.",
            GOOD_FOR.days,
        ) % {"days": GOOD_FOR.days}
    return ""


def is_resent_at_once(category: FailureCategory) -> bool:
    """Whether the machine may send again at once what has this cause."""
    return category.retry_class == RetryClass.SAFE


def latest_rehearsal(rule: DiagnosisRule) -> RuleRehearsal | None:
    """The newest rehearsal of this version, whatever became of it."""
    return rule.rehearsals.first()


def switch_off(reference: int, actor: Actor, *, now: datetime) -> DiagnosisRule:
    """Take the vote from the live version.

    It goes back to the shadow, or ends if a newer version stands there already.
    """
    person = _allowed(actor, "diagnosis.rule")
    with transaction.atomic():
        versions = _locked(reference)
        live = next((each for each in versions if each.mode == RuleMode.LIVE), None)
        if live is None:
            raise Invalid("mode", _("No version of this rule is live."))
        if live is not versions[0]:
            _retire(live, person, now)
            return live
        _move(live, RuleMode.SHADOW, person, now)
        _note(live, RuleAct.TO_SHADOW, person)
    return live


def retire(reference: int, actor: Actor, *, now: datetime) -> None:
    """End a rule: no version of it is heard any more. The history stays."""
    person = _allowed(actor, "diagnosis.rule")
    with transaction.atomic():
        for version in _locked(reference):
            _retire(version, person, now)


# --- what the acts share --------------------------------------------------------------


def _allowed(actor: Actor, action: str) -> int:
    """The person behind an actor who may do this; raises :class:`Forbidden`."""
    if isinstance(may(actor, action), Refused) or actor.person_id is None:
        raise Forbidden("not_allowed")
    return actor.person_id


def _locked(reference: int) -> list[DiagnosisRule]:
    """Lock the versions of a rule that are heard, the newest first.

    Raises :class:`NotFound` for a rule that is not there, and :class:`Invalid` for one
    that is retired.
    """
    rows = DiagnosisRule.objects.select_for_update(of=("self",), no_key=True)
    versions = rows.filter(reference=reference).select_related("category")
    # Locked in the order of keys, which is that of the versions.
    every = list(versions.order_by("pk"))
    if not every:
        raise NotFound
    standing = [each for each in reversed(every) if each.retired_at is None]
    if not standing:
        raise Invalid("mode", str(RETIRED))
    return standing


def _write(
    lesson: Lesson, person: int, replaces: DiagnosisRule | None = None
) -> DiagnosisRule:
    line = {"reference": replaces.reference} if replaces else {}
    rule = DiagnosisRule.objects.create(
        **line,
        number=replaces.number + 1 if replaces else 1,
        replaces=replaces,
        provider=lesson.provider.strip() or None,
        channel=lesson.channel,
        kind=lesson.kind,
        pattern=lesson.tidy,
        category=lesson.category,
        resends=is_resent_at_once(lesson.category),
        author_id=person,
        reason=staff_text(lesson.reason),
    )
    _note(rule, RuleAct.CHANGED if replaces else RuleAct.TAUGHT, person)
    rule.refresh_from_db()
    return rule


def _move(
    rule: DiagnosisRule,
    mode: RuleMode,
    person: int,
    now: datetime,
    *,
    resends: bool | None = None,
) -> None:
    rule.mode, rule.mode_since, rule.mode_by_id = mode, now, person
    if resends is not None:
        rule.resends = resends
    rule.save(update_fields=["mode", "mode_since", "mode_by", "resends"])


def _retire(rule: DiagnosisRule, person: int, now: datetime) -> None:
    rule.retired_at, rule.retired_by_id = now, person
    rule.save(update_fields=["retired_at", "retired_by"])
    _note(rule, RuleAct.RETIRED, person)


def _note(rule: DiagnosisRule, act: RuleAct, person: int) -> None:
    RuleEvent.objects.create(rule=rule, act=act, actor_id=person)
