"""Does an article's Markdown become HTML that cannot do harm?"""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledgebase.markup import ALLOWED_TAGS, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>"),
        ("# Title", "<h2>Title</h2>"),
        ("## Part", "<h2>Part</h2>"),
        ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("中文，**重要**。", "<p>中文，<strong>重要</strong>。</p>"),
    ],
)
def test_markdown_is_rendered(text: str, html: str) -> None:
    assert to_html(text).strip() == html


def test_tables_are_rendered() -> None:
    html = to_html("| Code | Means |\n| --- | --- |\n| 4.2.2 | full |")
    assert "<th>Code</th>" in html
    assert "<td>full</td>" in html


def test_links_lead_out_without_telling_where_from() -> None:
    html = to_html("[docs](https://docs.example/a?b=1&c=2)")
    assert 'href="https://docs.example/a?b=1&amp;c=2"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://tracker.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<a href='javascript:alert(1)'>x</a>",
        "<style>body{display:none}</style>",
        "<iframe src=https://evil.example></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<form action=https://evil.example><input name=password></form>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<details open ontoggle="alert(1)">',
    ],
)
def test_nothing_runs_loads_or_posts(text: str) -> None:
    html = to_html(text)
    tags = {name.lower() for name in re.findall(r"<([a-zA-Z0-9]+)", html)}
    assert tags <= ALLOWED_TAGS
    for opening in re.findall(r"<[a-z][^>]*>", html):
        assert not re.search(r"\son\w+=", re.sub(r'"[^"]*"', '""', opening))
        for href in re.findall(r'href="([^"]*)"', opening):
            assert href.startswith(("http://", "https://", "mailto:", "/", "#", "?"))


@given(st.text(max_size=300))
def test_any_text_gives_allowed_tags_alone(text: str) -> None:
    html = to_html(text)
    tags = set(re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", html))
    assert tags <= ALLOWED_TAGS


@pytest.mark.parametrize(
    "piece", ["[", "*", "_", "`", "> ", "- ", "<", "![", "\\", "|", "~", "[a](", "#"]
)
def test_hostile_text_is_rendered_in_a_moment(piece: str) -> None:
    text = (piece * 50_000)[:50_000]
    began = time.process_time()
    to_html(text)
    assert time.process_time() - began < 15
