"""Does an answer in the community become knowledge for everybody?

Somebody asks without logging in. Kim answers for the team; whoever asked says that it
solved it. By one press Kim makes a draft of the answer, Leo approves it, and the next
person finds it in the help centre.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from knowledgebase.models import Answer, Article, QuestionState
from tests.article_steps import open_article, save, take_step
from tests.asking import stamp
from tests.chromium import Desk, Visit
from tests.people import Person
from tests.work import MAILBOX_FULL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Words:
    """What is written, and what the pages say."""

    language: str
    theme: str
    title: str
    body: str
    answer: str
    say: str
    team: str
    there: str
    answered: str
    accepted: str
    sent: str
    published: str


ENGLISH = Words(
    language="en",
    theme="light",
    title="Why does no invoice arrive in my full mailbox?",
    body="I waited an hour, and then another one.",
    answer="Empty the trash as well: it counts. Then ask for the invoice again.",
    say="Answer",
    team="The team",
    there="Your question is there. Come back for the answers.",
    answered="Your answer is there. Thank you.",
    accepted="The answer is marked as the one that solved it.",
    sent="Sent to review. Another person approves it.",
    published="Published.",
)
CHINESE = Words(
    language="zh-hans",
    theme="dark",
    title="邮箱满了，为什么收不到发票？",
    body="我等了一个小时，又等了一个小时。",
    answer="请同时清空回收站，它也占用空间，然后重新请求发票。",
    say="回答",
    team="团队",
    there="您的问题已发布，请过些时候回来查看回答。",
    answered="您的回答已发布，谢谢。",
    accepted="已将该回答标为解决方案。",
    sent="已提交审核，由另一个人批准。",
    published="已发布。",
)


def write_at_a_persons_speed(visit: Visit) -> None:
    """Let the form have been given out some minutes ago: programs are faster."""
    given = visit.page.locator("[name=stamp]")
    given.evaluate("(field, before) => { field.value = before; }", stamp())


def ask(visit: Visit, words: Words) -> str:
    """Ask in the community; return the path of the question."""
    page = visit.go("/community/").page
    visit.look("a community without a question")
    page.locator("main .btns a.btn.primary").click()
    page.locator("[name=title]").fill(words.title)
    page.locator("[name=body]").fill(words.body)
    page.locator("[name=category]").select_option(MAILBOX_FULL)
    visit.look("a question that is asked")
    write_at_a_persons_speed(visit)
    page.locator("form.form .btn.primary").click()
    expect(page.locator("main h1")).to_have_text(words.title)
    expect(page.locator(".messages")).to_contain_text(words.there)
    visit.look("a question that nobody has answered")
    return visit.path()


def reply(visit: Visit, words: Words) -> None:
    """Kim answers for the team."""
    page = visit.go("/community/").page
    page.get_by_role("link", name=words.title).click()
    page.locator("[name=body]").fill(words.answer)
    write_at_a_persons_speed(visit)
    page.get_by_role("button", name=words.say, exact=True).click()
    expect(page.locator(".messages")).to_contain_text(words.answered)
    visit.look("a question with an answer")


def accept(visit: Visit, words: Words, path: str) -> None:
    """Whoever asked comes back, and says that this solved it."""
    page = visit.go(path).page
    expect(page.locator(".answers .team")).to_have_text(words.team)
    page.locator("form[action*='/acceptance/'] .btn").click()
    expect(page.locator(".messages")).to_contain_text(words.accepted)
    expect(page.locator(".answers [data-accepted]")).to_contain_text(words.answer)
    visit.look("a question that is solved")


def make_it_an_article(visit: Visit, words: Words, path: str) -> None:
    """By one press a draft, which Kim gives to everybody and sends to review."""
    page = visit.go(path).page
    page.locator("form[action*='/article/'] .btn").click()
    expect(page.locator("[name=title]")).to_have_value(words.title)
    expect(page.locator("[name=body]")).to_have_value(words.answer)
    expect(page.locator("[name=categories] option:checked")).to_have_count(1)
    page.locator("[name=audience]").select_option("public")
    visit.look("an answer in the editor")
    save(visit)
    take_step(visit, "send", words.sent)


def publish(visit: Visit, words: Words) -> None:
    """Leo finds it among what waits for review, and approves it."""
    open_article(visit, words.title, "/knowledge/?state=in_review")
    visit.look("an article made of an answer")
    take_step(visit, "approve", words.published)


def find_it(visit: Visit, words: Words) -> None:
    """Somebody else looks for the same in the help centre."""
    page = visit.go("/help/").page
    page.get_by_role("searchbox").fill(words.title)
    page.locator("form.ask .btn.primary").click()
    visit.look("the article, looked for")
    page.locator(".texts").get_by_role("link", name=words.title).click()
    expect(page.locator("article.prose")).to_contain_text(words.answer)
    visit.look("the article, for everybody")


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])
def test_an_answer_of_the_community_becomes_an_article(
    desk: Desk, kim: Person, leo: Person, words: Words
) -> None:
    here = {"language": words.language, "theme": words.theme}
    asker, moderator = desk.visit(**here), desk.visit(kim, **here)
    path = ask(asker, words)
    reply(moderator, words)
    accept(asker, words, path)
    make_it_an_article(moderator, words, path)
    publish(desk.visit(leo, **here), words)
    find_it(desk.visit(**here), words)
    answer = Answer.objects.select_related("question").get()
    assert answer.question.state == QuestionState.ACCEPTED
    assert answer.article == Article.objects.get()
