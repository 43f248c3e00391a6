"""In which words is a reporter told, in their own language?

The frame comes from what happened, the cause from the category, and an agent's words
from the reply: in the reader's language, or marked with the one they are in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from deliveries import language
from deliveries.contents import Content
from deliveries.models import ChannelKind
from triage.models import FailureReport, NoticeKind

# What of a notice is carried where every letter counts.
BRIEF = (ChannelKind.SMS, ChannelKind.PUSH)

SUBJECTS: dict[str, str | Promise] = {
    NoticeKind.SOLVED: gettext_lazy("What you reported is mended"),
    NoticeKind.REOPENED: gettext_lazy("We are working on your report again"),
    NoticeKind.ANSWER_WANTED: gettext_lazy("Did the message arrive?"),
    NoticeKind.REPLY: gettext_lazy("An answer to your report"),
}
SENTENCES: dict[str, str | Promise] = {
    NoticeKind.SOLVED: gettext_lazy(
        "The cause of the failure that you reported is mended. If the message is still"
        " missing, please say so."
    ),
    NoticeKind.REOPENED: gettext_lazy(
        "The failure that you reported is not over. People are working on it again."
    ),
    NoticeKind.ANSWER_WANTED: gettext_lazy(
        "The message that you reported may have arrived, but nothing proves it. Please"
        " say whether you have it."
    ),
    NoticeKind.REPLY: gettext_lazy("Here is an answer to the failure you reported."),
}
NAMES: dict[str, str | Promise] = {
    language.EN: pgettext_lazy("in which language", "English"),
    language.ZH_HANS: pgettext_lazy("in which language", "Chinese"),
}


def locale_of(report: FailureReport) -> str:
    """Return the language of a reporter: their report's, their own, the source's."""
    recipient = report.recipient.locale if report.recipient else ""
    return read_as(report.locale or recipient or report.source.default_locale)


def read_as(tag: str) -> str:
    """Return which of our two languages a reader of ``tag`` (BCP 47) is shown."""
    return language.ZH_HANS if tag.lower().startswith("zh") else language.EN


@dataclass(frozen=True, slots=True)
class Passage:
    """An agent's words, and the language they are in."""

    text: str
    locale: str
    foreign: bool

    @property
    def mark(self) -> str:
        """Say in the reader's language which language this is."""
        return _("In %(language)s:") % {"language": NAMES[self.locale]}


def passage(texts: Mapping[str, str], locale: str) -> Passage:
    """Return the words of a reply for a reader, in another language if need be."""
    found = locale if locale in texts else min(texts)
    return Passage(texts[found], found, foreign=found != locale)


def letter(
    kind: str,
    report: FailureReport,
    locale: str,
    url: str,
    texts: Mapping[str, str] | None = None,
    channel: str = ChannelKind.EMAIL,
) -> Content:
    """Write a notice in the frame of its reader's language.

    ``url`` leads to the status page; ``texts`` are an agent's words by language.
    """
    with translation.override(locale):
        subject = str(SUBJECTS[kind])
        if channel in BRIEF:
            return Content(subject=subject, text=f"{subject} {url}", link=url)
        lines = [str(SENTENCES[kind]), *_cause(report, kind), *_said(texts, locale)]
        lines.append(_("Where it stands, and what you can do:"))
        text = "\n\n".join(lines) + f"\n{url}\n\n{_why()}"
        return Content(subject=subject, text=text, link=url)


def _cause(report: FailureReport, kind: str) -> list[str]:
    ticket = report.ticket
    if ticket is None or kind == NoticeKind.REPLY:
        return []
    return [_("The cause: %(cause)s.") % {"cause": ticket.cause.name}]


def _said(texts: Mapping[str, str] | None, locale: str) -> list[str]:
    if not texts:
        return []
    said = passage(texts, locale)
    return [f"{said.mark}\n{said.text}" if said.foreign else said.text]


def _why() -> str:
    return _("You are told because you reported a message that did not arrive.")
