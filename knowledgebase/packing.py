"""Which files are in a folder or a ZIP, and is it safe to read them?

Nothing is unpacked onto a disk, and no more is read than a bound allows, whatever a
ZIP says of its sizes.
"""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from knowledgebase.front_matter import Fault, Unreadable

MOST_FILES = 20_000
FILE_BYTES = 256_000
ALL_BYTES = 100_000_000
ZIP_BYTES = 50_000_000  # of the ZIP itself
ENDING = ".md"


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of every Markdown file, in the order of their names.

    Raises :class:`Unreadable` for a file that cannot be what it should, and for a ZIP
    that could harm whoever reads it.
    """
    if path.is_dir():
        yield from _of_folder(path)
    elif path.suffix == ENDING and path.is_file():
        yield path.name, _decoded(path.name, path.read_bytes()[: FILE_BYTES + 1])
    elif path.is_file() and zipfile.is_zipfile(path):
        yield from _of_zip(path)
    else:
        message = _("This is neither a folder, nor a ZIP, nor a Markdown file.")
        raise Unreadable([Fault(str(path), 1, message)])


def _of_folder(path: Path) -> Iterator[tuple[str, str]]:
    left = ALL_BYTES
    for count, file in enumerate(sorted(path.rglob(f"*{ENDING}")), 1):
        name = file.relative_to(path).as_posix()
        if file.is_symlink() or not file.resolve().is_relative_to(path.resolve()):
            raise Unreadable([Fault(name, 1, _("It is a link to another place."))])
        with file.open("rb") as stream:
            content = stream.read(FILE_BYTES + 1)
        left -= len(content)
        _check_bounds(name, count, left)
        yield name, _decoded(name, content)


def _of_zip(path: Path) -> Iterator[tuple[str, str]]:
    if path.stat().st_size > ZIP_BYTES:
        raise Unreadable([Fault(path.name, 1, _("The ZIP is too large."))])
    left = ALL_BYTES
    try:
        with zipfile.ZipFile(path) as pack:
            entries = pack.infolist()
            _check_bounds(path.name, len(entries), left)
            for entry in sorted(entries, key=lambda each: each.filename):
                _check_entry(entry)
                if entry.is_dir() or not _is_ours(entry.filename):
                    continue
                with pack.open(entry) as stream:
                    content = stream.read(FILE_BYTES + 1)
                left -= len(content)
                _check_bounds(entry.filename, 0, left)
                yield entry.filename, _decoded(entry.filename, content)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise Unreadable([Fault(path.name, 1, _("The ZIP is broken."))]) from error


def _is_ours(name: str) -> bool:
    # Some systems put files of their own beside each file of a ZIP.
    return name.endswith(ENDING) and not name.startswith("__MACOSX/")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unreadable([Fault(name, 1, _("It is a link to another place."))])
    outside = name.startswith("/") or ".." in name.split("/")
    if outside or "\\" in entry.orig_filename or ":" in name or "\0" in name:
        raise Unreadable([Fault(name, 1, _("Its name leads out of the ZIP."))])
    if entry.flag_bits & 1:
        raise Unreadable([Fault(name, 1, _("It is encrypted."))])


def _check_bounds(name: str, files: int, bytes_left: int) -> None:
    if files > MOST_FILES:
        raise Unreadable([Fault(name, 1, _("There are too many files."))])
    if bytes_left < 0:
        raise Unreadable([Fault(name, 1, _("Together the files are too large."))])


def _decoded(name: str, content: bytes) -> str:
    if len(content) > FILE_BYTES:
        raise Unreadable([Fault(name, 1, _("The file is too large."))])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable([Fault(name, line, _("It is not UTF-8."))]) from error
