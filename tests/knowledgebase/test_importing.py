"""Do articles come out of files, whole or not at all, and safely?"""

import re
import stat
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from deliveries import taxonomy
from knowledgebase import articles, exporting, importing, packing
from knowledgebase.articles import Draft
from knowledgebase.front_matter import Unreadable
from knowledgebase.models import (
    Article,
    ArticleEvent,
    ArticleTranslation,
    ArticleVersion,
)
from tests.people import Person
from tests.work import make_article

pytestmark = pytest.mark.django_db

ENGLISH = """---
slug: recipient-mailbox-full
locale: en
title: The mailbox is full
audience: internal
categories: [recipient.mailbox_full]
channels: [email]
---
The person has no room left. It mends itself when they delete something.

## What it means

`452 4.2.2` and `552 5.2.2`, see [RFC 3463](https://www.rfc-editor.org/rfc/rfc3463).
"""
CHINESE = ENGLISH.replace("locale: en", "locale: zh-hans").replace(
    "The mailbox is full", "邮箱已满"
)
TIP = """---
slug: tip-recipient-mailbox-full
locale: en
title: Your mailbox may be full
audience: tip
categories:
  - recipient.mailbox_full
channels: []
---
Delete a few large mails, then ask for the message again.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "articles"
    place.mkdir()
    (place / "full.en.md").write_text(ENGLISH, "utf-8")
    (place / "full.zh-hans.md").write_text(CHINESE, "utf-8")
    (place / "tip.en.md").write_text(TIP, "utf-8")
    return place


def run(*arguments: object, **options: object) -> str:
    out = StringIO()
    call_command("import_articles", *map(str, arguments), stdout=out, **options)
    return out.getvalue().strip()


def zipped(path: Path, **files: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in files.items():
            pack.writestr(name, text)
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(Unreadable) as error:
        importing.pages(path)
    return [str(each) for each in error.value.faults]


def test_a_folder_becomes_drafts(folder: Path) -> None:
    assert run(folder) == "new 3, changed 0, unchanged 0, left to people 0"
    article = Article.objects.get(slug="recipient-mailbox-full")
    assert article.channels == ["email"]
    assert [each.slug for each in article.categories.all()] == [
        "recipient.mailbox_full"
    ]
    english, chinese = article.translations.order_by("locale")
    assert (english.state, english.published_version) == ("draft", None)
    assert english.current_version is not None
    assert english.current_version.author is None
    assert chinese.current_version is not None
    assert chinese.current_version.source_version == english.current_version


def test_importing_again_changes_nothing(folder: Path) -> None:
    run(folder, "--publish")
    before = list(ArticleEvent.objects.values_list())
    assert run(folder, "--publish") == "new 0, changed 0, unchanged 3, left to people 0"
    assert list(ArticleEvent.objects.values_list()) == before
    assert ArticleVersion.objects.count() == 3


def test_published_texts_have_no_reviewer_and_say_that_they_were_imported(
    folder: Path,
) -> None:
    run(folder, "--publish")
    states = set(ArticleTranslation.objects.values_list("state", flat=True))
    assert states == {"published"}
    assert set(ArticleVersion.objects.values_list("author", "reviewer")) == {
        (None, None)
    }
    assert ArticleEvent.objects.filter(act="imported", actor=None).count() == 3


def test_a_changed_file_is_a_new_version_of_its_language_alone(folder: Path) -> None:
    run(folder, "--publish")
    (folder / "full.en.md").write_text(ENGLISH + "\nAsk them to call.\n", "utf-8")
    assert run(folder, "--publish") == "new 0, changed 1, unchanged 2, left to people 0"
    english = ArticleTranslation.objects.get(
        article__slug="recipient-mailbox-full", locale="en"
    )
    assert english.published_version is not None
    assert english.published_version.number == 2


def test_a_dry_run_says_what_would_happen(folder: Path) -> None:
    assert run(folder, "--dry-run").startswith("would be new 3")
    assert not Article.objects.exists()


def test_the_starter_leaves_what_people_wrote(
    folder: Path, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STARTER", folder)
    assert run("--starter") == "new 3, changed 0, unchanged 0, left to people 0"
    article = Article.objects.get(slug="recipient-mailbox-full")
    words = Draft("Our own", "Words.", "en")
    mine = articles.write(article, words, author_id=ana.user.pk)
    article.categories.clear()
    assert run("--starter") == "new 0, changed 0, unchanged 2, left to people 1"
    english = article.translations.get(locale="en")
    assert english.current_version == mine
    assert not article.categories.exists()


def test_nothing_is_imported_if_one_file_is_wrong(folder: Path) -> None:
    (folder / "full.en.md").write_text(ENGLISH.replace("en\n", "fr\n", 1), "utf-8")
    with pytest.raises(CommandError) as error:
        run(folder)
    assert str(error.value).startswith("full.en.md:3: Only these: en, zh-hans.")
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("---\nslug", "slug", "a.md:1: It does not begin with front matter"),
        ("slug: recipient-mailbox-full\n", "", "a.md:1: “slug” is missing."),
        ("slug: recipient-mailbox-full", "slug: A B", "a.md:2: Small letters"),
        ("slug: recipient-mailbox-full", "slug: new", "a.md:2: “new” is the address"),
        ("slug: recipient-mailbox-full", "slug: searches", "a.md:2: “searches” is"),
        ("slug: recipient-mailbox-full", "slug: [new]", "a.md:2: "),
        ("slug: recipient-mailbox-full", "slug: 12", "a.md:2: Write a text"),
        ("title: The mailbox is full", "title: ' '", "a.md:4: A title has 1"),
        ("title: The", "titel: The", "a.md:1: “title” is missing."),
        ("title: The", 'title: "\\0The', "a.md:4: This is not YAML"),
        ("title: The", 'title: "a\\u0007b"\nx: The', "a.md:4: There is a character"),
        ("audience: internal", "audience: all", "a.md:5: Only these: internal"),
        ("[recipient.mailbox_full]", "[]", "a.md:6: An article is about"),
        ("[recipient.mailbox_full]", "[no.such]", "a.md:6: There is no cause “no.such"),
        ("[recipient.mailbox_full]", "recipient", "a.md:6: Write a list"),
        ("[email]", "[pigeon]", "a.md:7: Only these: push"),
        ("channels: [email]", "providers: [nobody]", "a.md:7: There is no provider"),
        ("channels: [email]", "channels: [[email]]", "a.md:7: Plain values"),
        ("channels: [email]", "slug: other", "a.md:7: This key is there twice."),
        ("title: The mailbox is full", "title: &a [x]", "a.md:4: Plain values"),
        ("title: The", "title: *a", "a.md:4: Plain values"),
        ("title: The", "title: !!python/object:os.system The", "a.md:4: Plain values"),
        ("title: The mailbox is full", "title: 'open", "a.md:"),
        ("channels: [email]", "channels: " + "[" * 5_000, "a.md:7: Plain values"),
        ("channels: [email]", "x: " + "y" * 9_000, "a.md:2: The front matter is too"),
        ("audience: internal", "audience: tip\nx: " + "y", "a.md:6: There is no key"),
    ],
)
def test_a_fault_is_named_by_file_and_line(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in ENGLISH
    (tmp_path / "a.md").write_text(ENGLISH.replace(old, new, 1), "utf-8")
    assert faults(tmp_path)[0].startswith(fault)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    (folder / "tip.en.md").write_text(TIP + "x" * 400, "utf-8")
    (folder / "full.zh-hans.md").write_text(
        CHINESE.replace("[email]", "[sms]"), "utf-8"
    )
    (folder / "twice.md").write_text(TIP, "utf-8")
    assert faults(folder) == [
        "full.zh-hans.md:7: It is otherwise in full.en.md.",
        "tip.en.md:10: A tip has at most 320 characters.",
    ]


def test_one_article_in_two_files_is_a_fault(folder: Path) -> None:
    (folder / "twice.md").write_text(TIP, "utf-8")
    assert faults(folder) == ["twice.md:2: The same article is in tip.en.md."]


# --- hostile files --------------------------------------------------------------------


def test_a_zip_is_read_like_a_folder(tmp_path: Path) -> None:
    pack = zipped(
        tmp_path / "a.zip",
        **{
            "x/a.md": ENGLISH,
            "x/b.md": CHINESE,
            "readme.txt": "?",
            "__MACOSX/a.md": "?",
        },
    )
    assert [page.locale for page in importing.pages(pack)] == ["en", "zh-hans"]


@pytest.mark.parametrize(
    "name", ["../a.md", "/a.md", "x/../../a.md", "C:/a.md", "x\\..\\a.md"]
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    pack = zipped(tmp_path / "a.zip", **{name: ENGLISH})
    assert faults(pack)[0].endswith("Its name leads out of the ZIP.")


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("a.md")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as pack:
        pack.writestr(entry, "/etc/passwd")
    assert faults(tmp_path / "a.zip") == ["a.md:1: It is a link to another place."]


def test_a_link_in_a_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(ENGLISH, "utf-8")
    (folder / "z.md").symlink_to(tmp_path / "secret.md")
    assert faults(folder) == ["z.md:1: It is a link to another place."]


def test_a_bomb_is_read_no_further_than_a_file_may_be_long(tmp_path: Path) -> None:
    pack = zipped(tmp_path / "a.zip", **{"a.md": b"a" * 200_000_000})
    assert pack.stat().st_size < 1_000_000
    assert faults(pack) == ["a.md:1: The file is too large."]


def test_many_files_are_refused_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = zipped(tmp_path / "a.zip", **{f"{n}.md": ENGLISH for n in range(5)})
    monkeypatch.setattr(packing, "ALL_BYTES", 2 * len(ENGLISH))
    assert faults(pack)[0].endswith("Together the files are too large.")
    monkeypatch.setattr(packing, "MOST_FILES", 4)
    assert faults(pack)[0].endswith("There are too many files.")


@pytest.mark.parametrize("cut", [20, 60, 200])
def test_a_broken_zip_is_refused(tmp_path: Path, cut: int) -> None:
    pack = zipped(tmp_path / "a.zip", **{"a.md": ENGLISH})
    whole = pack.read_bytes()
    pack.write_bytes(whole[: cut // 2] + bytes(cut) + whole[cut:])
    assert faults(pack)


@pytest.mark.parametrize("content", [b"\xff\xfe---", b"\x00" * 10, b"", b"PK\x03\x04"])
def test_what_is_no_text_is_no_article(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.md").write_bytes(content)
    assert faults(tmp_path)[0].startswith("a.md:1:")


@pytest.mark.parametrize("path", ["nowhere", "a.txt"])
def test_what_is_not_there_is_said(tmp_path: Path, path: str) -> None:
    (tmp_path / "a.txt").write_text("?")
    with pytest.raises(CommandError, match="neither a folder"):
        run(tmp_path / path)
    with pytest.raises(CommandError, match="Name a folder"):
        run()


# --- taking along ---------------------------------------------------------------------


def test_what_people_type_belongs_to_the_file(folder: Path) -> None:
    asked = ENGLISH.replace("locale: en", "locale: en\nasked_as: [no room, '552']")
    (folder / "full.en.md").write_text(asked, "utf-8")
    run(folder)
    version = ArticleVersion.objects.get(asked_as="no room\n552")
    (folder / "full.en.md").write_text(ENGLISH, "utf-8")  # which knows nothing of it
    run(folder)
    assert not ArticleVersion.objects.filter(number=2).exists()
    article = version.translation.article
    pages = {page.locale: page for page in exporting.pages_of(article)}
    assert pages["en"].asked_as == ("no room", "552")


@pytest.mark.parametrize(
    "listed", ['["two\\nlines"]', '[" "]', "[" + "a long phrase, " * 400 + "end]"]
)
def test_phrases_that_cannot_be_kept_are_refused(folder: Path, listed: str) -> None:
    text = ENGLISH.replace("locale: en", f"locale: en\nasked_as: {listed}")
    (folder / "full.en.md").write_text(text, "utf-8")
    assert faults(folder)[0].startswith("full.en.md:4: One phrase a line")


def test_what_is_exported_is_imported_unchanged(folder: Path, tmp_path: Path) -> None:
    run(folder, "--publish")
    make_article('Quotes: "a", #b', "x: y\n---\nz", cause="recipient.moved")
    content = b"".join(exporting.as_zip(Article.objects.all()))
    (tmp_path / "out.zip").write_bytes(content)
    with zipfile.ZipFile(BytesIO(content)) as pack:
        assert pack.testzip() is None
        assert "tips/tip-recipient-mailbox-full.en.md" in pack.namelist()
    assert run(tmp_path / "out.zip").startswith("new 0, changed 0, unchanged 4")
    assert b"".join(exporting.as_zip(Article.objects.all())) == content


def test_archived_articles_stay_where_they_are() -> None:
    version = make_article()
    ArticleTranslation.objects.update(state="archived")
    article = Article.objects.with_versions_for_list().get()
    assert article.pk == version.translation.article_id
    assert list(exporting.pages_of(article)) == []


def test_the_vocabulary_has_both_languages() -> None:
    causes = exporting.causes()
    assert len(causes) >= 50
    full = next(each for each in causes if each["slug"] == "recipient.mailbox_full")
    assert full["name_zh_hans"] == "邮箱或手机存储已满"
    assert full["family_en"] == "Recipient / user error"
    assert all(each["name_en"] and each["name_zh_hans"] for each in causes)


def test_the_starter_names_causes_as_people_see_them() -> None:
    slugs = {category.slug for category in taxonomy.load().categories}
    for page in importing.pages(importing.STARTER):
        spelled = set(re.findall(r"[a-z]+\.[a-z_]+", page.body))
        assert not spelled & slugs, page.file


def test_the_starter_of_the_product_can_be_imported() -> None:
    outcome = importing.import_starter(timezone.now())
    count = len(list(importing.STARTER.rglob("*.md")))
    assert outcome.new == ArticleTranslation.objects.for_readers().count() == count
