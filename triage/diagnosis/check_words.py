"""In which words do people read which checks were run, and how each ended?"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage.diagnosis import report
from triage.diagnosis.outcomes import Outcome

# Sentences are looked up at run time in the reader's language.
_NAMES = {
    "delivered": gettext_lazy("The message arrived"),
    "suppressed": gettext_lazy("There is an order not to send to this address"),
    "expired": gettext_lazy("The message is of no more use"),
    "superseded": gettext_lazy("A newer message takes its place"),
    "expires_soon": gettext_lazy("The message is soon of no more use"),
    "outage": gettext_lazy("Many others fail at this provider now"),
    "arrived_before": gettext_lazy("Another message reached this address"),
    "repeated": gettext_lazy("The same answer came before"),
    "lasting": gettext_lazy("It lasted through all the tries"),
    "refused_before": gettext_lazy("An earlier try was refused for good"),
    "symptom": gettext_lazy("What the reporter sees tells something"),
    "client_log": gettext_lazy("The client’s log tells something"),
}
_OUTCOMES: dict[str, object] = {
    Outcome.HELD: gettext_lazy("yes"),
    Outcome.DID_NOT_HOLD: gettext_lazy("no"),
    Outcome.NOT_KNOWN: gettext_lazy("not known"),
}


def check_in_words(code: str) -> str:
    """Name a check; the code itself for one that is no longer run."""
    return str(_NAMES.get(code, code))


def outcome_in_words(outcome: str) -> str:
    """Say how a check ended."""
    return str(_OUTCOMES.get(outcome, outcome))


def figures_in_words(code: str, params: Mapping[str, object]) -> str:
    """Say in a few words what a check found; nothing where it found no figure."""
    match code:
        case "outage" if params:
            return _("%(people)s people in %(minutes)s min") % params
        case "repeated" | "lasting" if params:
            return _("%(times)s times") % params
        case "refused_before" if params:
            return str(params.get("code", ""))
        case "symptom" if params:
            return report.symptom_in_words(str(params.get("symptom", "")))
        case _:
            return ""
