"""Does the judge of phrases weigh what is said, and carry on whatever it is given?"""

import random
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import taxonomy
from tests.triage.diagnosis.meaning import meaning, scores, sentences, votes
from triage.diagnosis.evidence import Evidence, Vote
from triage.diagnosis.phrases import judge

CHANNELS = ["email", "sms", "push", "chat", "webhook"]
FAMILIES = ["recipient", "reputation", "content", "config", "network", "server", "rate"]
SAID = [
    (channel, each)
    for family in FAMILIES
    for channel, _, says in sentences(family)
    for each in says
]
SOME = random.Random(7).sample(SAID, 200)
ONES = [
    "user unknown ",
    "mailbox ",
    "is not is ",
    "your host is blocked or listed on a blacklist if it sends spam, ",
    "message mailbox host rate relay spf full unknown spam blocked ",
    "if you may not or ",
    "550 5.1.1 ",
    "邮箱已满",
    "'",
    " " * 9,
]


def test_the_stronger_cause_is_kept_and_the_passing_one_bows() -> None:
    alone = scores("Connection timed out")["network.connection_failed"]
    beside = scores("User unknown. Connection timed out")["network.connection_failed"]
    assert beside < alone / 2


def test_greylisting_bows_to_no_list() -> None:
    said = "Client host blocked using grey.example.net: greylisted, try again later"
    assert meaning(said) == "server.greylisted"


def test_alternatives_are_all_named_and_none_is_sure() -> None:
    both = scores("The message is too large or the mailbox is full")
    one = scores("The mailbox is full")
    assert set(both) == {"content.too_large", "recipient.mailbox_full"}
    assert both["recipient.mailbox_full"] < one["recipient.mailbox_full"]


def test_a_wording_that_says_more_stands_before_a_weightier_word() -> None:
    assert meaning("The message has been in the queue too long") == "network.expired"
    assert meaning("The mailbox has reached its maximum size") == (
        "recipient.mailbox_full"
    )


def test_the_standard_list_of_reasons_names_none_of_them() -> None:
    said = (
        "Requested action not taken: mailbox unavailable (e.g., mailbox not found, "
        "no access, or command rejected for policy reasons)"
    )
    assert set(scores(said)) == {"recipient.unknown"}
    assert (
        scores(said)["recipient.unknown"]
        < scores("Mailbox not found")["recipient.unknown"]
    )


def test_the_detail_of_a_reporter_counts_less_than_an_answer() -> None:
    answer = Evidence("email", "p", "never_arrived", "User unknown")
    detail = Evidence("email", "p", "never_arrived", "", detail="User unknown")
    (heard,), (told,) = list(judge(answer, ())), list(judge(detail, ()))
    assert told.weight < heard.weight
    assert (heard.reason.bundle, told.reason.bundle) == ("answer", "detail")


def test_what_another_judge_has_read_is_not_read_again() -> None:
    evidence = Evidence("email", "p", "never_arrived", "User unknown")
    assert not list(judge(evidence, [(0, 4)]))


def blanked(answer: str, vote: Vote) -> str:
    start, end = vote.reason.start, vote.reason.end
    assert start is not None
    assert end is not None
    return answer[:start] + " " * (end - start) + answer[end:]


def spoken_for(answer: str, channel: str, category: str) -> float:
    """All that the words of an answer say for a cause."""
    return sum(
        vote.weight for vote in votes(answer, channel) if vote.category == category
    )


@pytest.mark.parametrize(("channel", "answer"), SOME)
def test_without_the_cited_words_less_speaks_for_a_cause(
    channel: str, answer: str
) -> None:
    for vote in votes(answer, channel):
        before = spoken_for(answer, channel, vote.category)
        after = spoken_for(blanked(answer, vote), channel, vote.category)
        assert after < before, vote.reason


@given(st.sampled_from(CHANNELS), st.text())
def test_no_text_breaks_the_judge(channel: str, answer: str) -> None:
    for vote in judge(Evidence(channel, "p", "other", answer, detail=answer), ()):
        assert vote.category in taxonomy.load()
        assert vote.weight > 0
        start, end = vote.reason.start, vote.reason.end
        assert start is not None
        assert end is not None
        assert 0 <= start < end <= len(answer)


@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=6), st.text(max_size=9))
def test_no_mixture_of_answers_breaks_the_judge(
    said: list[tuple[str, str]], between: str
) -> None:
    answer = between.join(each for _, each in said)
    assert votes(answer, said[0][0]) == votes(answer, said[0][0])


def steps(work: Callable[[], object]) -> int:
    """Count the calls that a piece of work makes, those of builtins included."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("one", ONES)
def test_work_grows_with_the_length_of_a_text_and_no_faster(one: str) -> None:
    votes(one)  # the rules are read before anything is counted
    short, long = (
        steps(lambda size=size: votes((one * size)[:size]))  # type: ignore[misc]
        for size in (4_000, 16_000)
    )
    assert long < 5 * short + 2_000


def test_an_endless_text_is_read_up_to_a_bound() -> None:
    long, longer = (
        steps(lambda size=size: votes("mailbox full " * size))  # type: ignore[misc]
        for size in (10_000, 100_000)
    )
    assert longer < 1.1 * long


def everything() -> Iterator[str]:
    yield from (each for _, each in SAID)


def test_no_answer_takes_many_steps() -> None:
    most = max(steps(lambda each=each: votes(each)) for each in everything())  # type: ignore[misc]
    assert most < 20_000
