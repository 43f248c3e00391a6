"""In which words do people read a diagnosis, in their own language?

Verdicts hold codes and figures; the sentence is made when it is read.
"""

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from deliveries import taxonomy
from triage.diagnosis.evidence import Bundle, Reason
from triage.diagnosis.next_checks import NextCheck
from triage.models import Symptom

# Where a figure becomes a word; the desk shows both.
NEARLY_CERTAIN = 0.9
LIKELY = 0.6
POSSIBLE = 0.3


def headline(category_name: str, confidence: float) -> str:
    """Say the verdict in one sentence; the name is in the reader's language."""
    said = {"cause": category_name}
    unknown = taxonomy.load().get(taxonomy.UNKNOWN)
    if category_name in (unknown.name_en, unknown.name_zh_hans):
        return _("What is known does not tell the cause.")
    if confidence >= NEARLY_CERTAIN:
        return _("The cause is: %(cause)s.") % said
    if confidence >= LIKELY:
        return _("The cause is probably: %(cause)s.") % said
    return _("The likeliest cause of several: %(cause)s.") % said


def confidence_in_words(confidence: float) -> str:
    """Say how sure the machine is."""
    if confidence >= NEARLY_CERTAIN:
        return _("nearly certain")
    if confidence >= LIKELY:
        return _("likely")
    if confidence >= POSSIBLE:
        return _("possible")
    return _("unlikely")


def reason_in_words(reason: Reason) -> str:
    """Say what was found and what it means; true whether it speaks for or against."""
    said = {
        **dict.fromkeys(("code", "words", "people", "minutes", "times"), ""),
        **reason.params,
        "meaning": category_in_words(str(reason.params.get("category", ""))),
        "symptom": symptom_in_words(str(reason.params.get("symptom", ""))),
    }
    return _sentence(reason) % said


def _sentence(reason: Reason) -> str:
    match reason.code:
        case "enhanced_code":
            return _("The enhanced status %(code)s stands for: %(meaning)s.")
        case "smtp_code":
            return _("The reply code %(code)s often stands for: %(meaning)s.")
        case "http_code":
            return _("The HTTP status %(code)s stands for: %(meaning)s.")
        case "provider_code":
            return _("The provider's code %(code)s stands for: %(meaning)s.")
        case "class_permanent":
            return _("The code %(code)s calls the failure permanent.")
        case "class_transient":
            return _("The code %(code)s calls the failure temporary.")
        case _:
            return _words(reason.code)


def _words(code: str) -> str:
    match code:
        case "answer_words":
            return _("The answer says “%(words)s”, which means: %(meaning)s.")
        case "learned_words":
            return _(
                "Answers with words like “%(words)s” have mostly meant: %(meaning)s."
            )
        case "detail_words":
            return _("The report says “%(words)s”, which means: %(meaning)s.")
        case "log_words":
            return _("The client’s log says “%(words)s”, which means: %(meaning)s.")
        case _:
            return _fact(code)


def _fact(code: str) -> str:
    gone = _("A rule that is no longer used spoke here.")
    return str(_FACTS.get(code, gone))


_FACTS = {
    "fact_delivered": gettext_lazy(
        "Our records hold trusted evidence that the message arrived."
    ),
    "fact_suppressed": gettext_lazy(
        "Our records hold an order not to send to this address."
    ),
    "fact_expired": gettext_lazy(
        "The message was of use only until a time that has passed."
    ),
    "fact_superseded": gettext_lazy("A newer message has taken the place of this one."),
    "fact_expires_soon": gettext_lazy("The message is soon of no more use."),
    "fact_outage": gettext_lazy(
        "%(people)s people failed at this provider within %(minutes)s min,"
        " far more than before."
    ),
    "fact_repeated": gettext_lazy("The same answer came %(times)s times in a row."),
    "fact_lasting": gettext_lazy(
        "It has lasted through %(times)s tries and does not pass."
    ),
    "fact_refused_before": gettext_lazy(
        "An earlier try was refused for good, with code %(code)s."
    ),
    "fact_arrived_before": gettext_lazy(
        "Another message reached this address not long ago."
    ),
    "fact_symptom": gettext_lazy("The reporter chose: %(symptom)s."),
    "mail_auto_reply": gettext_lazy("By its form, the mail is an automatic reply."),
    "mail_complaint": gettext_lazy(
        "By its form, the mail is a complaint about the message."
    ),
    "mail_delay": gettext_lazy(
        "By its form, the mail says that delivery is still being tried."
    ),
    "mail_delivered": gettext_lazy(
        "By its form, the mail says that the message arrived."
    ),
}


def symptom_in_words(symptom: str) -> str:
    """Name what the reporter sees."""
    return str(Symptom(symptom).label) if symptom in Symptom.values else symptom


def category_in_words(slug: str) -> str:
    """Name a cause in the reader's language."""
    vocabulary = taxonomy.load()
    if slug not in vocabulary:
        return slug
    return vocabulary.get(slug).name_in(get_language() or "en")


def rule_in_words(reason: Reason) -> str:
    """Name the rule, its version and where it looked."""
    said = {
        "rule": reason.rule,
        "version": reason.version,
        "place": _place(reason.bundle),
    }
    return _("rule %(rule)s v%(version)s · %(place)s") % said


def _place(bundle: str) -> str:
    match bundle:
        case Bundle.ANSWER:
            return _("provider's answer")
        case Bundle.DETAIL:
            return _("reporter's words")
        case Bundle.PROVIDER_CODE:
            return _("provider's code")
        case Bundle.ENHANCED_CODE:
            return _("enhanced code")
        case Bundle.LOG:
            return _("client’s log")
        case _:
            return _("our records")


def next_check_in_words(code: str) -> str:
    """Say what to look at next; nothing for no check or one that no longer exists."""
    return str(_CHECKS[NextCheck(code)]) if code in _CHECKS else ""


# Sentences are looked up at run time in the reader's language.
_CHECKS = {
    NextCheck.READ_ANSWER: gettext_lazy(
        "Read the whole answer and choose the cause yourself."
    ),
    NextCheck.COMPARE_CAUSES: gettext_lazy(
        "Hold the first two causes against the answer."
    ),
    NextCheck.PROVIDER_STATUS: gettext_lazy(
        "Look whether others on this route fail as well."
    ),
    NextCheck.SENDING_RATE: gettext_lazy(
        "Compare the sending rate with the agreed limit."
    ),
    NextCheck.ADDRESS: gettext_lazy(
        "Check the address with the recipient or the source."
    ),
    NextCheck.CONSENT: gettext_lazy("Check what the recipient has agreed to receive."),
    NextCheck.TEMPLATE: gettext_lazy("Check the template, its links and its size."),
    NextCheck.BLOCKLISTS: gettext_lazy(
        "Look the sending host and domain up in blocklists."
    ),
    NextCheck.SENDER_RECORDS: gettext_lazy(
        "Check the DNS records of the sending domain."
    ),
    NextCheck.CREDENTIALS: gettext_lazy(
        "Renew or test the credentials of the provider."
    ),
    NextCheck.ACCOUNT: gettext_lazy(
        "Check balance and limits of the provider's account."
    ),
    NextCheck.SETTINGS: gettext_lazy(
        "Compare the route's settings with the provider's rules."
    ),
    NextCheck.CLIENT: gettext_lazy(
        "Check the receiving client or endpoint and its version."
    ),
}
