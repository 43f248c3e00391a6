"""In which words does the desk say why a tier is what it is?

Reasons are stored as codes and figures; the words are made when they are read.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deliveries.models import Purpose
from triage.severity import Reason, ReasonCode


def of_reason(reason: Reason) -> str:
    """Say in a few words what gave points to a tier."""
    if reason.code in _FIXED:
        return str(_FIXED[reason.code])
    params = reason.params
    match reason.code:
        case ReasonCode.PURPOSE:
            purpose = Purpose(str(params["purpose"])).label
            return _("Purpose: %(purpose)s") % {"purpose": purpose}
        case ReasonCode.REACH:
            people = int(params["people"])
            return ngettext(
                "%(people)d person unserved", "%(people)d people unserved", people
            ) % {"people": people}
        case ReasonCode.DEPARTURE:
            return _("Fails %(rate)s %% against %(baseline)s %%") % params
        case ReasonCode.URGENCY:
            return _of_urgency(params.get("minutes"))
        case ReasonCode.AGE:
            return _of_age(int(params["hours"]))
        case _:
            times = int(params["times"])
            return ngettext(
                "Reopened %(times)d time", "Reopened %(times)d times", times
            ) % {"times": times}


_FIXED = {
    ReasonCode.NO_BASELINE: gettext_lazy("No baseline yet"),
    ReasonCode.TOO_FEW: gettext_lazy("Too few sends to compare"),
    ReasonCode.AS_USUAL: gettext_lazy("Fails as often as usual"),
    ReasonCode.FLOOR: gettext_lazy("This cause is never below S2"),
}


def _of_urgency(minutes: object) -> str:
    if not isinstance(minutes, int):
        return _("Nothing expires soon")
    if minutes < 120:
        return _("Expires in %(minutes)d min") % {"minutes": minutes}
    return _("Expires in %(hours)d h") % {"hours": minutes // 60}


def _of_age(hours: int) -> str:
    if hours < 1:
        return _("Oldest has waited under an hour")
    return _("Oldest has waited %(hours)d h") % {"hours": hours}
