"""Does the catalogue know every sentence, and does each read the same in Chinese?"""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from triage import catalogue
from triage.catalogue import NotLiteral, Sentence

ROOT = Path(settings.BASE_DIR)
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")
# Latin punctuation beside a Chinese character, which Chinese text has at full width.
HALF_WIDTH = re.compile(r"[\u3400-\u9fff][,;:!?()]|[,;:!?()][\u3400-\u9fff]")
SPACED = re.compile(r"[\u3400-\u9fff] [\w%]|\w [\u3400-\u9fff]")
# Names of products and protocols are the same in every language.
SAME = {"HTTP", "SHA-256", "SMTP", "Undelivered", "Webhook", "Webhook (HTTP POST)"}
SAME |= {"LINE", "Slack"}
END = "{% endblocktranslate %}"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the name of a catalogue of the test's own, that is not there yet."""
    place = tmp_path / "django.po"
    monkeypatch.setattr(catalogue, "path", lambda: place)
    return place


def say(monkeypatch: pytest.MonkeyPatch, *said: Sentence) -> None:
    """Let the product consist of these sentences."""
    monkeypatch.setattr(catalogue, "sentences", lambda: set(said))


def python(text: str) -> list[Sentence]:
    """Extract from a module that imports what it calls."""
    names = "gettext as _, gettext_lazy as _l, ngettext, pgettext, npgettext_lazy"
    return [
        *catalogue.of_python(f"from django.utils.translation import {names}\n{text}")
    ]


def template(text: str) -> list[Sentence]:
    """Extract from a template."""
    return [*catalogue.of_template("{% load i18n %}" + text)]


def test_every_sentence_is_translated() -> None:
    assert catalogue.faults() == []


def test_the_catalogue_is_kept_sorted_and_without_line_numbers() -> None:
    entries = list(catalogue.read())
    assert entries == sorted(entries, key=lambda e: (e.msgid, e.msgctxt or ""))
    assert not any(entry.occurrences or entry.obsolete for entry in entries)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('_("Take")', Sentence("Take")),
        ('_l("Take")', Sentence("Take")),
        ('_("Take " "it")', Sentence("Take it")),
        ('pgettext("queue", "All")', Sentence("All", "queue")),
        ('ngettext("%(n)d h", "%(n)d hs", n)', Sentence("%(n)d h", "", "%(n)d hs")),
        (
            'npgettext_lazy("age", "day", "days", n)',
            Sentence("day", "age", "days"),
        ),
        ('translation.gettext_lazy("Take")', Sentence("Take")),
    ],
)
def test_a_call_in_python_is_extracted(text: str, said: Sentence) -> None:
    assert python(text) == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{% translate "Take" %}', Sentence("Take")),
        ("{% translate 'Take' as take %}", Sentence("Take")),
        ('{% translate "All" context "queue" %}', Sentence("All", "queue")),
        ('{{ name|default:_("Nobody") }}', Sentence("Nobody")),
        (
            "{% blocktranslate trimmed asvar x %}\n {{ who }}\n took it\n" + END,
            Sentence("%(who)s took it"),
        ),
        (
            "{% blocktranslate %}{{ n }} % (sure)" + END,
            Sentence("%(n)s %% (sure)"),
        ),
        (
            "{% blocktranslate count n=all %}one{% plural %}{{ n }}" + END,
            Sentence("one", "", "%(n)s"),
        ),
    ],
)
def test_a_tag_in_a_template_is_extracted(text: str, said: Sentence) -> None:
    assert template(text) == [said]


def test_a_sentence_that_only_runs_know_is_an_error() -> None:
    with pytest.raises(NotLiteral, match=re.escape("_(word)")):
        python("_(word)")


def test_no_call_of_the_product_goes_by_unread() -> None:
    known = {sentence.text for sentence in catalogue.sentences()}
    tag = re.compile(r"""{%\s*trans(?:late)?\s+("[^"]*"|'[^']*')""")
    for file in (ROOT / "templates").rglob("*.html"):
        for literal in tag.findall(file.read_text(encoding="utf-8")):
            text = ast.literal_eval(literal).replace("%", "%%")
            assert text in known, f"{file.name}: {literal}"


