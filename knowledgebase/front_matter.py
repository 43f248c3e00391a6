"""How is one language of an article written as a file, and read back?

A Markdown file begins with YAML between two lines ``---``: ``slug``, ``locale``,
``title``, ``audience``, ``categories``, ``channels``, ``providers``, ``asked_as``. The
rest is the text. Plain values alone: no anchors, tags or nesting, which also keeps
hostile files from growing when they are read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from deliveries.models import ChannelKind
from knowledgebase.articles import TIP_MAX
from knowledgebase.models import ASKED_MAX, TITLE_MAX, Audience, Locale

FENCE = "---"
HEAD_MAX = 8_000  # characters of front matter
BODY_MAX = 50_000  # characters of text
DEEPEST = 2  # a list in a mapping
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_MAX = 120
# Addresses of pages beside those of articles; a test compares them with the paths.
TAKEN = frozenset(
    {"categories", "export", "new", "preview", "searches", "titles", "writing-tasks"}
)
REQUIRED = ("slug", "locale", "title", "audience", "categories")
LISTS = ("categories", "channels", "providers", "asked_as")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong with a file, in which line of it."""

    file: str
    line: int
    message: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Unreadable(Exception):
    """A file is no article; ``faults`` says why, line by line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Page:
    """One language of an article; lists hold slugs. ``lines`` says where a key is."""

    file: str
    slug: str
    locale: str
    title: str
    body: str
    audience: str = Audience.INTERNAL
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def fault(self, key: str, message: str) -> Fault:
        """A fault in the line of a key."""
        return Fault(self.file, self.lines.get(key, 1), message)


def read(file: str, text: str) -> Page:
    """Read a file; raises :class:`Unreadable` with everything that is wrong."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    end = lines.index(FENCE, 1) if FENCE in lines[1:] else 0
    if lines[0] != FENCE or not end:
        message = _("It does not begin with front matter between two lines “---”.")
        raise Unreadable([Fault(file, 1, message)])
    values, places = _head(file, "\n".join(lines[1:end]))
    body = "\n".join(lines[end + 1 :]).strip()
    faults = [
        Fault(file, places.get(key, 1), message)
        for key, message in (*_faults_of_keys(values), *_faults_of_values(values))
    ]
    faults += [Fault(file, end + 2, each) for each in _faults_of_body(body, values)]
    if faults:
        raise Unreadable(sorted(faults))
    named = {key: tuple(values.get(key) or ()) for key in LISTS}
    return Page(
        file=file,
        slug=values["slug"],
        locale=values["locale"],
        title=values["title"].strip(),
        audience=values["audience"],
        body=body,
        lines=places,
        **named,
    )


