"""In which words do people read what a second run changed?"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage.diagnosis import check_words, plan_words, report
from triage.diagnosis.changes import Change

_SENTENCES = {
    "cause": gettext_lazy("The cause is now: %(after)s. Before: %(before)s."),
    "surer": gettext_lazy("Surer now: %(after)s %% instead of %(before)s %%."),
    "less_sure": gettext_lazy("Less sure now: %(after)s %% instead of %(before)s %%."),
    "plan": gettext_lazy("The plan is now: %(after)s. Before: %(before)s."),
    "replan": gettext_lazy("The time of the plan has moved."),
    "for_gained": gettext_lazy("Speaks for it now: %(reason)s"),
    "for_lost": gettext_lazy("No longer speaks for it: %(reason)s"),
    "against_gained": gettext_lazy("Speaks against it now: %(reason)s"),
    "against_lost": gettext_lazy("No longer speaks against it: %(reason)s"),
    "check": gettext_lazy("%(check)s: %(after)s (before: %(before)s)."),
    "rule": gettext_lazy("Rule %(rule)s is now version %(after)s, before %(before)s."),
    "rules": gettext_lazy("The rules are now %(after)s, before %(before)s."),
    "model": gettext_lazy("The model is now %(after)s, before %(before)s."),
}


def change_in_words(change: Change) -> str:
    """Say one difference between two runs in a sentence."""
    params = {key: str(value) for key, value in change.params.items()}
    said = {name: _value(change.code, value) for name, value in params.items()}
    if "check" in params:
        said["check"] = check_words.check_in_words(params["check"])
    if change.reason is not None:
        said["reason"] = report.reason_in_words(change.reason)
    code = change.code
    if code == "plan" and params["before"] == params["after"]:
        code = "replan"
    return str(_SENTENCES[code]) % said


def _value(code: str, value: str) -> str:
    """Say one side of a change in the words of what changed."""
    match code:
        case "cause":
            return report.category_in_words(value)
        case "plan":
            return plan_words.action_in_words(value)
        case "check":
            return check_words.outcome_in_words(value)
        case _:
            return value or _("none")
