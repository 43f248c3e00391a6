"""How are articles and the vocabulary of causes taken along?"""

import zipfile
from collections.abc import Iterator
from io import RawIOBase
from typing import Any

from django.db.models import QuerySet

from deliveries import taxonomy
from deliveries.models import FailureCategory
from knowledgebase import front_matter
from knowledgebase.front_matter import Page
from knowledgebase.models import Article, Audience, TranslationState

CHUNK = 200  # articles fetched at a time
# Every file of a ZIP has this time, so that the same articles give the same bytes.
MOMENT = (2020, 1, 1, 0, 0, 0)
FOLDERS: dict[str, str] = {
    Audience.INTERNAL: "articles",
    Audience.PUBLIC: "guides",
    Audience.TIP: "tips",
}


class _Pipe(RawIOBase):
    """A file that is written at one end and read at the other, never kept whole."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, part: Any) -> int:
        """Take a part in."""
        self._parts.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        """Give out what was written since."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def as_zip(articles: QuerySet[Article]) -> Iterator[bytes]:
    """Pack articles as the Markdown files that :mod:`importing` reads, part by part.

    Of each language the text that staff see; archived ones stay here.
    """
    pipe = _Pipe()
    ids = list(articles.order_by("slug").values_list("pk", flat=True))
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as pack:
        for begin in range(0, len(ids), CHUNK):
            chunk = ids[begin : begin + CHUNK]
            rows = Article.objects.with_versions_for_list().filter(pk__in=chunk)
            for article in rows.prefetch_related("providers").order_by("slug"):
                for page in pages_of(article):
                    entry = zipfile.ZipInfo(page.file, MOMENT)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    pack.writestr(entry, front_matter.write(page))
            yield pipe.taken()
    yield pipe.taken()


def pages_of(article: Article) -> Iterator[Page]:
    """Every language of an article as a file."""
    for row in article.translations.all():
        version = row.published_version or row.current_version
        if version is None or row.state == TranslationState.ARCHIVED:
            continue
        yield Page(
            file=f"{FOLDERS[article.audience]}/{article.slug}.{row.locale}.md",
            slug=article.slug,
            locale=row.locale,
            title=version.title,
            body=version.body,
            asked_as=tuple(version.asked_as.splitlines()),
            audience=article.audience,
            categories=tuple(sorted(each.slug for each in article.categories.all())),
            channels=tuple(sorted(article.channels)),
            providers=tuple(sorted(each.slug for each in article.providers.all())),
        )


def causes() -> list[dict[str, object]]:
    """The vocabulary with both languages, in its own order; one mapping a cause."""
    families = {family.slug: family for family in taxonomy.load().families}
    rows = FailureCategory.objects.select_related("successor").order_by(
        "family", "slug"
    )
    return [
        {
            "slug": row.slug,
            "family": row.family,
            "family_en": families[row.family].name_in("en"),
            "family_zh_hans": families[row.family].name_in("zh-hans"),
            "name_en": row.name_en,
            "name_zh_hans": row.name_zh_hans,
            "handling_level": row.handling_level,
            "retry_class": row.retry_class,
            "repair_policy": row.repair_policy,
            "deprecated": row.deprecated_at is not None,
            "successor": row.successor.slug if row.successor else "",
        }
        for row in rows
    ]
