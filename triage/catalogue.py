"""Which sentences does the product say, and are they all translated?

Message ids are extracted from Python with ``ast`` and from templates with Django's
own ``templatize``, so no gettext tool is needed. The one catalogue is
``triage/locale/zh_Hans``; it carries no line numbers or dates, so merges stay small.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOTS = ("triage", "knowledgebase", "deliveries", "templates")
PLAIN = {"gettext", "gettext_lazy", "gettext_noop", "_"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w+)\}")


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """One message id, with its context and plural where it has them."""

    text: str
    context: str = ""
    plural: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What the catalogue finds an entry by."""
        return (self.context, self.text)


def path() -> Path:
    """Where the catalogue lies."""
    return Path(settings.BASE_DIR) / "triage/locale/zh_Hans/LC_MESSAGES/django.po"


def sentences() -> set[Sentence]:
    """Extract every sentence of the product."""
    found: set[Sentence] = set()
    for root in ROOTS:
        folder = Path(settings.BASE_DIR) / root
        for file in sorted(folder.rglob("*.py")):
            if "migrations" not in file.parts:
                found.update(_of_python(file.read_text(encoding="utf-8")))
        for file in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
            source = templatize(file.read_text(encoding="utf-8"))
            found.update(_of_python(_as_python(source)))
    return found


def _as_python(templatized: str) -> str:
    """Keep the calls of a templatized text, which is no Python by itself."""
    calls = re.findall(
        r"\b(?:gettext|ngettext|pgettext|npgettext)\((?:[^()'\"]|u?'(?:[^'\\]|\\.)*'"
        r'|u?"(?:[^"\\]|\\.)*")*\)',
        templatized,
    )
    return "\n".join(calls)


def _of_python(text: str) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        words = [
            each.value
            for each in node.args
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if name in PLAIN and words:
            yield Sentence(words[0])
        elif name in PLURAL and len(words) > 1:
            yield Sentence(words[0], plural=words[1])
        elif name in CONTEXT and len(words) > 1:
            yield Sentence(words[1], context=words[0])
        elif name in CONTEXT_PLURAL and len(words) > 2:
            yield Sentence(words[1], context=words[0], plural=words[2])


def read() -> polib.POFile:
    """Read the catalogue; an empty one where there is none yet."""
    if path().exists():
        return polib.pofile(str(path()), wrapwidth=0)
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return catalogue


def update() -> tuple[int, int]:
    """Add what is missing, drop what is gone, sort; return both counts."""
    catalogue = read()
    wanted = {sentence.key: sentence for sentence in sentences()}
    present = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    gone = [entry for key, entry in present.items() if key not in wanted]
    added = [sentence for key, sentence in wanted.items() if key not in present]
    kept = [entry for key, entry in present.items() if key in wanted]
    fresh = polib.POFile(wrapwidth=0)
    fresh.metadata = catalogue.metadata
    for entry in kept:
        entry.occurrences = []
    entries = [*kept, *map(_entry, added)]
    entries.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    fresh.extend(entries)
    path().parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(path()))
    return len(added), len(gone)


def _entry(sentence: Sentence) -> polib.POEntry:
    entry = polib.POEntry(msgid=sentence.text, msgctxt=sentence.context or None)
    if "%(" in sentence.text or "%s" in sentence.text:
        entry.flags.append("python-format")
    if sentence.plural:
        entry.msgid_plural = sentence.plural
        entry.msgstr_plural = {0: ""}
    return entry


def compile_catalogue() -> None:
    """Write the binary catalogue that Django reads, if the text is newer."""
    binary = path().with_suffix(".mo")
    text = path()
    if binary.exists() and binary.stat().st_mtime >= text.stat().st_mtime:
        return
    read().save_as_mofile(str(binary))


def faults() -> list[str]:
    """Say what keeps the catalogue from being complete, one line a fault."""
    wanted = {sentence.key for sentence in sentences()}
    catalogue = read()
    present = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    found = [f"missing: {text!r}" for _, text in sorted(wanted - present.keys())]
    for key, entry in sorted(present.items()):
        if key not in wanted:
            found.append(f"obsolete: {entry.msgid!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid!r}")
        else:
            found.extend(_faults_of(entry))
    return found


def _faults_of(entry: polib.POEntry) -> Iterator[str]:
    texts = [entry.msgstr] if not entry.msgid_plural else entry.msgstr_plural.values()
    wanted = _placeholders(entry.msgid_plural or entry.msgid)
    for text in texts:
        if not text.strip():
            yield f"untranslated: {entry.msgid!r}"
        elif _placeholders(text) != wanted:
            yield f"placeholders differ: {entry.msgid!r}"


def _placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text)}
