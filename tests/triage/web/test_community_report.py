"""Does a question become a report, once, and know nothing of it?"""

import pytest
from django.test import Client

from knowledgebase.models import Question
from tests.asking import ask, press, say
from tests.people import Person, Program
from triage.models import FailureReport, Origin

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(client: Client) -> Question:
    """A question that needs the desk."""
    ask(client, title="Why does no code arrive?", body="I waited an hour.")
    return Question.objects.get()


def test_a_question_becomes_one_report_that_is_due(
    question: Question, kim: Person, sam: Program
) -> None:
    said = {"source": sam.source.slug, "channel": "sms"}
    for _ in range(2):
        answer = press(kim.browser, question, "report", **said)
        assert answer.status_code == 302
    report = FailureReport.objects.get()
    assert (report.origin, report.channel) == (Origin.COMMUNITY, "sms")
    assert report.source == sam.source
    assert report.detail == "Why does no code arrive?\n\nI waited an hour."
    assert report.due_at is not None
    assert report.recipient is None
    question.refresh_from_db()
    assert question.state == "converted"
    say(Client(), question, "Too late.")
    assert not question.answers.exists()


@pytest.mark.parametrize(
    "said", [{}, {"source": "nobody", "channel": "sms"}, {"source": "", "channel": "x"}]
)
def test_without_a_system_and_a_channel_nothing_changes(
    question: Question, kim: Person, said: dict[str, str]
) -> None:
    assert press(kim.browser, question, "report", **said).status_code == 302
    question.refresh_from_db()
    assert question.state == "open"
    assert not FailureReport.objects.exists()


def test_who_may_not_moderate_makes_no_report(
    question: Question, ana: Person, sam: Program, client: Client
) -> None:
    said = {"source": sam.source.slug, "channel": "sms"}
    assert press(ana.browser, question, "report", **said).status_code == 403
    assert press(client, question, "report", **said).status_code == 302
    question.refresh_from_db()
    assert question.state == "open"
    assert not FailureReport.objects.exists()


def test_there_is_no_report_of_no_question(kim: Person, question: Question) -> None:
    gone = Question(public_id="qst_none")
    assert press(kim.browser, gone, "report").status_code == 404
