"""Which published tip does somebody get, and in which language?"""

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from deliveries.models import FailureCategory
from knowledgebase import guidance
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    Audience,
    Locale,
    TranslationState,
)
from tests.tips import make_tip
from tests.work import MAILBOX_FULL, make_article

pytestmark = pytest.mark.django_db

MOVED = "recipient.moved"
UNKNOWN = "unknown.unclassified"


def titles(category: str, channel: str = "email", locale: str = "en") -> str:
    found = guidance.tip(category, channel, locale)
    return found.title if found else ""


def test_the_closest_tip_comes_first() -> None:
    for_all = make_tip("Anything", UNKNOWN)
    on_mail = make_tip("Any mail", UNKNOWN, channels=("email",))
    family = make_tip("Any address", MOVED, "recipient.inactive", "recipient.unknown")
    exact = make_tip("Full box", MAILBOX_FULL)
    exact_on_mail = make_tip("Full mailbox", MAILBOX_FULL, channels=("email",))
    order = [exact_on_mail, exact, family, on_mail, for_all]
    for version in order:
        assert titles(MAILBOX_FULL) == version.title
        ArticleTranslation.objects.filter(pk=version.translation_id).update(
            state=TranslationState.ARCHIVED
        )
    assert guidance.tip(MAILBOX_FULL, "email", "en") is None


def test_a_tip_about_one_other_cause_is_no_tip_for_the_family() -> None:
    make_tip("It moved", MOVED)
    assert titles(MAILBOX_FULL) == ""


def test_a_tip_of_another_channel_is_not_given() -> None:
    make_tip("Full phone", MAILBOX_FULL, channels=("sms",))
    assert titles(MAILBOX_FULL, "email") == ""
    assert titles(MAILBOX_FULL, "sms") == "Full phone"
    assert titles(MAILBOX_FULL, "") == "Full phone"


def test_the_own_language_comes_before_closeness() -> None:
    make_tip("Full mailbox", MAILBOX_FULL)
    make_tip("任何邮件", UNKNOWN, locale=Locale.ZH_HANS)
    assert titles(MAILBOX_FULL, locale="zh-hans") == "任何邮件"
    assert titles(MAILBOX_FULL, locale="en") == "Full mailbox"


def test_the_other_language_is_better_than_nothing() -> None:
    make_tip("邮箱已满", MAILBOX_FULL, locale=Locale.ZH_HANS)
    found = guidance.tip(MAILBOX_FULL, "email", "en")
    assert found is not None
    assert (found.title, found.locale) == ("邮箱已满", "zh-hans")


def test_neither_drafts_nor_texts_for_staff_are_tips() -> None:
    make_article("A draft", cause=MAILBOX_FULL)
    Article.objects.update(audience=Audience.TIP)
    make_tip("For staff", MAILBOX_FULL, audience=Audience.INTERNAL)
    make_tip("A guide", MAILBOX_FULL, audience=Audience.PUBLIC)
    assert titles(MAILBOX_FULL) == ""


def test_it_takes_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(3):
        make_tip(f"Full {n}", MAILBOX_FULL)
    with django_assert_num_queries(1):
        guidance.tip(MAILBOX_FULL, "email", "zh-hans")


def test_everybody_reads_their_language_else_the_other() -> None:
    make_tip("A guide", MAILBOX_FULL, audience=Audience.PUBLIC)
    make_tip("指南", MOVED, audience=Audience.PUBLIC, locale=Locale.ZH_HANS)
    make_tip("For staff", MOVED, audience=Audience.INTERNAL)
    for locale in ("en", "zh-hans"):
        found = {each.title for each in guidance.for_everybody(locale)}
        assert found == {"A guide", "指南"}


def test_the_starter_knowledge_has_a_tip_in_both_languages() -> None:
    call_command("import_articles", "--starter", "--publish")
    found = guidance.tip("config.billing", "email", "zh-hans")
    assert found is not None
    assert (found.fit, found.locale) == (guidance.Fit.CATEGORY, "zh-hans")
    assert found.text


# --- causes in plain words ------------------------------------------------------------


def test_all_causes_are_called_at_once_what_each_is_called_alone() -> None:
    make_tip("An older word", MAILBOX_FULL)
    make_tip("No room", MAILBOX_FULL)
    make_tip("Of two", MAILBOX_FULL, MOVED)
    make_tip("搬家了", MOVED, locale=Locale.ZH_HANS)
    for locale in Locale.values:
        alone = FailureCategory.objects.annotate(plain=guidance.plain_name(locale))
        called = dict(alone.exclude(plain=None).values_list("pk", "plain"))
        assert guidance.plain_names(locale) == called
    assert guidance.plain_names("en") != guidance.plain_names("zh-hans")


def test_nothing_is_asked_anew_for_each_cause() -> None:
    # On tables whose size the database did not know yet, that took half a minute.
    make_tip("No room", MAILBOX_FULL)
    assert [each.slug for each in guidance.told_of()] == [MAILBOX_FULL]
    assert "SubPlan" not in guidance.told_of().explain()
