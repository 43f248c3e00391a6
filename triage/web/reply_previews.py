"""What is shown before an answer leaves: its letters, and whom they reach?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries import language
from deliveries.models import ChannelKind
from deliveries.request import KnownRequest
from triage import notices
from triage import replies as use_cases
from triage.models import FailureReport, NoticeKind
from triage.notices import words
from triage.tickets import staff_text
from triage.web.reply_forms import ReplyForm

EXAMPLE = "https://…/s/…"  # where the link of each reporter will stand
LANGS = {language.ZH_HANS: "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Place:
    """From where the answer is written, and where it goes on."""

    name: str
    url: str
    send_url: str
    hidden: tuple[str, str]  # what proves that nothing was decided meanwhile
    tickets: tuple[str, ...] = ()


def texts_of(form: ReplyForm) -> dict[str, str]:
    """Return what would be kept of what was typed; marks the form when it is empty."""
    texts = {k: staff_text(v) for k, v in form.texts.items() if v.strip()}
    if not texts:
        form.add_error("text_en", _("Write the answer in one language."))
    return texts


def show(
    request: KnownRequest,
    place: Place,
    form: ReplyForm,
    texts: Mapping[str, str],
    reports: QuerySet[FailureReport],
    *,
    fault: str = "",
) -> HttpResponse:
    """Render the preview of an answer to the people behind reports."""
    audience = notices.audience(reports, timezone.now())
    context = {
        "place": place,
        "letters": [_letter(each, texts, audience) for each in use_cases.LOCALES],
        "audience": _audience(audience),
        "form": form,
        "fault": fault,
    }
    status = 409 if fault else 200
    return render(request, "triage/reply_preview.html", context, status=status)


def _letter(
    locale: str, texts: Mapping[str, str], audience: notices.Audience
) -> dict[str, Any]:
    """Write the letter of a language as a reporter would get it."""
    readers = {
        channel: n for (read, channel), n in audience.reached.items() if read == locale
    }
    content = _content(locale, texts, ChannelKind.EMAIL)
    brief = sorted(set(readers) & set(words.BRIEF))
    return {
        "locale": LANGS.get(locale, locale),
        "name": words.NAMES[locale],
        "readers": sum(readers.values()),
        "subject": content.subject,
        "text": content.text,
        "foreign": locale not in texts,
        "brief": _content(locale, texts, brief[0]).text if brief else "",
        "brief_name": " · ".join(str(ChannelKind(each).label) for each in brief),
    }


def _content(locale: str, texts: Mapping[str, str], channel: str) -> Any:
    report = FailureReport()
    return words.letter(NoticeKind.REPLY, report, locale, EXAMPLE, texts, channel)


def _audience(audience: notices.Audience) -> dict[str, Any]:
    ordered = sorted(audience.reached.items(), key=lambda each: (-each[1], each[0]))
    return {
        "people": audience.people,
        "reached": audience.reached.total(),
        "not_reached": audience.left.total(),
        "lines": [
            {
                "language": words.NAMES[locale],
                "channel": ChannelKind(channel).label,
                "count": count,
            }
            for (locale, channel), count in ordered
        ],
        "left": [
            {"reason": reason.label, "count": count}
            for reason, count in audience.left.most_common()
        ],
    }
