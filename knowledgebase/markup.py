"""How does an article's Markdown become HTML that cannot do harm, or plain words?

CommonMark with tables and strikethrough, raw HTML off, and the result sanitised all
the same: two locks, since the text comes from people.
"""

from functools import cache
from html import unescape

import nh3
from markdown_it import MarkdownIt

ALLOWED_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "li", "ol",
    "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}}
SCHEMES = {"https", "http", "mailto"}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """Render Markdown to sanitised HTML; headings start at level 2."""
    rendered = _parser().render(text)
    # A page has one h1, its title: an article's own headings begin below it.
    rendered = rendered.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return nh3.clean(
        rendered,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def to_text(text: str) -> str:
    """Return the words of Markdown alone, on one line; for a line about an article."""
    words = nh3.clean(_parser().render(text), tags=set())
    return " ".join(unescape(words).split())
