"""In which words do people read what happens next?"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage.diagnosis.plan import Action, Plan, Why
from triage.models import PlanAction

_TIME = "\x00"  # stands for the time until the sentence is cut there


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence cut where its time stands, for a page that writes times itself."""

    before: str
    at: datetime | None = None
    after: str = ""

    def __str__(self) -> str:
        """Return the whole sentence, with the time in UTC."""
        told = f"{self.at:%Y-%m-%d %H:%M} UTC" if self.at else ""
        return f"{self.before}{told}{self.after}"


def plan_in_words(plan: Plan, now: datetime) -> Sentence:
    """Say what happens next; of a time that has passed, what was to happen."""
    said = {**dict.fromkeys(("try", "of"), ""), **plan.params, "at": _TIME}
    text = str(_sentence(plan, over=plan.at is not None and plan.at <= now)) % said
    before, cut, after = text.partition(_TIME)
    return Sentence(before, plan.at if cut else None, after)


def action_in_words(action: str) -> str:
    """Name the kind of a plan."""
    return str(PlanAction(action).label) if action in PlanAction.values else _("none")


def _sentence(plan: Plan, *, over: bool) -> object:
    match plan.action:
        case Action.RETRY_AT | Action.OTHER_ROUTE | Action.OTHER_CHANNEL:
            return _of_send(plan, over=over)
        case Action.WAIT if over:
            return _("Waited for news from the provider until %(at)s.")
        case Action.WAIT:
            return _("Waits for news from the provider until %(at)s.")
        case Action.CLOSE if plan.reason is Why.NO_FAILURE:
            return _("Closed: this is no failure.")
        case Action.CLOSE:
            return _("Nothing is left to do: the message has arrived.")
        case Action.SUPPRESS:
            return _("Stops sending to this address; a person decides what else.")
        case Action.FIX_TEMPLATE:
            return _("Waits for a person: the template must be mended first.")
        case Action.ASK_USER:
            return _("Waits for a person: the recipient or the source has to act.")
        case _:
            return _OF_PERSON.get(plan.reason, _OF_PERSON[Why.WITH_PEOPLE])


def _of_send(plan: Plan, *, over: bool) -> str:
    if plan.reason is Why.UNDER_WAY:
        if plan.at is None or over:
            return _("A try is under way.")
        return _("A try is planned already, for %(at)s.")
    if plan.action is Action.OTHER_CHANNEL:
        if over:
            return _("Was to be sent over another channel at %(at)s; see the attempts.")
        return _("Sends over another channel of the person at %(at)s.")
    other = plan.action is Action.OTHER_ROUTE
    if over and other:
        return _("Was to be sent over another route at %(at)s; see the attempts.")
    if over:
        return _("Was to be sent again at %(at)s; see the attempts.")
    if other:
        return _("Sends over another route at %(at)s.")
    if plan.reason is Why.RETRY_AFTER:
        return _(
            "Sends again at %(at)s, when the provider asked for it,"
            " try %(try)s of %(of)s."
        )
    return _("Sends again at %(at)s, try %(try)s of %(of)s.")


_OF_PERSON = {
    Why.CAUSE: gettext_lazy("Waits for a person: this cause does not go by itself."),
    Why.UNKNOWN_CAUSE: gettext_lazy("Waits for a person: the cause is not known."),
    Why.NOT_SURE: gettext_lazy(
        "Waits for a person: the machine is not sure enough to send again."
    ),
    Why.REFUSED_STILL: gettext_lazy("Waits for a person: the try was refused."),
    Why.WITH_PEOPLE: gettext_lazy("Waits for a person, who decides what comes next."),
    Why.NO_MESSAGE: gettext_lazy(
        "Waits for a person: no message is known that could be sent again."
    ),
    Why.NEVER: gettext_lazy(
        "Waits for a person: the same message would be refused again."
    ),
    Why.USED_UP: gettext_lazy(
        "Waits for a person: the tries of the machine are used up."
    ),
    Why.EXPIRES_FIRST: gettext_lazy(
        "Waits for a person: the message expires before the next try."
    ),
    Why.WAIT_TOO_LONG: gettext_lazy(
        "Waits for a person: the provider asks for a longer wait than this message has."
    ),
    Why.NO_ROUTE: gettext_lazy(
        "Waits for a person: no route is set up for this channel and region."
    ),
    Why.NO_OTHER_ROUTE: gettext_lazy(
        "Waits for a person: there is no other route to send over."
    ),
    Why.NO_OTHER_ADDRESS: gettext_lazy(
        "Waits for a person: no other route is left, and no other way to this person."
    ),
    Why.NOT_VERIFIED: gettext_lazy(
        "Waits for a person: no other route is left, and the other addresses of this "
        "person are not verified."
    ),
    Why.NOT_ALLOWED_THERE: gettext_lazy(
        "Waits for a person: no other route is left, and the person may not be written "
        "to on another channel."
    ),
    Why.NO_WORDS_FOR_IT: gettext_lazy(
        "Waits for a person: no other route is left, and there are no words that "
        "another channel could carry."
    ),
    Why.TOO_SLOW: gettext_lazy(
        "Waits for a person: the cause needs hours, and the message is of no use then."
    ),
    Why.SUPPRESSED: gettext_lazy(
        "Waits for a person: this address must not be written to."
    ),
    Why.SUPERSEDED: gettext_lazy(
        "Waits for a person: a newer message has taken its place."
    ),
    Why.EXPIRED: gettext_lazy("Waits for a person: the time of the message is over."),
    Why.CANCELLED: gettext_lazy("Waits for a person: the message was cancelled."),
    Why.OUTCOME_UNKNOWN: gettext_lazy(
        "Waits for a person: it may have arrived already."
    ),
    Why.NOT_SENDABLE: gettext_lazy(
        "Waits for a person: the message cannot be sent as it stands."
    ),
}
