"""In which words does the inbox say what happened?

The sentence is made when it is read, in the reader's language. What has left the
reader's queues keeps its number and says no more.
"""

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from deliveries.models import ResendOperation
from knowledgebase import training
from knowledgebase.models import ArticleEvent, StaleReason, TrainingItem
from triage.models import (
    BulkAction,
    BulkState,
    ChangeRehearsal,
    ChangeRehearsalState,
    Export,
    ExportState,
    RehearsalState,
    Reveal,
    RevealAlarm,
    RuleRehearsal,
    StaffNotice,
    StaffNoticeKind,
    Ticket,
    Verb,
)


def of_notice(notice: StaffNotice, *, visible: bool) -> str:
    """Say in a sentence what a line is about; ``visible``: its ticket may be seen."""
    if notice.ticket is not None:
        return _of_ticket(notice, notice.ticket, visible=visible)
    if notice.resend is not None:
        return _of_resend(notice, notice.resend)
    if notice.bulk_action is not None:
        return _of_bulk(notice, notice.bulk_action)
    if notice.training_item is not None:
        return _of_training(notice, notice.training_item)
    if notice.export is not None:
        return _of_export(notice.export)
    if notice.rehearsal is not None:
        return _of_rehearsal(notice.rehearsal)
    if notice.change is not None:
        return _of_change(notice.change)
    if notice.reveal is not None:
        return _of_reveal(notice, notice.reveal)
    if notice.article_event is not None:
        return _of_article(notice, notice.article_event)
    return str(notice.get_kind_display())  # the database admits no such row


def _who(person: User | None) -> str:
    if person is None:
        return _("Somebody")
    return person.get_full_name() or person.get_username()


def _of_ticket(notice: StaffNotice, ticket: Ticket, *, visible: bool) -> str:
    said = {
        "who": _who(notice.actor),
        "number": ticket.number,
        "cause": ticket.cause.name if visible else _("no longer in your queues"),
    }
    match notice.kind:
        case StaffNoticeKind.ASSIGNED:
            return _("%(who)s gave you ticket #%(number)d: %(cause)s") % said
        case StaffNoticeKind.MENTIONED:
            return _("%(who)s mentions you on ticket #%(number)d: %(cause)s") % said
        case StaffNoticeKind.BREACH_SOON:
            shape = pgettext("date format, day and time", "j M H:i")
            said["at"] = date_format(timezone.localtime(notice.until), shape)
            return (
                _("A promise of ticket #%(number)d is due at %(at)s: %(cause)s") % said
            )
        case _:
            return _("There is news of ticket #%(number)d: %(cause)s") % said


def _of_resend(notice: StaffNotice, resend: ResendOperation) -> str:
    said = {
        "who": _who(notice.actor),
        "number": resend.number,
        "state": resend.get_state_display(),
    }
    if notice.kind == StaffNoticeKind.APPROVAL_WAITS:
        return _("%(who)s asks you to approve resend %(number)d.") % said
    return _("Resend %(number)d has ended: %(state)s") % said


def _of_bulk(notice: StaffNotice, action: BulkAction) -> str:
    said = {"who": _who(notice.actor), "count": action.applied}
    if notice.kind == StaffNoticeKind.ASSIGNED:
        return (
            ngettext(
                "%(who)s gave you %(count)d ticket.",
                "%(who)s gave you %(count)d tickets.",
                action.applied,
            )
            % said
        )
    said["what"] = str(Verb(action.action).label)
    if action.state == BulkState.FAILED:
        said["all"] = action.expected
        return _("It did not come to its end: %(what)s (%(count)d of %(all)d)") % said
    if action.state == BulkState.UNDONE:
        said["count"] = action.undone
        return (
            ngettext(
                "Undone for %(count)d ticket: %(what)s",
                "Undone for %(count)d tickets: %(what)s",
                action.undone,
            )
            % said
        )
    return (
        ngettext(
            "Done for %(count)d ticket: %(what)s",
            "Done for %(count)d tickets: %(what)s",
            action.applied,
        )
        % said
    )


def _of_export(export: Export) -> str:
    if export.state == ExportState.FAILED:
        return _("Export %(number)d could not be written.") % {"number": export.pk}
    return ngettext(
        "Export %(number)d is ready: %(count)d ticket",
        "Export %(number)d is ready: %(count)d tickets",
        export.written,
    ) % {"number": export.pk, "count": export.written}


def _of_rehearsal(run: RuleRehearsal) -> str:
    said = {"number": run.rule.reference, "count": run.would}
    if run.state == RehearsalState.FAILED:
        return _("The rehearsal of rule %(number)d failed.") % said
    return (
        ngettext(
            "Rule %(number)d is rehearsed: %(count)d report would be read otherwise",
            "Rule %(number)d is rehearsed: %(count)d reports would be read otherwise",
            run.would,
        )
        % said
    )


def _of_change(run: ChangeRehearsal) -> str:
    said = {"what": str(run.get_kind_display()), "count": run.examined}
    if run.state == ChangeRehearsalState.FAILED:
        return _("A rehearsal failed: %(what)s") % said
    return (
        ngettext(
            "A rehearsal is done: %(what)s, %(count)d ticket examined",
            "A rehearsal is done: %(what)s, %(count)d tickets examined",
            run.examined,
        )
        % said
    )


def _of_reveal(notice: StaffNotice, reveal: Reveal) -> str:
    said = {"who": _who(notice.actor), "message": reveal.object_id}
    if reveal.alarm == RevealAlarm.BREAK_GLASS:
        return (
            _("%(who)s looked at the recipient of %(message)s in an emergency.") % said
        )
    return (
        _(
            "%(who)s looked at more recipients within an hour than is usual, the last"
            " one of %(message)s."
        )
        % said
    )


def _of_training(notice: StaffNotice, item: TrainingItem) -> str:
    shape = pgettext("date format, day", "j M")
    said = {
        "title": training.title_of(item),
        "day": date_format(item.read_by, shape),
    }
    if notice.kind == StaffNoticeKind.TRAINING_LATE:
        return _("Overdue since %(day)s, please read: %(title)s") % said
    return _("To be read by %(day)s: %(title)s") % said


def _of_article(notice: StaffNotice, event: ArticleEvent) -> str:
    version = event.version
    title = version.title if version is not None else event.article.slug
    said = {"who": _who(notice.actor), "title": title}
    match event.change.get("reason"):
        case StaleReason.REVIEW_DUE:
            return _("Please review your article, its day has passed: %(title)s") % said
        case StaleReason.EFFECT_FELL:
            return _("Your article helps less than it did: %(title)s") % said
        case _:
            return _("%(who)s marked your article as out of date: %(title)s") % said
