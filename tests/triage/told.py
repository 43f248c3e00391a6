"""What would break the rules of what people are told, inside the desk and outside?"""

from datetime import time, timedelta

from django.contrib.auth.models import User

from deliveries.models import FailureCategory
from tests.refusals import Write
from tests.rows import NOON, make, twice
from triage.models import (
    AgentProfile,
    Attachment,
    BulkAction,
    CannedText,
    ChangeRehearsal,
    LinkBudget,
    Macro,
    Note,
    Notice,
    Queue,
    Reply,
    StaffNotice,
    StatusLink,
    Ticket,
    Watch,
)

UNKNOWN = "?"


def parked_and_due() -> None:
    """Claim what is poison."""
    make(StaffNotice, due_at=NOON, parked_at=NOON)


INBOX: dict[str, Write] = {
    "AgentProfile.agentprofile_locale_known": lambda: make(
        AgentProfile, locale=UNKNOWN
    ),
    "AgentProfile.agentprofile_language_known": lambda: make(
        AgentProfile, language="la"
    ),
    "AgentProfile.agentprofile_theme_known": lambda: make(AgentProfile, theme="neon"),
    "AgentProfile.agentprofile_density_known": lambda: make(AgentProfile, density=""),
    "AgentProfile.agentprofile_languages_known": lambda: make(
        AgentProfile, languages=["en", "la"]
    ),
    "AgentProfile.agentprofile_shift_days_known": lambda: make(
        AgentProfile, shift_days=[7]
    ),
    "AgentProfile.agentprofile_shift_whole": lambda: make(
        AgentProfile, shift_starts=time(9)
    ),
    "StaffNotice.staffnotice_parked_not_due": parked_and_due,
    "StaffNotice.staffnotice_once": lambda: twice(
        StaffNotice, person=make(User), dedup_key="same"
    ),
    "StaffNotice.staffnotice_one_subject": lambda: make(StaffNotice, ticket=None),
    "StaffNotice.staffnotice_note_of_ticket": lambda: make(
        StaffNotice, ticket=None, bulk_action=make(BulkAction), note=make(Note)
    ),
    "StaffNotice.staffnotice_mailed_once": lambda: make(
        StaffNotice, due_at=NOON, mailed_at=NOON
    ),
    "StaffNotice.staffnotice_kind_known": lambda: make(StaffNotice, kind=UNKNOWN),
    "Macro.macro_name": lambda: twice(Macro, queue=make(Queue), name="same"),
    "Macro.macro_has_name": lambda: make(Macro, name=""),
    "Macro.macro_solves_with_cause": lambda: make(Macro, solve_note="Mended."),
    "Macro.macro_solved_stays": lambda: make(
        Macro, solve_category=FailureCategory.objects.all()[0], waiting_on="provider"
    ),
    "ChangeRehearsal.changerehearsal_parked_not_due": lambda: make(
        ChangeRehearsal, due_at=NOON, parked_at=NOON
    ),
    "ChangeRehearsal.changerehearsal_one_a_page": lambda: twice(
        ChangeRehearsal, asked_by=make(User)
    ),
    "ChangeRehearsal.changerehearsal_ended": lambda: make(
        ChangeRehearsal, ended_at=NOON
    ),
    "ChangeRehearsal.changerehearsal_examined": lambda: make(
        ChangeRehearsal, examined=1
    ),
    "ChangeRehearsal.changerehearsal_verb_of_rule": lambda: make(
        ChangeRehearsal, verb="up"
    ),
    "ChangeRehearsal.changerehearsal_kind_known": lambda: make(
        ChangeRehearsal, kind=UNKNOWN
    ),
    "ChangeRehearsal.changerehearsal_state_known": lambda: make(
        ChangeRehearsal, state=UNKNOWN, ended_at=NOON
    ),
    "Macro.macro_has_step": lambda: make(Macro, diagnose=False),
    "Macro.macro_tier_has_reason": lambda: make(Macro, tier="S1", tier_reason="why"),
    "Macro.macro_note_has_kind": lambda: make(Macro, note="Ours."),
    "Macro.macro_waits_for_somebody": lambda: make(Macro, wait_h=4),
    "Macro.macro_assign_known": lambda: make(Macro, assign=UNKNOWN),
    "Macro.macro_tier_known": lambda: make(Macro, tier="S9", tier_reason="x" * 10),
    "Macro.macro_waiting_known": lambda: make(Macro, waiting_on=UNKNOWN),
    "CannedText.cannedtext_name": lambda: twice(
        CannedText, queue=make(Queue), name="same"
    ),
    "CannedText.cannedtext_says_something": lambda: make(CannedText, text=""),
    "Attachment.attachment_once": lambda: twice(
        Attachment, ticket=make(Ticket), sha256="same"
    ),
    "Attachment.attachment_size": lambda: make(Attachment, size=0),
    "Attachment.attachment_has_name": lambda: make(Attachment, name=""),
    "Attachment.attachment_media_type_known": lambda: make(
        Attachment, media_type=UNKNOWN
    ),
    "Watch.watch_once": lambda: twice(Watch, ticket=make(Ticket), person=make(User)),
}


def part_of_itself() -> None:
    """Let an answer be a part of itself."""
    made = make(Reply)
    Reply.objects.filter(pk=made.pk).update(part_of=made)


NOTICES: dict[str, Write] = {
    "Reply.reply_part_of_another": part_of_itself,
    "Reply.reply_has_words": lambda: make(Reply, texts={}),
    "Reply.reply_undone_in_time": lambda: make(
        Reply, undone_at=NOON + timedelta(seconds=1)
    ),
    "Notice.notice_once": lambda: twice(Notice, dedup_key="same"),
    "Notice.notice_kind_known": lambda: make(Notice, kind=UNKNOWN),
    "Notice.notice_state_known": lambda: make(Notice, state=UNKNOWN),
    "Notice.notice_skipped_has_reason": lambda: make(Notice, state="skipped"),
    "Notice.notice_of_a_reply": lambda: make(Notice, kind="reply"),
    "Notice.notice_over_not_due": lambda: make(Notice, state="sent", due_at=NOON),
    "Notice.notice_parked_not_due": lambda: make(Notice, due_at=NOON, parked_at=NOON),
    "StatusLink.statuslink_digest": lambda: twice(StatusLink, digest="same"),
    "LinkBudget.linkbudget_key_hour": lambda: twice(LinkBudget, key="same"),
}