def _head(file: str, head: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of the front matter, and the line of each key in the file."""
    if len(head) > HEAD_MAX:
        raise Unreadable([Fault(file, 2, _("The front matter is too long."))])
    try:
        _check_plain(file, head)
        node = yaml.compose(head, Loader=yaml.SafeLoader)
        values = yaml.safe_load(head)
    except yaml.YAMLError as error:
        # Where it began says more than where it was noticed.
        mark = getattr(error, "context_mark", None) or getattr(
            error, "problem_mark", None
        )
        line = mark.line + 2 if mark else 2
        message = _("This is not YAML: %(problem)s.") % {
            "problem": getattr(error, "problem", None) or _("it cannot be read")
        }
        raise Unreadable([Fault(file, line, message)]) from error
    except ValueError as error:  # a date that is none, for instance
        raise Unreadable([Fault(file, 2, str(error))]) from error
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        raise Unreadable([Fault(file, 2, _("Write one “key: value” a line."))])
    places: dict[str, int] = {}
    for key, _value in node.value:
        line = key.start_mark.line + 2
        if key.value in places:
            raise Unreadable([Fault(file, line, _("This key is there twice."))])
        places[key.value] = line
    return {str(key): value for key, value in values.items()}, places


def _check_plain(file: str, head: str) -> None:
    depth = 0
    for event in yaml.parse(head, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        strange = isinstance(event, yaml.AliasEvent) or (
            isinstance(event, yaml.NodeEvent)
            and (event.anchor or getattr(event, "tag", None))
        )
        if strange or depth > DEEPEST:
            mark = event.start_mark
            line = mark.line + 2 if mark else 2
            message = _("Plain values and lists only: no anchors, tags or nesting.")
            raise Unreadable([Fault(file, line, message)])


def _faults_of_keys(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in REQUIRED:
        if key not in values:
            yield "", _("“%(key)s” is missing.") % {"key": key}
    for key in values:
        if key not in (*REQUIRED, *LISTS):
            yield key, _("There is no key “%(key)s”.") % {"key": key}


def _faults_of_values(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("slug", "locale", "title", "audience"):
        if key in values and not isinstance(values[key], str):
            yield key, _("Write a text; put it into quotes if it looks otherwise.")
    yield from _faults_of_slug(values.get("slug"))
    title = values.get("title")
    if isinstance(title, str) and not 0 < len(title.strip()) <= TITLE_MAX:
        yield "title", _("A title has 1 to %(max)d characters.") % {"max": TITLE_MAX}
    if isinstance(title, str) and CONTROL.search(title):
        yield "title", _("There is a character in it that cannot be shown.")
    yield from _faults_of_choice(values, "locale", Locale.values)
    yield from _faults_of_choice(values, "audience", Audience.values)
    for key in LISTS:
        yield from ((key, message) for message in _faults_of_list(values, key))


def _faults_of_list(values: dict[str, Any], key: str) -> Iterator[str]:
    listed = values.get(key)
    if listed is not None and not (
        isinstance(listed, list) and all(isinstance(each, str) for each in listed)
    ):
        yield _("Write a list, such as [one, two].")
    elif key == "channels" and set(listed or ()) - set(ChannelKind.values):
        yield _one_of(ChannelKind.values)
    elif key == "asked_as" and not _is_askable(listed or ()):
        message = _("One phrase a line, %(max)d characters in all.")
        yield message % {"max": ASKED_MAX}
    elif key == "categories" and key in values and not listed:
        yield _("An article is about at least one cause.")


def _is_askable(phrases: Sequence[str]) -> bool:
    together = "\n".join(phrases)
    lines = together.splitlines()
    return (
        lines == [phrase for phrase in phrases if phrase.strip()]
        and len(together) <= ASKED_MAX
        and not CONTROL.search(together)
    )


def _faults_of_slug(slug: object) -> Iterator[tuple[str, str]]:
    if not isinstance(slug, str):
        return
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_MAX:
        yield "slug", _("Small letters, digits and single hyphens.")
    elif slug in TAKEN:
        message = _("“%(slug)s” is the address of a page. Choose another name.")
        yield "slug", message % {"slug": slug}


def _faults_of_choice(
    values: dict[str, Any], key: str, known: list[str]
) -> Iterator[tuple[str, str]]:
    if isinstance(values.get(key), str) and values[key] not in known:
        yield key, _one_of(known)


def _one_of(known: list[str]) -> str:
    return _("Only these: %(known)s.") % {"known": ", ".join(known)}


def _faults_of_body(body: str, values: dict[str, Any]) -> Iterator[str]:
    if not body:
        yield _("There is no text below the front matter.")
    if len(body) > BODY_MAX:
        yield _("A text has at most %(max)d characters.") % {"max": BODY_MAX}
    if CONTROL.search(body):
        yield _("There is a character in it that cannot be shown.")
    if values.get("audience") == Audience.TIP and len(body) > TIP_MAX:
        yield _("A tip has at most %(max)d characters.") % {"max": TIP_MAX}


def write(page: Page) -> str:
    """Write a page as :func:`read` reads it."""
    head: dict[str, object] = {
        "slug": page.slug,
        "locale": page.locale,
        "title": page.title,
        "audience": page.audience,
        "categories": list(page.categories),
        "channels": list(page.channels),
    }
    if page.providers:
        head["providers"] = list(page.providers)
    if page.asked_as:
        head["asked_as"] = list(page.asked_as)
    text = yaml.safe_dump(
        head, allow_unicode=True, sort_keys=False, default_flow_style=None, width=10**6
    )
    return f"{FENCE}\n{text}{FENCE}\n{page.body}\n"
