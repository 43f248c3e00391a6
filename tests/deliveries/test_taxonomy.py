"""Is the vocabulary of causes complete, bilingual and consistent?"""

import json
import re

import pytest

from deliveries import taxonomy
from deliveries.taxonomy import RepairPolicy, RetryClass

FAMILIES = (
    "network server rate recipient consent content reputation config client notice"
)


def test_the_vocabulary_has_eleven_families_and_fifty_leaves() -> None:
    loaded = taxonomy.load()
    assert [family.slug for family in loaded.families] == [*FAMILIES.split(), "unknown"]
    assert len(loaded.categories) == 50
    assert taxonomy.UNKNOWN in loaded


def test_every_slug_is_family_dot_leaf() -> None:
    for category in taxonomy.load().categories:
        assert re.fullmatch(rf"{category.family}\.[a-z_]+", category.slug)


def test_every_name_exists_in_both_languages() -> None:
    loaded = taxonomy.load()
    names = [(family.name_en, family.name_zh_hans) for family in loaded.families]
    names += [(leaf.name_en, leaf.name_zh_hans) for leaf in loaded.categories]
    for english, chinese in names:
        assert english.isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_chinese_names_use_full_width_punctuation() -> None:
    for category in taxonomy.load().categories:
        assert not set(category.name_zh_hans) & set(",;:!?()")


def test_seven_causes_may_be_sent_again_at_once() -> None:
    safe = [c for c in taxonomy.load().categories if c.retry_class is RetryClass.SAFE]
    assert len(safe) == 7
    assert {c.repair_policy for c in safe} == {RepairPolicy.RETRY_BACKOFF}


def test_no_cause_that_must_never_be_sent_again_is_retried() -> None:
    sending = {RepairPolicy.RETRY_BACKOFF, RepairPolicy.FAILOVER}
    for category in taxonomy.load().categories:
        if category.retry_class is RetryClass.NEVER:
            assert category.repair_policy not in sending


def test_a_name_is_given_in_the_language_asked_for() -> None:
    full = taxonomy.load().get("recipient.mailbox_full")
    assert full.name_in("en-GB") == "Mailbox or handset memory full"
    assert full.name_in("zh-Hans") == "邮箱或手机存储已满"
    assert full.name_in("fr") == full.name_en


def test_an_unknown_slug_is_told_apart() -> None:
    with pytest.raises(taxonomy.UnknownCategory, match=r"recipient\.vanished"):
        taxonomy.load().get("recipient.vanished")


FAMILY = {"slug": "network", "en": "Network", "zh": "网络"}
LEAF = {
    "slug": "network.lost",
    "family": "network",
    "en": "Lost",
    "zh": "丢失",
    "handling_level": 1,
    "retry_class": "safe",
    "repair_policy": "retry_backoff",
}


def seed(*leaves: dict[str, object]) -> str:
    return json.dumps({"families": [FAMILY], "categories": leaves})


@pytest.mark.parametrize(
    "leaves",
    [
        (LEAF, LEAF),
        ({**LEAF, "family": "server"},),
        ({**LEAF, "slug": "server.lost", "family": "server"},),
        ({**LEAF, "handling_level": 5},),
        ({**LEAF, "retry_class": "maybe"},),
        ({**LEAF, "repair_policy": "pray"},),
    ],
)
def test_a_vocabulary_that_contradicts_itself_is_refused(
    leaves: tuple[dict[str, object], ...],
) -> None:
    with pytest.raises(ValueError, match=r"."):
        taxonomy.parse(seed(*leaves))


def test_a_sound_vocabulary_is_read() -> None:
    assert taxonomy.parse(seed(LEAF)).get("network.lost").handling_level == 1
