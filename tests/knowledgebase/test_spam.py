"""Is a doubtful text held, an honest one not, and both judged in no time?"""

import time

import pytest

from knowledgebase.markup import to_html
from knowledgebase.spam import Sent, doubt

HONEST = Sent(60.0)
HOSTILE = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js>",
    "< img src=x onerror=alert(1)>",
    "＜img src=x onerror=alert(1)＞",
    "![pixel](https://evil.example/1.gif)",
    "![][1]\n\n[1]: https://evil.example/1.gif",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt :alert(1))",
    "[click](vbscript:msgbox)",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](&#106;avascript:alert(1))",
    "[share](file://server/share)",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='x'></iframe>",
    "<a href='https://evil.example'>here</a>",
    "<style>body{display:none}</style>",
    "<math><mi xlink:href=x>",
    "Pay \u202egnp.exe\u202c \u200b\u200bnow",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_is_held_and_does_no_harm_even_so(text: str) -> None:
    assert doubt(text, HONEST, is_new=False, is_repeated=False) == "markup"
    html = to_html(text).lower()
    for sign in ("<script", "<img", "<svg", "<iframe", "<style", "<math"):
        assert sign not in html
    for scheme in ("javascript:", "vbscript:", "data:", "file:"):
        assert f'href="{scheme}' not in html


@pytest.mark.parametrize(
    "text",
    [
        "My provider is gmail.com; it says 550 5.7.1 <blocked>.",
        "I wait & wait: no data: nothing at all!",
        "为什么收不到验证码？我已经等了一个小时。",
        "See https://example.com/help for what the provider says about full mailboxes.",
        "> quoted\n\n* one\n* two\n\n`250 2.0.0 OK`",
    ],
)
def test_an_honest_text_is_shown(text: str) -> None:
    assert doubt(text, HONEST, is_new=False, is_repeated=False) == ""


def test_links_are_doubtful_by_how_many_they_are() -> None:
    words = "A long story about a message that never came, told with care. " * 8
    of_four = words + " ".join(f"https://host{n}.example/" for n in range(4))
    of_one_host = words + " ".join(f"http://www.shop.example/{n}" for n in range(3))
    assert doubt(of_four, HONEST, is_new=False, is_repeated=False) == "links"
    assert doubt(of_one_host, HONEST, is_new=False, is_repeated=False) == "link_farm"
    assert (
        doubt("www.pills.example/buy", HONEST, is_new=False, is_repeated=False)
        == "link_farm"
    )
    one = f"{words} https://host.example/"
    assert doubt(one, HONEST, is_new=True, is_repeated=False) == "new_link"
    assert doubt(one, HONEST, is_new=False, is_repeated=False) == ""


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (Sent(60.0, "https://me.example"), "trap"),
        (Sent(0.5), "fast"),
        (Sent(-9.0), "fast"),
        (Sent(None), "fast"),
        (Sent(4.0), ""),
    ],
)
def test_how_a_text_came_speaks_too(sent: Sent, reason: str) -> None:
    assert doubt("It came twice.", sent, is_new=True, is_repeated=False) == reason


def test_the_same_text_again_is_doubtful() -> None:
    assert doubt("Hello.", HONEST, is_new=False, is_repeated=True) == "repeated"


@pytest.mark.parametrize(
    "text",
    ["<" + " " * 5_000, "< " * 2_500, "[" * 5_000, ">" * 5_000, "www." * 1_250,
     "javascript" + " " * 4_900, "//" * 2_500, "*_" * 2_500, "`" * 5_000,
     "![" * 2_500, "[](" * 1_600, "&" * 5_000],
)  # fmt: skip
def test_no_text_takes_long_to_judge_and_to_show(text: str) -> None:
    began = time.process_time()
    doubt(text, HONEST, is_new=False, is_repeated=False)
    to_html(text)
    assert time.process_time() - began < 1.0
