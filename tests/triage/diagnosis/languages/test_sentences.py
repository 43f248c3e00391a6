"""Is a failure told from its words in every language that we know?"""

import json
from collections import Counter

import pytest

from deliveries import taxonomy
from tests.triage.diagnosis.languages.spoken import LANGUAGES, SENTENCES, Sentence
from triage.diagnosis import phrases
from triage.diagnosis.engine import diagnose
from triage.diagnosis.words import words

FILES = {file.stem: file for file in phrases.files() if file.parent.name == "languages"}
BASIC = {
    "recipient.unknown",
    "recipient.mailbox_full",
    "content.too_large",
    "network.connection_failed",
    "server.unavailable",
    "notice.auto_reply",
}


def told(sentence: Sentence) -> str:
    return diagnose(sentence.evidence()).findings[0].category


def spoken(rule: str) -> str:
    """The language of a rule is the end of its name."""
    return rule.rpartition(".")[2]


def tongue(language: str) -> str:
    """Chinese is one language in two scripts that share many signs."""
    return language.partition("-")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failure_is_told_in_its_language(language: str) -> None:
    own = [sentence for sentence in SENTENCES if sentence.language == language]
    wrong = {
        sentence.said: told(sentence)
        for sentence in own
        if told(sentence) != sentence.category
    }
    assert wrong == {}


def own_causes(sentence: Sentence) -> set[str]:
    """All causes that the language of a sentence reads in it, weighty or not."""
    book = phrases.phrasebook()
    hits = book.tree.find(words(sentence.said))
    rules = [book.rules[hit.rule] for hit in hits]
    return {rule.category for rule in rules if spoken(rule.id) == sentence.language}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_language_reads_another_cause_into_a_sentence(language: str) -> None:
    for sentence in SENTENCES:
        if sentence.language == language:
            expected = own_causes(sentence) | {sentence.category}
            for vote in phrases.judge(sentence.evidence(), ()):
                other = spoken(vote.reason.rule)
                foreign = other in FILES and tongue(other) != tongue(language)
                assert not foreign or vote.category in expected, sentence.said


def test_every_language_has_rules_and_sentences_of_its_own() -> None:
    assert set(FILES) == set(LANGUAGES)
    counts = Counter(sentence.language for sentence in SENTENCES)
    assert min(counts.values()) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_the_causes_of_most_failures(language: str) -> None:
    own = {each.category for each in SENTENCES if each.language == language}
    assert own >= BASIC | {taxonomy.UNKNOWN}


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_of_a_language_are_named_by_it(language: str) -> None:
    stored = json.loads(FILES[language].read_text(encoding="utf-8"))
    assert all(rule["id"].endswith(f".{language}") for rule in stored["rules"])
    assert all(slot.startswith(f"{language}.") for slot in stored.get("slots", ()))
