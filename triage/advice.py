"""What may a reporter do about their report in the meantime?"""

from django.conf import settings
from django.urls import reverse

from knowledgebase import guidance
from knowledgebase.guidance import Tip
from triage.models import REPORT_LIVE, FailureReport


def tip_for(report: FailureReport, locale: str) -> Tip | None:
    """The tip about what a report is known to be about; nothing once that is over."""
    if report.state not in REPORT_LIVE:
        return None
    cause = report.category.slug if report.category else ""
    return guidance.tip(cause, report.channel, locale)


def tip_among(
    known: dict[object, Tip | None], report: FailureReport, locale: str
) -> Tip | None:
    """The same for one of many reports; what was looked for once is in ``known``."""
    key = (report.state in REPORT_LIVE, report.category_id, report.channel, locale)
    if key not in known:
        known[key] = tip_for(report, locale)
    return known[key]


def page_of(tip: Tip) -> str:
    """The path of the page for people with the same words."""
    return f"{reverse('help_article', args=[tip.slug])}?language={tip.locale}"


def url_of(tip: Tip) -> str:
    """The whole address of that page."""
    site: str = settings.SITE_URL.rstrip("/")
    return site + page_of(tip)
