"""What is filed from a line of JSON or from a bounce mail, within the API's limits?"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone

from deliveries import readers
from deliveries.readers import Fault, MailKind
from triage.models import Symptom

CHANNELS = {"email-webhook": "email"}  # the hook of an e-mail provider tells of e-mail
ANSWER_BYTES = 16 * 1024  # of a provider's answer, and
NAME_CHARACTERS = 64  # of a provider's name or code, that the API takes
DETAIL_CHARACTERS = 1000
FIELDS = ("channel", "provider", "raw", "smtp_code", "enhanced_status")
SUFFIX = ".eml"

_SYMPTOMS = {MailKind.BOUNCE: Symptom.FAILED_ERROR, MailKind.DELAY: Symptom.DELAYED}


class BadPiece(ValueError):
    """A line or a mail that cannot be filed; the message says why."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One failure to file: what it is called, and how its report is made.

    ``report`` returns the body of a request without its id; raises ``BadPiece``.
    """

    name: str
    report: Callable[[], dict[str, Any]]


def pieces(path: Path) -> Sequence[Piece]:
    """List what a file of lines, a mail or a folder of mails holds, in order.

    Nothing but a file of lines is read before its turn comes.
    """
    if path.is_dir():
        return [_mail(file, path) for file in sorted(_mails(path))]
    if path.suffix.lower() == SUFFIX:
        return [_mail(path, path.parent)]
    lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    return [
        Piece(f"line {number}", partial(of_line, line))
        for number, line in enumerate(lines, 1)
    ]


def _mails(folder: Path) -> Iterator[Path]:
    """Yield the mails of a folder and of those in it."""
    for file in folder.rglob("*"):
        if file.suffix.lower() == SUFFIX and not file.is_dir():
            yield file


def _mail(file: Path, folder: Path) -> Piece:
    name = file.relative_to(folder).as_posix()
    return Piece(name, partial(of_mail, file, name))


def of_line(line: bytes) -> dict[str, Any]:
    """Turn a line of JSON into the body of a request."""
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadPiece("This is not JSON.") from error
    if not isinstance(case, dict):
        raise BadPiece("This is not a JSON object.")
    texts = {key: _text(case, key) for key in FIELDS}
    channel = texts["channel"]
    return {
        "channel": CHANNELS.get(channel, channel),
        "symptom": Symptom.FAILED_ERROR.value,
        "occurred_at": timezone.now().isoformat(),
        "provider": texts["provider"][:NAME_CHARACTERS],
        "provider_code": texts["smtp_code"][:NAME_CHARACTERS],
        "enhanced_code": texts["enhanced_status"][:NAME_CHARACTERS],
        "provider_answer": _cut(texts["raw"]),
    }


def of_mail(file: Path, name: str) -> dict[str, Any]:
    """Turn a mail into the body of a request; the detail names its file."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(readers.LONGEST_MAIL + 1)
    except OSError as error:
        raise BadPiece(f"The file cannot be read: {error.strerror}.") from error
    mail = readers.read_mail(raw)
    if Fault.EMPTY in mail.faults:
        raise BadPiece("This mail is empty.")
    return {
        "channel": "email",
        "symptom": _SYMPTOMS.get(mail.kind, Symptom.OTHER).value,
        "occurred_at": timezone.now().isoformat(),
        "provider_code": mail.smtp_code[:NAME_CHARACTERS],
        "enhanced_code": mail.enhanced_code[:NAME_CHARACTERS],
        "provider_answer": _cut(readers.excerpt(mail)),
        "detail": _printable(name)[:DETAIL_CHARACTERS],
    }


def _printable(name: str) -> str:
    """A file's name may hold bytes that are no text."""
    return name.encode("utf-8", "replace").decode()


def _text(case: dict[str, Any], key: str) -> str:
    value = case.get(key)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise BadPiece(f"“{key}” is not a text.")
    return value


def _cut(text: str) -> str:
    kept = text.encode("utf-8", "replace")[:ANSWER_BYTES]
    return kept.decode("utf-8", "ignore")