def test_every_app_and_field_has_a_name_in_both_languages() -> None:
    for app in ("deliveries", "knowledgebase", "triage"):
        config = apps.get_app_config(app)
        assert isinstance(config.verbose_name, Promise), app
        for model in config.get_models():
            for field in model._meta.local_fields:
                named = isinstance(field.verbose_name, Promise)
                assert named or field.auto_created, f"{model.__name__}.{field.name}"


def test_an_update_adds_and_drops_and_keeps_what_is_translated(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Sentence("Take"), Sentence("Gone"))
    assert catalogue.update() == (2, 0)
    entries = polib.pofile(str(written))
    entries.find("Take").msgstr = "领取"
    entries.save()
    say(monkeypatch, Sentence("Take"), Sentence("All", "queue"))
    assert catalogue.update() == (1, 1)
    stored = [(e.msgctxt, e.msgid, e.msgstr) for e in polib.pofile(str(written))]
    assert stored == [("queue", "All", ""), (None, "Take", "领取")]


def test_a_second_update_changes_no_byte(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Sentence("%(n)d h", "", "%(n)d hs"), Sentence("Take"))
    catalogue.update()
    before = written.read_bytes()
    assert catalogue.update() == (0, 0)
    assert written.read_bytes() == before


def test_a_sentence_that_gains_a_plural_is_translated_anew(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Sentence("ticket"))
    catalogue.update()
    say(monkeypatch, Sentence("ticket"), Sentence("ticket", "", "tickets"))
    assert catalogue.update() == (1, 1)
    assert [entry.msgid_plural for entry in polib.pofile(str(written))] == ["tickets"]


@pytest.mark.parametrize(
    ("translated", "fault"),
    [
        ("", "untranslated"),
        ("共%(m)02d分", "placeholders differ"),
        ("共%(n)d分", "placeholders differ"),
        ("共%(n)02d分", None),
    ],
)
def test_a_translation_keeps_its_placeholders(
    written: Path, monkeypatch: pytest.MonkeyPatch, translated: str, fault: str | None
) -> None:
    say(monkeypatch, Sentence("%(n)02d min"))
    catalogue.update()
    entries = polib.pofile(str(written))
    entries[0].msgstr = translated
    entries.save()
    wanted = [] if fault is None else [f"{fault}: '%(n)02d min'"]
    assert catalogue.faults() == wanted


def test_a_guess_and_a_leftover_are_faults(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Sentence("Gone"), Sentence("Take"))
    catalogue.update()
    entries = polib.pofile(str(written))
    entries.find("Take").flags.append("fuzzy")
    entries.save()
    say(monkeypatch, Sentence("New"), Sentence("Take"))
    assert catalogue.faults() == ["missing: 'New'", "obsolete: 'Gone'", "fuzzy: 'Take'"]


def test_the_translations_are_chinese_and_set_as_chinese_is() -> None:
    for entry in catalogue.read():
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            of_dates = (entry.msgctxt or "").startswith("date format")
            if not text or entry.msgid in SAME or of_dates:
                continue
            words = LATIN.search(catalogue.PLACEHOLDER.sub("", text))
            assert HAN.search(text) or not words, f"{text!r} is not Chinese"
            assert not HALF_WIDTH.search(text), (
                f"{text!r} has punctuation of half width"
            )
            assert not SPACED.search(text), f"{text!r} has a space that style adds"


def test_the_compiled_catalogue_speaks_chinese(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Sentence("Take"))
    catalogue.update()
    entries = polib.pofile(str(written))
    entries[0].msgstr = "领取"
    entries.save()
    catalogue.compile_catalogue()
    (compiled,) = polib.mofile(str(written.with_suffix(".mo")))
    assert (compiled.msgid, compiled.msgstr) == ("Take", "领取")


def test_our_words_win_over_those_of_the_libraries() -> None:
    ours = {
        entry.msgid: entry.msgstr
        for entry in catalogue.read()
        if entry.msgstr and not entry.msgctxt
    }
    with translation.override("zh-hans"):
        said = {text: translation.gettext(text) for text in ours}
    assert said == ours
