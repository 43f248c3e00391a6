"""How do three dozen sheets reach a browser in one piece?

Each component has a sheet of its own, and each page names those that it needs. Where
static files are collected, the sheets of the desk are put together into one as well,
which pages link to instead: a first visit paints after one request, not after twenty.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

BUNDLE = "css/desk.css"
FIRST = ("css/tokens.css", "css/reset.css", "css/base.css", "css/layout.css")
# On every page, before those of the page: where two sheets meet, the later one wins.
EVERYWHERE = tuple(
    f"css/components/{name}.css"
    for name in (
        "banner",
        "brand",
        "button",
        "dialog",
        "head",
        "marks",
        "palette",
        "rail",
        "rail-narrow",
        "switch",
    )
)
LAST = ("css/utilities.css",)


class BundledStorage(CompressedManifestStaticFilesStorage):
    """Collects static files with the one sheet of the desk among them."""

    def post_process(
        self, paths: dict[str, Any], *args: Any, **options: Any
    ) -> Iterator[Any]:
        """Put the sheets together, then name and compress every file."""
        if self.exists(BUNDLE):
            self.delete(BUNDLE)
        self.save(BUNDLE, ContentFile(self._together()))
        yield from super().post_process(
            {**paths, BUNDLE: (self, BUNDLE)}, *args, **options
        )

    def _together(self) -> bytes:
        _folders, names = self.listdir("css/components")
        # A sheet that was collected before has a copy that is named by its content.
        own = sorted(name for name in names if Path(name).suffixes == [".css"])
        rest = [f"css/components/{name}" for name in own]
        others = [each for each in rest if each not in EVERYWHERE]
        parts = []
        for name in (*FIRST, *EVERYWHERE, *others, *LAST):
            with self.open(name) as sheet:
                parts.append(sheet.read())
        return b"\n".join(parts)


def are_bundled() -> bool:
    """Whether a page need not name sheets of its own."""
    return isinstance(staticfiles_storage, BundledStorage)
