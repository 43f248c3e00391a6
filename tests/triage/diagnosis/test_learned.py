"""Does the learned judge learn, point to what it learned from, and know its limits?"""

from collections.abc import Sequence
from zlib import crc32

import pytest

from deliveries import readers
from tests.triage.diagnosis.cases import CASES, mail
from triage.diagnosis import fitted, fitting, learned, lessons, training
from triage.diagnosis.calibration import Calibration
from triage.diagnosis.evidence import Evidence, Vote
from triage.diagnosis.features import MOST_WORDS, features
from triage.diagnosis.fitted import Fitted, Unreadable
from triage.diagnosis.learned import Heard, Model
from triage.diagnosis.lessons import Case
from triage.diagnosis.training import Example
from triage.diagnosis.words import words

FULL = "recipient.mailbox_full"
LISTED = "reputation.ip_blocked"
SAID = {
    FULL: ("the cupboard is brimming", "her cupboard brims over", "brimming cupboard"),
    LISTED: ("your lantern is on a list", "lantern listed", "a lantern on our list"),
}


def examples() -> list[Example]:
    return [
        Example(lessons.keys(mail(said)), (cause,), f"{cause} {number}")
        for cause, sayings in SAID.items()
        for number, said in enumerate(sayings * 3)
    ]


@pytest.fixture(scope="module")
def model() -> Model:
    return training.train(examples())


def votes(model: Model, evidence: Evidence, heard: Sequence[Heard] = ()) -> list[Vote]:
    reading = readers.read(evidence.channel, evidence.answer)
    return list(learned.judge(model, evidence, reading, heard))


def test_the_same_examples_teach_the_same_model(model: Model) -> None:
    again = training.train(examples())
    assert (again.bias, again.rows) == (model.bias, model.rows)
    assert training.train(examples(), seed=8).rows != model.rows


def test_words_seen_before_tell_the_cause_again(model: Model) -> None:
    (vote, *_) = votes(model, mail("550 Sorry, his cupboard is brimming today"))
    assert vote.category == FULL
    assert 0 < vote.weight < learned.WEIGHT


def test_the_reason_points_to_words_that_carry_it(model: Model) -> None:
    evidence = mail("550 Sorry, a brimming cupboard")
    (vote, *_) = votes(model, evidence)
    start, end = vote.reason.start or 0, vote.reason.end or 0
    assert evidence.answer[start:end] == vote.reason.params["words"]
    assert "cupboard" in evidence.answer[start:end]
    blank = evidence.answer[:start] + " " * (end - start) + evidence.answer[end:]
    after = {each.category: each.weight for each in votes(model, mail(blank))}
    assert after.get(FULL, 0.0) < vote.weight


def test_words_that_another_cause_was_heard_in_are_not_its_reason(
    model: Model,
) -> None:
    answer = "550 brimming cupboard"
    heard = [Heard(LISTED, 1.0, 4, len(answer))]
    assert FULL not in {each.category for each in votes(model, mail(answer), heard)}
    own = [Heard(FULL, 1.0, 4, len(answer))]
    assert FULL in {each.category for each in votes(model, mail(answer), own)}


@pytest.mark.parametrize("cause", [FULL, LISTED])
def test_beside_clear_words_it_is_silent(model: Model, cause: str) -> None:
    heard = [Heard(cause, learned.CLEAR)]
    assert votes(model, mail("550 brimming cupboard"), heard) == []


@pytest.mark.parametrize(
    "answer", ["", "550", "qzx vvk wqpf", "‹url:a1b2›", "ժոկ լմն", "\0\ud800"]
)
def test_it_is_silent_where_it_knows_nothing(model: Model, answer: str) -> None:
    assert votes(model, mail(answer)) == []


def test_what_one_source_alone_says_is_not_learned() -> None:
    once = Example(lessons.keys(mail("zanzibar")), (FULL,), "one writer")
    model = training.train([*examples(), once, once])
    assert crc32(b"zanzibar") in once.keys
    assert crc32(b"zanzibar") not in model.rows
    assert crc32(b"brimming") in model.rows


def test_a_long_answer_has_no_more_features_than_a_bounded_one() -> None:
    said = " ".join(
        f"word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(9000)
    )
    found = features(mail(said), readers.read("email", said), words(said))
    places = [place for each in found for place in each.places]
    assert max(last for _, last in places) <= MOST_WORDS
    assert len(places) < 40 * MOST_WORDS


def test_weights_are_kept_and_read_back(model: Model) -> None:
    kept = Fitted(model, Calibration(0.5, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)), 0.6)
    read = fitted.loads(fitted.dumps(kept, {"known_failures": 6}))
    assert read.calibration == kept.calibration
    assert read.least_retry == kept.least_retry
    assert read.model.causes == model.causes
    for key, row in read.model.rows.items():
        assert row == pytest.approx(model.rows[key], abs=fitted.UNIT)
    assert 0 < len(read.version) <= 20


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1}'])
def test_weights_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        fitted.loads(text)


def test_the_weights_that_ship_are_small_and_know_every_cause() -> None:
    assert fitted.SHIPPED.stat().st_size <= 400_000
    assert {FULL, LISTED, "notice.auto_reply"} <= set(fitted.shipped().model.causes)


def test_equal_groups_share_a_fold_and_folds_are_even() -> None:
    groups = ["a"] * 6 + ["b"] * 3 + ["c"] * 3
    folds = fitting.folds_by(groups, 2)
    assert len({*zip(groups, folds, strict=True)}) == 3
    assert sorted(folds.count(each) for each in set(folds)) == [6, 6]


def test_what_is_held_out_is_judged_without_its_own_fold() -> None:
    known = [
        Case(str(at), evidence, (cause,), (cause.partition(".")[0],), "permanent")
        for at, (evidence, cause) in enumerate(CASES[:12])
    ]
    seen: list[int] = []
    held = fitting.hold_out(
        known,
        examples(),
        [at % 2 for at in range(12)],
        lambda done, _: seen.append(done),
    )
    verdicts = fitting.conclude(held)
    assert seen == [1, 2]
    assert {case.id for case, _ in verdicts} == {case.id for case in known}
    assert all(0 <= verdict.findings[0].confidence <= 1 for _, verdict in verdicts)
    assert fitting.LEAST_RETRY <= fitting.fit(known, examples(), held).least_retry <= 1
