"""Are titles alike found before an article is written twice?"""

import pytest

from knowledgebase import titles
from tests.work import make_article

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("The mailbox is full", "mailbox is ful"),
        ("When a server is busy", "A busy server: when"),
        ("邮箱已满怎么办", "邮箱已满"),
    ],
)
def test_titles_alike_are_found_while_one_types(title: str, typed: str) -> None:
    version = make_article(title)
    make_article("Quite another thing 完全不同")
    assert titles.alike(typed) == [version]
    slug = version.translation.article.slug
    assert titles.alike(typed, but=slug) == []
