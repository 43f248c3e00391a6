"""Does sending the same message again help with a cause, in words for the desk?"""

from django.utils.translation import gettext as _

from deliveries import taxonomy
from deliveries.models import FailureCategory, RetryClass


def of_category(category: FailureCategory) -> dict[str, str]:
    """Return tone, heading and text about a resend of the unchanged message."""
    if category.slug == taxonomy.UNKNOWN:
        return {
            "tone": "warn",
            "heading": _("Nobody knows yet whether a resend helps"),
            "text": _("The machine found no cause. Read the answer before you resend."),
        }
    match category.retry_class:
        case RetryClass.SAFE:
            return {
                "tone": "ok",
                "heading": _("Safe to send again"),
                "text": _("The cause passes by itself; the same message may go again."),
            }
        case RetryClass.CONDITIONAL:
            return {
                "tone": "warn",
                "heading": _("Send again only with a remedy"),
                "text": _("Wait, take another route, or mend the cause first."),
            }
        case _:
            return {
                "tone": "stop",
                "heading": _("Do not resend unchanged"),
                "text": _("The same message would be refused again."),
            }
