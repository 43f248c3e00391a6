"""Which sentences does the product say, and are they all translated?

Message ids are extracted from Python with ``ast`` and from templates with Django's
own ``templatize``, so no gettext tool is needed. The one catalogue is
``triage/locale/zh_Hans``; it carries no line numbers or dates, so merges stay small.
"""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOTS = ("triage", "knowledgebase", "deliveries", "templates")
# Which positional arguments of a call are the context, the text and the plural.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
# Django translates the literal ``_("…")`` in a tag's arguments with ``gettext``.
IN_TEMPLATES = {"_": "gettext"} | {name: name for name in CALLS}
TEMPLATE_CALL = re.compile(
    r"""\b(?:_|n?p?gettext)\((?:[^()'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*\)"""
)
# A flag or a width belongs to it: ``%(minutes)02d`` is not ``%(minutes)d``.
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]*[0-9.]*[a-z]|%[sd%]|\{\w+\}")


class NotLiteral(ValueError):
    """A call translates a value, so its sentence cannot be known beforehand."""


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


# What libraries show on our pages and leave in English, or word otherwise than we do.
BORROWED = {
    Sentence(text, plural=plural)
    for text, plural in {
        ":": "",
        ":?.!": "",
        "Add link": "",
        "After you’ve created a user, you’ll be able to edit more user options.": "",
        "Change or view list link": "",
        "Error:": "",
        "Model name": "",
        "Passkey": "",
        "Range query expects two values.": "",
        "Select a lookup.": "",
        "This password is too common.": "",
        "This password is too short. It must contain at least %d character.": (
            "This password is too short. It must contain at least %d characters."
        ),
        "Username or email": "",
        "Your password can’t be a commonly used password.": "",
        "Your password must contain at least %(min_length)d character.": (
            "Your password must contain at least %(min_length)d characters."
        ),
    }.items()
}


def path() -> Path:
    """Where the catalogue lies."""
    return Path(settings.BASE_DIR) / "triage/locale/zh_Hans/LC_MESSAGES/django.po"


def sentences() -> set[Sentence]:
    """Extract every sentence of the product; raise NotLiteral where one is hidden."""
    found = set(BORROWED)
    for root in ROOTS:
        folder = Path(settings.BASE_DIR) / root
        for file in sorted(folder.rglob("*.py")):
            if "migrations" not in file.parts:
                found.update(of_python(file.read_text(encoding="utf-8"), file.name))
        for file in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
            found.update(of_template(file.read_text(encoding="utf-8"), file.name))
    return found


def of_template(text: str, name: str = "") -> Iterator[Sentence]:
    """Extract the sentences of a template: its tags and its literals ``_("…")``."""
    calls = TEMPLATE_CALL.findall(templatize(text))
    yield from _of_calls(ast.parse("\n".join(calls)), IN_TEMPLATES, name)


def of_python(text: str, name: str = "") -> Iterator[Sentence]:
    """Extract the sentences of a module, under whatever name it imports gettext."""
    tree = ast.parse(text)
    yield from _of_calls(tree, _imported(tree), name)


def _imported(tree: ast.AST) -> dict[str, str]:
    """Map each local name of a translating function to its kind in ``CALLS``."""
    return {
        alias.asname or alias.name: kind
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "django.utils.translation"
        for alias in node.names
        if (kind := _plain(alias.name))
    }


def _of_calls(tree: ast.AST, names: dict[str, str], name: str) -> Iterator[Sentence]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (kind := _kind(node.func, names)):
            context, text, plural = (_literal(node, at, name) for at in CALLS[kind])
            yield Sentence(text, context, plural)


def _kind(function: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(function, ast.Name):
        return names.get(function.id)
    if isinstance(function, ast.Attribute):
        return _plain(function.attr)
    return None


def _plain(name: str) -> str | None:
    """Strip the ending of a variant; nothing for a name that translates nothing."""
    plain = name.removesuffix("_lazy").removesuffix("_noop")
    return plain if plain in CALLS else None


def _literal(call: ast.Call, at: int | None, name: str) -> str:
    if at is None:
        return ""
    argument = call.args[at] if at < len(call.args) else None
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        raise NotLiteral(f"{name}:{call.lineno}: {ast.unparse(call)}")
    return argument.value


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
    # In this order a sentence that also has a plural wins over its singular alone.
    wanted = {sentence.key: sentence for sentence in sorted(sentences())}
    present = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    kept = {
        key: entry
        for key, entry in present.items()
        if key in wanted and (entry.msgid_plural or "") == wanted[key].plural
    }
    added = [sentence for key, sentence in wanted.items() if key not in kept]
    fresh = polib.POFile(wrapwidth=0)
    fresh.metadata = catalogue.metadata
    entries = [*kept.values(), *map(_entry, added)]
    entries.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    fresh.extend(entries)
    path().parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(path()))
    return len(added), len(present) - len(kept)


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
    half = binary.with_suffix(f".{os.getpid()}.mo")
    read().save_as_mofile(str(half))
    half.replace(binary)  # whoever reads meanwhile finds a whole file


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
