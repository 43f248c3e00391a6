"""Are the tables and the phrase rules sound?"""

from collections import Counter

import pytest

from deliveries import taxonomy
from deliveries.readers import CodeKind
from triage.diagnosis import codes, phrases
from triage.diagnosis.wordings import Hit, Tree
from triage.diagnosis.words import words

RULES = phrases.phrasebook().rules


def said(text: str) -> list[str]:
    return [word.text for word in words(text)]


def found(wording: str, text: str) -> list[str]:
    tree = Tree({"user": ["user", "mail box"]})
    tree.add(0, wording)
    cut = words(text)
    hits = tree.find(cut)
    return [text[cut[hit.first].start : cut[hit.last - 1].end] for hit in hits]


def test_every_rule_has_a_name_of_its_own_and_a_known_category() -> None:
    assert max(Counter(rule.id for rule in RULES).values()) == 1
    for rule in RULES:
        assert not rule.category or rule.category in taxonomy.load(), rule.id
        assert rule.weight > 0
        assert len(set(rule.says)) == len(rule.says) > 0


def test_every_leaf_but_unknown_can_be_found() -> None:
    reachable = {rule.category for rule in RULES}
    leaves = {category.slug for category in taxonomy.load().categories}
    assert leaves - reachable == {taxonomy.UNKNOWN}


def test_every_wording_is_found_in_itself() -> None:
    for number, rule in enumerate(RULES):
        for wording in rule.says:
            plain = wording.replace("?", "").replace("@", "ana@example.org")
            if not {"{", "*", "+"} & set(wording):
                hits = phrases.phrasebook().tree.find(words(plain))
                assert number in {hit.rule for hit in hits}, (rule.id, wording)


def test_special_tables_are_asked_before_general_ones() -> None:
    kinds = [table.name for table in codes.tables() if table.kind is CodeKind.HTTP]
    assert kinds[-1] == "http"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("550-5.1.1 does\r\n550 5.1.1 not", ["|", "does", "not"]),
        ("550 No.\n550 Yes", ["|", "no", "|", "|", "yes"]),
        ("it said 550 no", ["it", "said", "|", "no"]),
        ("InvalidDeviceToken", ["invalid", "device", "token"]),
        ("mailbox_full", ["mailbox", "full"]),
        ("DNS for IPs", ["dns", "for", "ips"]),
        ("isn’t", ["isn't"]),
        ("Boîte Größe", ["boite", "große"]),
        ("邮箱满", ["邮", "箱", "满"]),
        ("\\u90ae\\u7bb1", ["邮", "箱"]),
        ("<ana@example.org>", ["@"]),
        ("from 192.0.2.7 and ‹ip:0a1b›", ["from", "#", "and", "#"]),
        ('"no","yes"', ["no", "|", "yes"]),
    ],
)
def test_words_are_cut_alike_in_every_format_and_script(
    text: str, cut: list[str]
) -> None:
    assert said(text) == cut


def test_words_know_where_they_stood() -> None:
    text = "Boîte \\u90ae x"
    assert [text[word.start : word.end] for word in words(text)] == text.split()


@pytest.mark.parametrize(
    ("wording", "text", "quote"),
    [
        ("no such {user}", "550 No such mail-box here", ["No such mail-box"]),
        ("{user} is? full", "the user is full", ["user is full"]),
        ("{user} is? full", "User full", ["User full"]),
        ("{user} * exist", "user <ana@x.org> seems to exist", None),
        ("{user} * exist", "user <ana@x.org> does not exist", []),
        ("{user} * not exist", "user <ana@x.org> does not exist", None),
        ("{user} * exist", "user, if they exist", []),
        ("{user} is full", "the users is full", ["users is full"]),
        ("the {user} is full", "user is full", ["user is full"]),
        ("no such {user}", "no such user's", ["no such user's"]),
        ("{user} * exist", "user. They exist", []),
        (
            "{user} * exist",
            "user and very many other things that we might say do exist",
            [],
        ),
    ],
)
def test_a_wording_is_found_with_slots_and_gaps(
    wording: str, text: str, quote: list[str] | None
) -> None:
    assert found(wording, text) == ([text] if quote is None else quote)


def test_a_wording_with_an_unknown_slot_is_refused() -> None:
    with pytest.raises(KeyError):
        Tree({}).add(0, "no such {user}")


def test_a_hit_names_its_rule() -> None:
    tree = Tree({})
    tree.add(7, "mail loop")
    assert list(tree.find(words("a mail loop"))) == [Hit(7, 1, 3)]
