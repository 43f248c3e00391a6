"""Which articles does the demo world know, and what are they about?"""

from dataclasses import dataclass
from pathlib import Path

from knowledgebase.articles import Draft
from knowledgebase.models import Locale

FOLDER = Path(__file__).with_name("articles")

# By file: the causes that the article helps against.
ABOUT: dict[str, tuple[str, ...]] = {
    "mailbox-full": ("recipient.mailbox_full",),
    "sender-authentication": ("config.sender_auth", "config.sender_invalid"),
    "throttling": (
        "rate.sender_throttled",
        "rate.recipient_limit",
        "rate.quota_exhausted",
    ),
    "recipient-gone": (
        "recipient.unknown",
        "recipient.inactive",
        "recipient.token_unregistered",
    ),
    "partner-endpoint": ("client.endpoint_gone", "network.tls_failure"),
    "sms-template": ("content.template_invalid", "content.policy_violation"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One article: its causes, and its words in every language."""

    name: str
    categories: tuple[str, ...]
    drafts: tuple[Draft, ...]


def pages() -> tuple[Page, ...]:
    """Read the articles; the first line of a file is its title."""
    return tuple(
        Page(name, categories, tuple(_draft(name, locale) for locale in Locale))
        for name, categories in ABOUT.items()
    )


def _draft(name: str, locale: Locale) -> Draft:
    text = (FOLDER / f"{name}.{locale.value}.md").read_text(encoding="utf-8")
    title, _, body = text.partition("\n")
    return Draft(title.removeprefix("# "), body, locale.value)
