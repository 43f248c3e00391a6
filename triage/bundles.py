"""How do dozens of sheets and scripts reach a browser in one piece each?

Each component has a sheet of its own and each behaviour a script, and each page names
the sheets that it needs. Where static files are collected, those of the desk are put
together as well, and pages link to the two pieces instead: a first visit paints after
one request, not after forty.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/desk.css"
SCRIPT = "js/desk.js"
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
        "live",
        "marks",
        "palette",
        "rail",
        "rail-narrow",
        "switch",
    )
)
LAST = ("css/utilities.css",)


class BundledStorage(CompressedManifestStaticFilesStorage):
    """Collects static files with the one sheet and the one script among them."""

    def post_process(
        self, paths: dict[str, Any], *args: Any, **options: Any
    ) -> Iterator[Any]:
        """Put the pieces together, then name and compress every file."""
        pieces = {SHEET: self._sheets(), SCRIPT: self._scripts()}
        for name, parts in pieces.items():
            if self.exists(name):
                self.delete(name)
            self.save(name, ContentFile(b"\n".join(parts)))
        bundled = {name: (self, name) for name in pieces}
        yield from super().post_process({**paths, **bundled}, *args, **options)

    def _sheets(self) -> Iterator[bytes]:
        rest = self._own("css/components", ".css")
        others = [each for each in rest if each not in EVERYWHERE]
        return self._read((*FIRST, *EVERYWHERE, *others, *LAST))

    def _scripts(self) -> Iterator[bytes]:
        # A block keeps the names of each script to itself, as a module does.
        own = (each for each in self._own("js", ".js") if each != SCRIPT)
        return (b"{\n%s}" % script for script in self._read(own))

    def _own(self, folder: str, suffix: str) -> Iterator[str]:
        _folders, names = self.listdir(folder)
        # A file that was collected before has a copy that is named by its content.
        own = sorted(name for name in names if Path(name).suffixes == [suffix])
        return (f"{folder}/{name}" for name in own)

    def _read(self, names: Iterable[str]) -> Iterator[bytes]:
        for name in names:
            with self.open(name) as file:
                yield file.read()


def are_bundled() -> bool:
    """Whether a page need not name sheets and scripts of its own."""
    return isinstance(staticfiles_storage, BundledStorage)
